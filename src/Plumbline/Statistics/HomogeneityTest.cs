using MathNet.Numerics.Distributions;

namespace Plumbline.Statistics;

/// <summary>Pearson's chi-square test of whether two samples of categories are of one distribution. Pure.</summary>
internal static class HomogeneityTest
{
    /// <summary>Cells in which fewer are expected count together (Cochran 1954).</summary>
    private const double LeastExpected = 5;

    /// <param name="first">Counts by category.</param>
    /// <param name="second">In the same order.</param>
    public static TestResult Test(ReadOnlySpan<long> first, ReadOnlySpan<long> second)
    {
        double n = 0, m = 0;
        for (var cell = 0; cell < first.Length; cell++)
            (n, m) = (n + first[cell], m + second[cell]);
        if (n == 0 || m == 0)
            return new TestResult(0, 1);
        double statistic = 0, restFirst = 0, restSecond = 0;
        var cells = 0;
        for (var cell = 0; cell < first.Length; cell++)
        {
            if ((first[cell] + second[cell]) * Math.Min(n, m) / (n + m) >= LeastExpected)
                statistic += Add(first[cell], second[cell]);
            else
                (restFirst, restSecond) = (restFirst + first[cell], restSecond + second[cell]);
        }
        if (restFirst + restSecond > 0)
            statistic += Add(restFirst, restSecond);
        return cells < 2 ? new TestResult(0, 1) : new TestResult(statistic, 1 - ChiSquared.CDF(cells - 1, statistic));

        double Add(double one, double other)
        {
            cells++;
            var expected = (one + other) / (n + m);
            return (Square(one - (expected * n)) / (expected * n)) + (Square(other - (expected * m)) / (expected * m));
        }
    }

    private static double Square(double value) => value * value;
}
