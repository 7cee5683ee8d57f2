namespace Plumbline.Statistics;

/// <param name="Statistic">Of the test; its measure is the test's.</param>
/// <param name="PValue">Chance of a statistic as far out where both samples are of one distribution.</param>
internal readonly record struct TestResult(double Statistic, double PValue);

/// <summary>Two-sample Kolmogorov–Smirnov test: the largest distance of the distribution functions. With equal values, or values in buckets, p is too large rather than too small. Pure.</summary>
internal static class KolmogorovSmirnov
{
    private const long MostExact = 1_000_000;

    public static TestResult Test(TwoSamples samples)
    {
        var (n, m) = (samples.FirstCount, samples.SecondCount);
        if (n == 0 || m == 0)
            return new TestResult(0, 1);
        long first = 0, second = 0;
        var distance = 0.0;
        for (var i = 0; i < samples.Values.Length; i++)
        {
            first += samples.First[i];
            second += samples.Second[i];
            distance = Math.Max(distance, Math.Abs(((double)first / n) - ((double)second / m)));
        }
        return new TestResult(distance, n * m <= MostExact ? Exact(distance, (int)Math.Min(n, m), (int)Math.Max(n, m)) : Asymptotic(distance, n, m));
    }

    /// <summary>Share of the orders of n and m different values whose functions are as far apart somewhere: by paths through a lattice (Kim &amp; Jennrich 1973).</summary>
    private static double Exact(double distance, int n, int m)
    {
        var limit = (0.5 + Math.Floor((distance * n * m) - 1e-7)) / ((double)n * m);
        var paths = new double[m + 1];
        for (var j = 0; j <= m; j++)
            paths[j] = (double)j / m > limit ? 0 : 1;
        for (var i = 1; i <= n; i++)
        {
            var weight = (double)i / (i + m);
            paths[0] = (double)i / n > limit ? 0 : weight * paths[0];
            for (var j = 1; j <= m; j++)
                paths[j] = Math.Abs(((double)i / n) - ((double)j / m)) > limit ? 0 : (weight * paths[j]) + paths[j - 1];
        }
        return Math.Clamp(1 - paths[m], 0, 1);
    }

    /// <summary>Kolmogorov's distribution with the correction of Stephens (1970).</summary>
    private static double Asymptotic(double distance, double n, double m)
    {
        var root = Math.Sqrt(n * m / (n + m));
        var lambda = (root + 0.12 + (0.11 / root)) * distance;
        if (lambda < 0.2)
            return 1;
        var sum = 0.0;
        for (var k = 1; k <= 100; k++)
            sum += (k % 2 == 1 ? 2 : -2) * Math.Exp(-2 * k * k * lambda * lambda);
        return Math.Clamp(sum, 0, 1);
    }
}
