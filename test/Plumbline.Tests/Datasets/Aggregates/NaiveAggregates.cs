namespace Plumbline.Tests.Datasets.Aggregates;

/// <summary>The definition, word by word, in quadratic time.</summary>
internal static class NaiveAggregates
{
    public static double[] Of(EventRow[] rows, int row, bool labelsArriveLater) =>
        [.. Of(rows, rows[row], other => other.User, labelsArriveLater), .. Of(rows, rows[row], other => other.Item, labelsArriveLater)];

    private static double[] Of(EventRow[] rows, EventRow row, Func<EventRow, int?> entity, bool labelsArriveLater)
    {
        if (row.Time is not { } asOf || entity(row) is not { } id)
            return [double.NaN, double.NaN, double.NaN, double.NaN];
        var history = rows.Where(other => entity(other) == id && other.Time is not null).ToList();
        var earlier = history.Where(other => other.Time < asOf).ToList();
        var labels = history.Where(other => other.Label is not null && Arrival(other, labelsArriveLater) < asOf).Select(other => other.Label!.Value).ToList();
        return
        [
            earlier.Count == 0 ? double.NaN : (double)earlier.Sum(other => (long)other.Characters) / earlier.Count,
            earlier.Count,
            labels.Count == 0 ? double.NaN : labels.Sum() / (1e6 * labels.Count),
            earlier.Count == 0 ? double.NaN : (asOf - earlier.Max(other => other.Time!.Value)) / 86_400e6,
        ];
    }

    private static long? Arrival(EventRow row, bool labelsArriveLater) =>
        !labelsArriveLater ? row.Time : row.LabelTime is { } arrival ? Math.Max(arrival, row.Time!.Value) : null;
}
