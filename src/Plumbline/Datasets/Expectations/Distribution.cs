using System.Globalization;
using Plumbline.Datasets.Profiling;

namespace Plumbline.Datasets.Expectations;

/// <summary>The values of a column in two snapshots over the same bins. Immutable.</summary>
/// <param name="Bins">What each bin holds, for people.</param>
/// <param name="Before">Shares that sum to 1.</param>
/// <param name="IsOfLengths">Whether the bins are of the values' lengths in characters.</param>
public sealed record Distribution(IReadOnlyList<string> Bins, double[] Before, double[] Now, bool IsOfLengths = false)
{
    private const int QuantileBins = 10;
    private const int Categories = 30;
    private const string Others = "others";

    /// <summary>Labels by count; numbers and times by ten bins of equal share of the earlier snapshot; other short values by the most frequent; texts by their length.</summary>
    /// <returns>Null where one of the profiles has no such column or no values in it.</returns>
    internal static Distribution? Of(string name, ColumnNames columns, DataProfile now, DataProfile before)
    {
        var column = columns.Find(name);
        if (column < 0)
            return null;
        if (column == columns.Mapping.Label?.Index)
            return OfCounts(before.Labels.ToDictionary(label => label.Label, label => label.Rows), now.Labels.ToDictionary(label => label.Label, label => label.Rows), complete: true);
        if (column == columns.Mapping.Text.Index)
            return OfLengths(before.Text.Characters, now.Text.Characters);
        var (first, second) = (Find(before, columns.All[column]), Find(now, columns.All[column]));
        if (first is null || second is null)
            return null;
        if (first is { Numbers: { } earlier } && second is { Numbers: { } later })
            return OfNumbers(earlier, later, first.Type == FieldType.Time);
        return first.Frequent.Count > 0 && second.Frequent.Count > 0
            ? OfCounts(Counts(first, before.Rows), Counts(second, now.Rows), complete: false)
            : first is { Lengths: { } shorter } && second is { Lengths: { } longer } ? OfLengths(shorter, longer) : null;
    }

    /// <summary>Whether the profile has such a column, and values in it.</summary>
    internal static bool HasValues(string name, ColumnNames columns, DataProfile profile)
    {
        var column = columns.Find(name);
        if (column == columns.Mapping.Label?.Index)
            return profile.Labels.Any(label => label.Rows > 0);
        if (column == columns.Mapping.Text.Index)
            return profile.Text.Characters.Count > 0;
        return column >= 0 && Find(profile, columns.All[column]) is { } found && found.Missing < profile.Rows;
    }

    internal static ColumnProfile? Find(DataProfile profile, string column) => profile.Columns.FirstOrDefault(candidate => string.Equals(candidate.Name, column, StringComparison.Ordinal));

    private static Dictionary<string, long> Counts(ColumnProfile column, long rows)
    {
        // Long values are cut, so that several may read alike.
        var counts = column.Frequent.Take(Categories).GroupBy(value => value.Value, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Sum(value => value.Count));
        counts[Others] = counts.GetValueOrDefault(Others) + Math.Max(0, rows - column.Missing - counts.Values.Sum());
        return counts;
    }

    /// <param name="complete">Whether what only one side names is nothing on the other; else it is among its others.</param>
    private static Distribution? OfCounts(Dictionary<string, long> before, Dictionary<string, long> now, bool complete)
    {
        var bins = complete ? before.Keys.Union(now.Keys, StringComparer.Ordinal).ToArray() : [.. before.Keys];
        var (first, second) = (bins.Select(bin => before.GetValueOrDefault(bin)).ToArray(), bins.Select(bin => now.GetValueOrDefault(bin)).ToArray());
        if (!complete)
            second[Array.IndexOf(bins, Others)] += now.Where(pair => !before.ContainsKey(pair.Key)).Sum(pair => pair.Value);
        var (allBefore, allNow) = ((double)first.Sum(), (double)second.Sum());
        return allBefore == 0 || allNow == 0 ? null : new Distribution([.. bins.Select(FieldCleaning.Quote)], [.. first.Select(count => count / allBefore)], [.. second.Select(count => count / allNow)]);
    }

    private static Distribution? OfLengths(NumberProfile before, NumberProfile now) => OfNumbers(before, now, isTime: false) is { } lengths ? lengths with { IsOfLengths = true } : null;

    private static Distribution? OfNumbers(NumberProfile before, NumberProfile now, bool isTime)
    {
        if (before.Count == 0 || now.Count == 0)
            return null;
        var last = before.Quantiles.Count - 1;
        var edges = Enumerable.Range(1, QuantileBins - 1).Select(i => before.Quantiles[i * last / QuantileBins]).Distinct().ToArray();
        var bins = edges.Select((edge, i) => i == 0 ? $"to {Text(edge)}" : $"{Text(edges[i - 1])} to {Text(edge)}").Append($"above {Text(edges[^1])}").ToArray();
        return new Distribution(bins, Shares(before), Shares(now));

        double[] Shares(NumberProfile numbers)
        {
            var cumulative = edges.Select(edge => ShareUpTo(numbers.Quantiles, edge)).Append(1).ToArray();
            return [.. cumulative.Select((share, i) => i == 0 ? share : Math.Max(0, share - cumulative[i - 1]))];
        }

        string Text(double value) => isTime
            ? DateTimeOffset.UnixEpoch.AddTicks((long)value * TimeSpan.TicksPerMicrosecond).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
            : value.ToString("0.###", CultureInfo.InvariantCulture);
    }

    /// <summary>The share of values up to <paramref name="value"/>, between two quantiles by a straight line.</summary>
    private static double ShareUpTo(IReadOnlyList<double> quantiles, double value)
    {
        var next = 0;
        while (next < quantiles.Count && quantiles[next] <= value)
            next++;
        if (next == 0 || next == quantiles.Count)
            return next == 0 ? 0 : 1;
        var (low, high) = (quantiles[next - 1], quantiles[next]);
        return (next - 1 + ((value - low) / (high - low))) / (quantiles.Count - 1);
    }
}
