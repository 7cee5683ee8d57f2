namespace Plumbline.Statistics;

/// <summary>
/// Bounds of a quantile that hold at all times: how many values a true quantile exceeds is a binomial count, so the ranks that the beta-binomial mixture does not
/// speak against bound it (Howard and Ramdas 2022, "Sequential estimation of quantiles with applications to A/B testing and best-arm identification", Bernoulli 28). To the histogram's precision. Thread-safe.
/// </summary>
internal static class QuantileSequence
{
    /// <param name="level">Of the quantile, within 0 and 1, such as 0.99.</param>
    /// <param name="planned">Values after which the bounds are tightest; they hold before and after.</param>
    /// <returns>0 and infinity where too few values say nothing.</returns>
    public static (double Low, double High) Bounds(LatencyHistogram histogram, double level, long planned, double alpha)
    {
        // Sure of the level by a share of the planned values: the mixture's best place for them, as AsymptoticSequence has it.
        var sure = Math.Max(1 / Math.Min(level, 1 - level), planned / (2 * Math.Log(1 / alpha)));
        var (fewest, most) = new BetaMixture(sure * level, sure * (1 - level)).Hits(level, histogram.Count, alpha);
        return (fewest == 0 ? 0 : histogram.AtRank(fewest), most >= histogram.Count ? double.PositiveInfinity : histogram.AtRank(most + 1));
    }
}
