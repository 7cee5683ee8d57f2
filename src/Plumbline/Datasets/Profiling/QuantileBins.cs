namespace Plumbline.Datasets.Profiling;

/// <summary>A histogram made of a profile's quantiles.</summary>
/// <param name="Shares">Of all values, a bin each; the last bin has all beyond it, too.</param>
internal sealed record QuantileBins(double Low, double High, IReadOnlyList<double> Shares)
{
    /// <summary>Of the quantiles, the one at which bins end: a few very long texts must not squeeze all others into one bin.</summary>
    private const int LastQuantile = 198;

    /// <param name="low">Where the first bin begins; null takes the least value.</param>
    public static QuantileBins Of(NumberProfile numbers, int bins, double? low = null, double? high = null)
    {
        var (from, to) = (low ?? numbers.Min, high ?? HighOf(numbers));
        if (to <= from)
            return new QuantileBins(from, from, [1]);
        var shares = new double[bins];
        var before = 0.0;
        for (var bin = 0; bin < bins; bin++)
        {
            var until = bin == bins - 1 ? 1 : ShareBelow(numbers.Quantiles, from + ((bin + 1) * (to - from) / bins));
            shares[bin] = Math.Max(0, until - before);
            before = until;
        }
        return new QuantileBins(from, to, shares);
    }

    public static double HighOf(NumberProfile numbers) => numbers.Quantiles[LastQuantile] > numbers.Min ? numbers.Quantiles[LastQuantile] : numbers.Max;

    private static double ShareBelow(IReadOnlyList<double> quantiles, double value)
    {
        if (value < quantiles[0])
            return 0;
        var at = 0;
        while (at < quantiles.Count - 1 && quantiles[at + 1] <= value)
            at++;
        var last = quantiles.Count - 1.0;
        return at == quantiles.Count - 1 ? 1 : (at + ((value - quantiles[at]) / (quantiles[at + 1] - quantiles[at]))) / last;
    }
}
