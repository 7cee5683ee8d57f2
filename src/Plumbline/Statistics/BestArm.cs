using MathNet.Numerics.Distributions;

namespace Plumbline.Statistics;

/// <summary>
/// How probable it is of each arm that its proportion is the largest, after a uniform prior: the shares that Thompson sampling (1933) would draw, without the noise of
/// drawing (Scott 2010, "A modern Bayesian look at the multi-armed bandit"). Thread-safe.
/// </summary>
internal static class BestArm
{
    private const int Steps = 400;
    private const double Reach = 9;

    /// <param name="arms">Successes among trials of each.</param>
    /// <returns>By arm; 1 together.</returns>
    public static double[] Probabilities(IReadOnlyList<(double Successes, double Trials)> arms)
    {
        Beta[] posteriors = [.. arms.Select(arm => new Beta(1 + arm.Successes, 1 + arm.Trials - arm.Successes))];
        double[] best = [.. posteriors.Select((_, arm) => Integrate(posteriors, arm))];
        var sum = best.Sum();
        return [.. best.Select(probability => probability / sum)];
    }

    /// <summary>Shares of the next period: the probabilities, but of each arm at least <paramref name="floor"/>, so that none is forgotten.</summary>
    /// <param name="floor">At most 1 over the number of arms.</param>
    public static double[] Shares(double[] probabilities, double floor) => [.. probabilities.Select(probability => floor + ((1 - (floor * probabilities.Length)) * probability))];

    /// <summary>∫ f_arm(x) Π F_other(x) dx by the midpoint rule over where the arm's posterior is.</summary>
    private static double Integrate(Beta[] posteriors, int arm)
    {
        var mine = posteriors[arm];
        var low = Math.Max(0, mine.Mean - (Reach * mine.StdDev));
        var width = (Math.Min(1, mine.Mean + (Reach * mine.StdDev)) - low) / Steps;
        var sum = 0.0;
        for (var step = 0; step < Steps; step++)
        {
            var x = low + ((step + 0.5) * width);
            var product = Math.Exp(mine.DensityLn(x)) * width;
            for (var other = 0; other < posteriors.Length && product > 0; other++)
                product *= other == arm ? 1 : posteriors[other].CumulativeDistribution(x);
            sum += product;
        }
        return sum;
    }
}
