using System.Globalization;
using Microsoft.FeatureManagement;
using Microsoft.FeatureManagement.FeatureFilters;
using Plumbline.Inference.Flags;

namespace Plumbline.Cli.Output;

/// <summary>For whom a flag is on, in words.</summary>
internal static class FlagWords
{
    private const int MostNames = 3;

    public static string Of(FlagDefinition flag)
    {
        var filters = (flag.Filters ?? []).Select(Of).ToArray();
        var on = !flag.Enabled ? "nobody" : filters.Length == 0 ? "everybody" : string.Join(flag.Requirement == RequirementType.All ? " and " : " or ", filters);
        return flag.Variants is { Count: > 0 } variants ? $"{on}; as {string.Join(", ", variants.Select(variant => variant.Name))}" : on;
    }

    private static string Of(FlagFilter filter) => filter switch
    {
        { Percentage: { } percentage } => string.Create(CultureInfo.InvariantCulture, $"{percentage} % of requests"),
        { Targeting: { } audience } => Of(audience),
        _ => Of(filter.TimeWindow!),
    };

    private static string Of(Audience audience)
    {
        var parts = new List<string>();
        if (audience.Users is { Count: > 0 } users)
            parts.Add(Names(users));
        parts.AddRange((audience.Groups ?? []).Select(group => string.Create(CultureInfo.InvariantCulture, $"{group.RolloutPercentage} % of {group.Name}")));
        if (audience.DefaultRolloutPercentage > 0)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{audience.DefaultRolloutPercentage} % of users"));
        var excluded = (audience.Exclusion?.Users ?? []).Concat(audience.Exclusion?.Groups ?? []).ToArray();
        return $"{(parts.Count == 0 ? "nobody" : string.Join(", ", parts))}{(excluded.Length == 0 ? "" : $" without {Names(excluded)}")}";
    }

    private static string Of(TimeWindowFilterSettings window)
    {
        var again = window.Recurrence?.Pattern is { } pattern ? pattern.Type == RecurrencePatternType.Daily ? " again and again by days" : " again and again by weeks" : "";
        return $"{(window.Start is { } start ? $"from {Time(start)} " : "")}{(window.End is { } end ? $"until {Time(end)}" : "")}".TrimEnd() + again;
    }

    private static string Time(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);

    private static string Names(IReadOnlyList<string> names) => names.Count <= MostNames ? string.Join(", ", names) : string.Create(CultureInfo.InvariantCulture, $"{names[0]} and {names.Count - 1} others");
}
