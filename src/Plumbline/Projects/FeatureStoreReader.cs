using System.Globalization;
using Plumbline.Datasets.Aggregates;
using Plumbline.Features.Online;

namespace Plumbline.Projects;

/// <summary>Reads <c>features.store</c>.</summary>
internal static class FeatureStoreReader
{
    private const int MostDays = 36_500;

    /// <returns>Null where the section is absent.</returns>
    public static FeatureStoreOptions? Read(YamlSection store, List<string> keys)
    {
        var defaults = store.Section("defaults");
        var values = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var feature in EntityFeature.All)
        {
            if (defaults.Number<double>(feature.Name) is { } value)
                values.Add(feature.Name, float.IsFinite((float)value) ? value : throw defaults.Error(feature.Name, "is not a finite number of 32 bits"));
        }
        var standard = new FeatureStoreOptions();
        var options = new FeatureStoreOptions
        {
            Kind = store.Choice<FeatureStoreKind>("kind") ?? standard.Kind,
            Address = store.Text("address"),
            Password = store.Secret("password")?.Reveal(),
            Tls = store.Flag("tls") ?? standard.Tls,
            Prefix = store.Text("prefix") ?? standard.Prefix,
            TimeToLive = ReadTimeToLive(store),
            LookupTimeout = store.Seconds("timeout_seconds", 60) ?? standard.LookupTimeout,
            Defaults = values,
        };
        defaults.Finish(keys);
        store.Finish(keys);
        return store.IsPresent ? options : null;
    }

    private static TimeSpan? ReadTimeToLive(YamlSection store)
    {
        if (store.Text("ttl") is not { } text)
            return null;
        var isNumber = int.TryParse(text.AsSpan(..Math.Max(0, text.Length - 1)), NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        double seconds = (isNumber, text.LastOrDefault()) switch
        {
            (true, 's') => number,
            (true, 'm') => number * 60d,
            (true, 'h') => number * 3_600d,
            (true, 'd') => number * 86_400d,
            _ => throw store.Error("ttl", $"is '{Storage.MetadataText.Quote(text)}', not a duration such as 30d, 12h, 45m or 90s"),
        };
        return seconds is >= 1 and <= MostDays * 86_400d
            ? TimeSpan.FromSeconds(seconds)
            : throw store.Error("ttl", FormattableString.Invariant($"is '{Storage.MetadataText.Quote(text)}'; it must be 1s to {MostDays}d"));
    }
}
