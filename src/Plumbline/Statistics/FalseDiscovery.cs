namespace Plumbline.Statistics;

/// <summary>Correction for many tests (Benjamini &amp; Hochberg 1995). Pure.</summary>
internal static class FalseDiscovery
{
    /// <summary>Adjusted p-values in the order of <paramref name="values"/>: those at most q have a share of false ones of at most q in expectation. NaN stays, and is no test.</summary>
    public static double[] Adjust(IReadOnlyList<double> values)
    {
        var adjusted = values.ToArray();
        var order = Enumerable.Range(0, values.Count).Where(test => !double.IsNaN(values[test])).OrderBy(test => values[test]).ToArray();
        var least = 1.0;
        for (var rank = order.Length; rank >= 1; rank--)
            adjusted[order[rank - 1]] = least = Math.Min(least, values[order[rank - 1]] * order.Length / rank);
        return adjusted;
    }
}
