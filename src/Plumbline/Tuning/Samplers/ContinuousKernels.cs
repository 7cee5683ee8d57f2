using System.Numerics;
using Plumbline.Statistics;

namespace Plumbline.Tuning.Samplers;

/// <summary>Normal distributions cut off at 0 and 1.</summary>
internal sealed class ContinuousKernels : IKernels
{
    private readonly double[] _means;
    private readonly double[] _deviations;
    private readonly double[] _precisions;
    private readonly double[] _constants;

    /// <param name="means">Within [0, 1].</param>
    /// <param name="deviations">Above 0, at most 1.</param>
    public ContinuousKernels(double[] means, double[] deviations)
    {
        (_means, _deviations) = (means, deviations);
        _precisions = new double[means.Length];
        _constants = new double[means.Length];
        for (var i = 0; i < means.Length; i++)
        {
            _precisions[i] = 1 / deviations[i];
            var mass = NormalDistribution.Mass(-means[i] / deviations[i], (1 - means[i]) / deviations[i]);
            _constants[i] = -NormalDistribution.HalfLogTwoPi - Math.Log(deviations[i] * mass);
        }
    }

    public void AddLogDensities(double x, Span<double> logDensities)
    {
        var (place, half) = (new Vector<double>(x), new Vector<double>(-0.5));
        var i = 0;
        for (; i <= logDensities.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            var z = (place - new Vector<double>(_means, i)) * new Vector<double>(_precisions, i);
            (new Vector<double>(logDensities[i..]) + new Vector<double>(_constants, i) + (half * z * z)).CopyTo(logDensities[i..]);
        }
        for (; i < logDensities.Length; i++)
        {
            var z = (x - _means[i]) * _precisions[i];
            logDensities[i] = logDensities[i] + _constants[i] + (-0.5 * z * z);
        }
    }

    public double Draw(int kernel, RandomSource random) => NormalDistribution.DrawInUnit(_means[kernel], _deviations[kernel], random);
}
