using MathNet.Numerics.Distributions;

namespace Plumbline.Statistics;

/// <summary>How well scores tell two samples apart: the area under the ROC curve, and the chance of one as far from a half (Mann &amp; Whitney 1947; normal approximation with ties). Pure.</summary>
internal static class RankSum
{
    public static TestResult Test(IReadOnlyList<(double Score, bool IsSecond)> scores)
    {
        double n = scores.Count(score => !score.IsSecond), m = scores.Count - n;
        if (n == 0 || m == 0)
            return new TestResult(0.5, 1);
        double below = 0, wins = 0, ties = 0;
        foreach (var equal in scores.GroupBy(score => score.Score).OrderBy(group => group.Key))
        {
            double second = equal.Count(score => score.IsSecond), all = equal.Count();
            wins += second * (below + ((all - second) / 2));
            below += all - second;
            ties += (all * all * all) - all;
        }
        var area = wins / (n * m);
        var variance = n * m / 12 * (n + m + 1 - (ties / ((n + m) * (n + m - 1))));
        var z = variance > 0 ? (wins - (n * m / 2)) / Math.Sqrt(variance) : 0;
        return new TestResult(area, Math.Min(1, 2 * Normal.CDF(0, 1, -Math.Abs(z))));
    }
}
