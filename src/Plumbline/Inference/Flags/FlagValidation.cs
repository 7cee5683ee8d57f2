using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.FeatureManagement.FeatureFilters;
using Plumbline.Storage;

namespace Plumbline.Inference.Flags;

/// <summary>What is wrong with a definition of a flag, by its key. What recurs is judged by the library's own rules.</summary>
internal static class FlagValidation
{
    private const int MostName = 100;
    private const int MostFilters = 16;
    private const int MostVariants = 16;
    private const int MostNamed = 10_000;

    private static readonly TimeWindowFilter Windows = new();

    /// <exception cref="MetadataException">Invalid.</exception>
    public static void CheckName(string name)
    {
        MetadataText.CheckName("flag's name", name, MostName);
        if (!char.IsAsciiLetterOrDigit(name[0]) || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
            throw new MetadataException(MetadataError.Invalid, $"The flag's name '{MetadataText.Quote(name)}' is not of letters, digits and - _ . after a letter or digit.");
    }

    public static IEnumerable<string> Faults(FlagDefinition flag)
    {
        var filters = flag.Filters ?? [];
        if (filters.Count > MostFilters)
            yield return $"filters: {filters.Count} are more than {MostFilters}.";
        for (var i = 0; i < filters.Count; i++)
        {
            foreach (var fault in Faults($"filters[{i}]", filters[i]))
                yield return fault;
        }
        foreach (var fault in VariantFaults(flag))
            yield return fault;
    }

    private static IEnumerable<string> Faults(string key, FlagFilter? filter) => filter switch
    {
        { Percentage: { } percentage, Targeting: null, TimeWindow: null } => percentage is >= 0 and <= 100 ? [] : [$"{key}.percentage: {percentage} is not within 0 and 100."],
        { Percentage: null, Targeting: { } audience, TimeWindow: null } => Faults($"{key}.targeting", audience),
        { Percentage: null, Targeting: null, TimeWindow: { } window } => Faults($"{key}.time_window", window),
        _ => [$"{key}: write one of percentage, targeting and time_window."],
    };

    private static IEnumerable<string> Faults(string key, Audience audience)
    {
        if (!IsPercentage(audience.DefaultRolloutPercentage))
            yield return FormattableString.Invariant($"{key}.default_rollout_percentage: {audience.DefaultRolloutPercentage} is not within 0 and 100.");
        foreach (var (part, names) in new[]
        {
            ("users", (IReadOnlyList<string?>?)audience.Users), ("groups", audience.Groups?.ConvertAll(group => group?.Name)), ("exclusion.users", audience.Exclusion?.Users), ("exclusion.groups", audience.Exclusion?.Groups),
        })
        {
            if (NameFault($"{key}.{part}", names) is { } fault)
                yield return fault;
        }
        foreach (var (group, i) in (audience.Groups ?? []).Select((group, i) => (group, i)))
        {
            if (group is not null && !IsPercentage(group.RolloutPercentage))
                yield return FormattableString.Invariant($"{key}.groups[{i}].rollout_percentage: {group.RolloutPercentage} is not within 0 and 100.");
        }
    }

    private static IEnumerable<string> Faults(string key, TimeWindowFilterSettings window)
    {
        if (window is { Start: null, End: null })
            return [$"{key}: needs start, end or both."];
        if (window.End <= window.Start)
            return [$"{key}.end: it is not after start."];
        try
        {
            Windows.BindParameters(new ConfigurationBuilder().AddInMemoryCollection(Settings(window)).Build());
            return [];
        }
        catch (ArgumentException exception)
        {
            var member = string.Join('.', (exception.ParamName ?? "").Split('.').Select(JsonNamingPolicy.SnakeCaseLower.ConvertName));
            return [$"{key}.{member}: {exception.Message.Split(" (Parameter")[0]}"];
        }
    }

    private static IEnumerable<KeyValuePair<string, string?>> Settings(TimeWindowFilterSettings window)
    {
        yield return new("Start", window.Start?.ToString("O", CultureInfo.InvariantCulture));
        yield return new("End", window.End?.ToString("O", CultureInfo.InvariantCulture));
        if (window.Recurrence is not { } recurrence)
            yield break;
        yield return new("Recurrence:Any", "");
        if (recurrence.Pattern is { } pattern)
        {
            yield return new("Recurrence:Pattern:Type", pattern.Type.ToString());
            yield return new("Recurrence:Pattern:Interval", pattern.Interval.ToString(CultureInfo.InvariantCulture));
            yield return new("Recurrence:Pattern:FirstDayOfWeek", pattern.FirstDayOfWeek.ToString());
            foreach (var (day, i) in (pattern.DaysOfWeek ?? []).Select((day, i) => (day, i)))
                yield return new(string.Create(CultureInfo.InvariantCulture, $"Recurrence:Pattern:DaysOfWeek:{i}"), day.ToString());
        }
        if (recurrence.Range is { } range)
        {
            yield return new("Recurrence:Range:Type", range.Type.ToString());
            yield return new("Recurrence:Range:EndDate", range.EndDate.ToString("O", CultureInfo.InvariantCulture));
            yield return new("Recurrence:Range:NumberOfOccurrences", range.NumberOfOccurrences.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static IEnumerable<string> VariantFaults(FlagDefinition flag)
    {
        var variants = flag.Variants ?? [];
        if (variants.Count == 0)
        {
            if (flag.Allocation is not null)
                yield return "allocation: there are no variants to give.";
            yield break;
        }
        if (variants.Count > MostVariants)
            yield return $"variants: {variants.Count} are more than {MostVariants}.";
        if (NameFault("variants", [.. variants.Select(variant => variant?.Name)]) is { } fault)
            yield return fault;
        else if (variants.Select(variant => KindOf(variant.Value)).Distinct().Count() > 1 || variants[0].Value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined or JsonValueKind.Array)
            yield return "variants: their values must all be numbers, all texts, all true or false, or all objects.";
        if (flag.Allocation is not { } allocation)
            yield return "allocation: with variants, default_when_enabled and default_when_disabled are needed.";
        else
        {
            foreach (var allocationFault in Faults(allocation, [.. variants.Where(variant => variant is not null).Select(variant => variant.Name)]))
                yield return allocationFault;
        }
    }

    private static IEnumerable<string> Faults(FlagAllocation allocation, HashSet<string> variants)
    {
        var (users, groups, percentiles) = (allocation.Users ?? [], allocation.Groups ?? [], allocation.Percentiles ?? []);
        var given = new[] { ("default_when_enabled", allocation.DefaultWhenEnabled), ("default_when_disabled", (string?)allocation.DefaultWhenDisabled) }
            .Concat(users.Select((one, i) => ($"users[{i}].variant", one?.Variant)))
            .Concat(groups.Select((one, i) => ($"groups[{i}].variant", one?.Variant)))
            .Concat(percentiles.Select((one, i) => ($"percentiles[{i}].variant", one?.Variant)));
        foreach (var (key, variant) in given)
        {
            if (variant is null || !variants.Contains(variant))
                yield return $"allocation.{key}: '{MetadataText.Quote(variant ?? "")}' is none of the variants.";
        }
        var named = users.Select((one, i) => ($"users[{i}].users", one?.Users)).Concat(groups.Select((one, i) => ($"groups[{i}].groups", one?.Groups)));
        foreach (var (key, names) in named)
        {
            if (NameFault($"allocation.{key}", names) is { } fault)
                yield return fault;
        }
        for (var i = 0; i < percentiles.Count; i++)
        {
            if (percentiles[i] is { } part && !(IsPercentage(part.From) && IsPercentage(part.To) && part.From <= part.To))
                yield return FormattableString.Invariant($"allocation.percentiles[{i}]: {part.From} to {part.To} is no part of 0 to 100.");
        }
        if (allocation.Seed is "")
            yield return "allocation.seed: it is empty; leave it out, or give it a text.";
    }

    private static string? NameFault(string key, IReadOnlyList<string?>? names)
    {
        if (names is null)
            return null;
        if (names.Count > MostNamed)
            return $"{key}: {names.Count} are more than {MostNamed}.";
        for (var i = 0; i < names.Count; i++)
        {
            if (string.IsNullOrEmpty(names[i]))
                return $"{key}[{i}]: there is no name.";
        }
        return names.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice ? $"{key}: '{MetadataText.Quote(twice.Key!)}' stands there twice." : null;
    }

    private static bool IsPercentage(double value) => value is >= 0 and <= 100;

    private static JsonValueKind KindOf(JsonElement value) => value.ValueKind == JsonValueKind.False ? JsonValueKind.True : value.ValueKind;
}
