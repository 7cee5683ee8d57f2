using MathNet.Numerics.Distributions;

namespace Plumbline.Statistics;

/// <summary>Exact 95 % intervals of proportions (Clopper &amp; Pearson 1934).</summary>
internal static class ProportionInterval
{
    private const double Tail = 0.025;

    /// <param name="hits">0 to <paramref name="rows"/>.</param>
    /// <returns>NaN without rows.</returns>
    public static Estimate Of(long hits, long rows) => rows == 0
        ? new Estimate(double.NaN, double.NaN, double.NaN)
        : new Estimate(
            (double)hits / rows, hits == 0 ? 0 : Beta.InvCDF(hits, rows - hits + 1, Tail), hits == rows ? 1 : Beta.InvCDF(hits + 1, rows - hits, 1 - Tail));

    /// <summary>F1 of a label: 2q/(1 + q) of the share q of hits among the rows that are the label or are predicted it, so that the interval of q gives that of F1.</summary>
    /// <param name="hits">Rows that are both.</param>
    /// <param name="either">Rows that are either.</param>
    public static Estimate OfF1(long hits, long either)
    {
        var share = Of(hits, either);
        return new Estimate(F1(share.Value), F1(share.Low), F1(share.High));

        static double F1(double share) => 2 * share / (1 + share);
    }
}
