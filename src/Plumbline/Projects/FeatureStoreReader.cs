using System.Globalization;
using Plumbline.Datasets.Aggregates;
using Plumbline.Features.Online;

namespace Plumbline.Projects;

/// <summary>Reads <c>features.store</c>.</summary>
internal static class FeatureStoreReader
{
    /// <returns>Null where the section is absent.</returns>
    public static FeatureStoreOptions? Read(YamlSection store, List<string> keys)
    {
        var defaults = store.Section("defaults");
        var values = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var feature in EntityFeature.All)
        {
            if (defaults.Number<double>(feature.Name) is { } value)
                values.Add(feature.Name, value);
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
            LookupTimeout = store.Number<double>("timeout_seconds") is { } seconds ? TimeSpan.FromSeconds(seconds) : standard.LookupTimeout,
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
        return (isNumber, text.LastOrDefault()) switch
        {
            (true, 's') => TimeSpan.FromSeconds(number),
            (true, 'm') => TimeSpan.FromMinutes(number),
            (true, 'h') => TimeSpan.FromHours(number),
            (true, 'd') => TimeSpan.FromDays(Math.Min(number, 100_000)),
            _ => throw store.Error("ttl", $"is '{Storage.MetadataText.Quote(text)}', not a duration such as 30d, 12h, 45m or 90s"),
        };
    }
}
