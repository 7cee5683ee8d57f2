namespace Plumbline.Statistics;

/// <summary>
/// Exact binomial draws, and the likelihood of what was drawn. Draws are made by inversion where few successes are expected, otherwise by Hörmann's transformed rejection
/// ("The generation of binomial random variates", 1993, algorithm BTRS), whose cost does not grow with the trials.
/// </summary>
internal static class Binomial
{
    private const double InversionBelow = 10;

    /// <summary>Number of successes in <paramref name="trials"/> trials of probability <paramref name="p"/> in [0, 1].</summary>
    public static int Draw(RandomSource random, int trials, double p)
    {
        if (trials == 0 || p <= 0)
            return 0;
        if (p >= 1)
            return trials;
        if (p > 0.5)
            return trials - Draw(random, trials, 1 - p);
        return trials * p < InversionBelow ? Invert(random, trials, p) : Reject(random, trials, p);
    }

    /// <summary>ln of pʰ(1 − p)ᵗ⁻ʰ for h hits in t trials; what never happened does not speak against a chance of 0.</summary>
    public static double LogLikelihood(double p, long hits, long trials) => Times(hits, Math.Log(p)) + Times(trials - hits, Math.Log(1 - p));

    private static double Times(long count, double log) => count == 0 ? 0 : count * log;

    private static int Invert(RandomSource random, int trials, double p)
    {
        var odds = p / (1 - p);
        var mass = Math.Exp(trials * Log1P(-p));
        var left = random.NextDouble();
        var successes = 0;
        while (left > mass && successes < trials)
        {
            left -= mass;
            successes++;
            mass *= odds * (trials - successes + 1) / successes;
        }
        return successes;
    }

    private static int Reject(RandomSource random, int trials, double p)
    {
        var deviation = Math.Sqrt(trials * p * (1 - p));
        var b = 1.15 + (2.53 * deviation);
        var a = -0.0873 + (0.0248 * b) + (0.01 * p);
        var centre = (trials * p) + 0.5;
        var quick = 0.92 - (4.2 / b);
        var alpha = (2.83 + (5.1 / b)) * deviation;
        var odds = p / (1 - p);
        var mode = Math.Floor((trials + 1.0) * p);
        while (true)
        {
            var u = random.NextDouble() - 0.5;
            var v = random.NextDouble();
            var us = 0.5 - Math.Abs(u);
            var k = Math.Floor((((2 * a / us) + b) * u) + centre);
            if (us >= 0.07 && v <= quick)
                return (int)k;
            if (!(k >= 0 && k <= trials))
                continue;
            var bound = ((mode + 0.5) * Math.Log((mode + 1) / (odds * (trials - mode + 1))))
                + ((trials + 1.0) * Math.Log((trials - mode + 1) / (trials - k + 1)))
                + ((k + 0.5) * Math.Log(odds * (trials - k + 1) / (k + 1)))
                + StirlingTail(mode) + StirlingTail(trials - mode) - StirlingTail(k) - StirlingTail(trials - k);
            if (Math.Log(v * alpha / ((a / (us * us)) + b)) <= bound)
                return (int)k;
        }
    }

    /// <summary>ln k! less Stirling's approximation about k + 1.</summary>
    private static double StirlingTail(double k)
    {
        ReadOnlySpan<double> exact =
        [
            0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509, 0.0166446911898211,
            0.0138761288230707, 0.0118967099458917, 0.0104112652619720, 0.00925546218271273, 0.00833056343336287,
        ];
        if (k < exact.Length)
            return exact[(int)k];
        var square = (k + 1) * (k + 1);
        return ((1.0 / 12) - (((1.0 / 360) - (1.0 / 1260 / square)) / square)) / (k + 1);
    }

    /// <summary>ln(1 + x) without loss for tiny x (Kahan); .NET has no such function.</summary>
    private static double Log1P(double x)
    {
        var y = 1 + x;
        return y == 1 ? x : Math.Log(y) * x / (y - 1);
    }
}
