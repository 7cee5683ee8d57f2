using Plumbline.Statistics;

namespace Plumbline.Tuning.Samplers;

/// <summary>The standard normal distribution.</summary>
internal static class NormalDistribution
{
    // Beyond it less than half a unit in the last place of 1 is left.
    private const double Certain = 8.3;

    public static readonly double HalfLogTwoPi = 0.5 * Math.Log(2 * Math.PI);

    /// <summary>Φ(x) to 15 decimal places, in the lower tail also to eight digits (Hart 1968, algorithm 5666; as given by West 2005).</summary>
    public static double Cdf(double x)
    {
        var z = Math.Abs(x);
        if (x > Certain || z > 37)
            return x > 0 ? 1 : 0;
        var density = Math.Exp(-0.5 * z * z);
        double tail;
        if (z < 7.07106781186547)
        {
            tail = density
                * Polynomial(z, [220.206867912376, 221.213596169931, 112.079291497871, 33.912866078383, 6.37396220353165, 0.700383064443688, 0.0352624965998911])
                / Polynomial(z, [440.413735824752, 793.826512519948, 637.333633378831, 296.564248779674, 86.7807322029461, 16.064177579207, 1.75566716318264, 0.0883883476483184]);
        }
        else
        {
            tail = density / ((z + (1 / (z + (2 / (z + (3 / (z + (4 / (z + 0.65))))))))) * 2.506628274631);
        }
        return x > 0 ? 1 - tail : tail;
    }

    /// <summary>Φ(<paramref name="high"/>) − Φ(<paramref name="low"/>) without cancellation in the upper tail.</summary>
    public static double Mass(double low, double high)
    {
        if (low < -Certain && high > Certain)
            return 1;
        return low > 0 ? Cdf(-low) - Cdf(-high) : Cdf(high) - Cdf(low);
    }

    /// <summary>Normal within [0, 1], by rejection: <paramref name="mean"/> lies there and the deviation is at most 1, so that a third of the draws at least are kept.</summary>
    public static double DrawInUnit(double mean, double deviation, RandomSource random)
    {
        double x;
        do
            x = mean + (deviation * random.NextGaussian());
        while (!(x >= 0 && x <= 1));
        return x;
    }

    /// <summary>By Horner's scheme; the constant first.</summary>
    private static double Polynomial(double x, ReadOnlySpan<double> coefficients)
    {
        var value = coefficients[^1];
        for (var i = coefficients.Length - 2; i >= 0; i--)
            value = (value * x) + coefficients[i];
        return value;
    }
}
