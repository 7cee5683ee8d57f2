using static MathNet.Numerics.SpecialFunctions;

namespace Plumbline.Statistics;

/// <summary>
/// Intervals that hold at all times for whatever is asymptotically normal: a difference of means, or of scores by the delta method. It is the asymptotic confidence
/// sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024, Annals of Statistics 52, theorem 2.2), Robbins' normal mixture (1970) with estimated variance. The mixture
/// is scaled so that the interval is tightest at a planned number of rows, called the horizon; it holds before and after. Thread-safe.
/// </summary>
internal static class AsymptoticSequence
{
    private const int Rounds = 50;

    /// <summary>
    /// Half the width of the interval around an estimate: the chance that it ever misses is about <paramref name="alpha"/>, as soon as the estimate is close to normal.
    /// </summary>
    /// <param name="standardError">Of the estimate, now.</param>
    /// <param name="progress">Rows now over rows at the horizon, above 0; of two arms n₁n₂/(n₁+n₂) of each.</param>
    public static double HalfWidth(double standardError, double progress, double alpha)
    {
        var information = Information(progress, alpha);
        return standardError * Math.Sqrt((1 + (1 / information)) * (Math.Log(1 + information) + (2 * Math.Log(1 / alpha))));
    }

    /// <summary>ln of the evidence against a value that lies so many standard errors from the estimate: an e-process, which reaches ln(1/α) where the interval ends.</summary>
    /// <param name="squaredDistance">Standard errors, squared.</param>
    public static double LogEvidence(double squaredDistance, double progress, double alpha)
    {
        var information = Information(progress, alpha);
        return 0.5 * ((squaredDistance * information / (1 + information)) - Math.Log(1 + information));
    }

    /// <summary>
    /// Rows an arm that a horizon needs, with two arms alike: so that a true difference of <paramref name="effect"/> is told from 0, and 0 from it, with a chance of
    /// <paramref name="power"/> when the horizon is reached.
    /// </summary>
    /// <param name="deviation">Standard deviation of one row.</param>
    public static double RequiredRows(double deviation, double effect, double alpha, double power)
    {
        // Equivalence asks both ends of the interval to be within the effect.
        var distance = HalfWidth(1, 1, alpha) + NormalQuantile((1 + power) / 2);
        return Math.Ceiling(2 * Math.Pow(deviation * distance / effect, 2));
    }

    /// <summary>Standard normal.</summary>
    public static double NormalQuantile(double probability) => -Math.Sqrt(2) * ErfcInv(2 * probability);

    /// <summary>Variance of the mixture over that of the estimate. At the horizon it is the r that makes the width least: r = ln(1 + r) + 2 ln(1/α).</summary>
    private static double Information(double progress, double alpha)
    {
        var twice = 2 * Math.Log(1 / alpha);
        var best = twice;
        for (var i = 0; i < Rounds; i++)
            best = twice + Math.Log(1 + best);
        return best * progress;
    }
}
