using System.Numerics;
using Plumbline.Statistics;

namespace Plumbline.Tuning.Samplers;

/// <summary>
/// A density over [0, 1]^d: a weighted mixture of one kernel an observation and one for the prior, each the product of its dimensions
/// (Bergstra et al. 2011; Falkner et al. 2018 for more than one dimension). Not thread-safe.
/// </summary>
internal sealed class ParzenEstimator
{
    private readonly IKernels[] _dimensions;
    private readonly double[] _logWeights;
    private readonly double[] _cumulative;
    private readonly double[] _scratch;

    /// <param name="weights">Of the observations, then of the prior; any scale.</param>
    public ParzenEstimator(IKernels[] dimensions, ReadOnlySpan<double> weights)
    {
        _dimensions = dimensions;
        _logWeights = new double[weights.Length];
        _cumulative = new double[weights.Length];
        _scratch = new double[weights.Length];
        double total = 0;
        for (var i = 0; i < weights.Length; i++)
            _cumulative[i] = total += weights[i];
        for (var i = 0; i < weights.Length; i++)
            _logWeights[i] = Math.Log(weights[i] / total);
    }

    public void Draw(RandomSource random, Span<double> point)
    {
        var kernel = Array.BinarySearch(_cumulative, random.NextDouble() * _cumulative[^1]);
        kernel = Math.Min(kernel < 0 ? ~kernel : kernel + 1, _cumulative.Length - 1);
        for (var d = 0; d < point.Length; d++)
            point[d] = _dimensions[d].Draw(kernel, random);
    }

    /// <summary>With respect to lengths of continua and to counts of the values of others.</summary>
    public double LogDensity(ReadOnlySpan<double> point)
    {
        _logWeights.CopyTo(_scratch, 0);
        for (var d = 0; d < point.Length; d++)
            _dimensions[d].AddLogDensities(point[d], _scratch);
        Exponentiate(_scratch);
        // The prior is positive everywhere, so the sum is.
        return Math.Log(Sum(_scratch));
    }

    /// <summary>Where a whole vector is less than e^−50 of the prior, which stands last, it is zero: the sum would be the same bits.</summary>
    private static void Exponentiate(double[] logDensities)
    {
        var negligible = new Vector<double>(logDensities[^1] - 50);
        var i = 0;
        for (; i <= logDensities.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            var values = new Vector<double>(logDensities, i);
            (Vector.LessThanAll(values, negligible) ? Vector<double>.Zero : Vector.Exp(values)).CopyTo(logDensities, i);
        }
        for (; i < logDensities.Length; i++)
            logDensities[i] = Math.Exp(logDensities[i]);
    }

    /// <summary>In four chains, however wide the machine's vectors are: the last bits must not depend on it.</summary>
    private static double Sum(double[] values)
    {
        double a = 0, b = 0, c = 0, d = 0;
        var i = 0;
        for (; i <= values.Length - 4; i += 4)
        {
            a += values[i];
            b += values[i + 1];
            c += values[i + 2];
            d += values[i + 3];
        }
        for (; i < values.Length; i++)
            a += values[i];
        return (a + b) + (c + d);
    }
}
