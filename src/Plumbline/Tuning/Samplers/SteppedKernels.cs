using Plumbline.Statistics;

namespace Plumbline.Tuning.Samplers;

/// <summary>
/// Normal distributions cut off at 0 and 1 and gathered at the middles of cells of equal width. Few cells mean many equal kernels: each different one is computed once for a cell, and kept.
/// </summary>
internal sealed class SteppedKernels : IKernels
{
    private readonly double _width;
    private readonly int[] _kinds;
    private readonly List<(double Mean, double Deviation, double LogInside)> _different = [];
    private readonly Dictionary<long, double[]> _cells = [];

    /// <param name="means">Within [0, 1].</param>
    /// <param name="deviations">Above 0, at most 1.</param>
    /// <param name="width">One over the number of cells.</param>
    public SteppedKernels(double[] means, double[] deviations, double width)
    {
        _width = width;
        _kinds = new int[means.Length];
        var seen = new Dictionary<(double, double), int>();
        for (var i = 0; i < means.Length; i++)
        {
            if (!seen.TryGetValue((means[i], deviations[i]), out _kinds[i]))
            {
                seen.Add((means[i], deviations[i]), _kinds[i] = _different.Count);
                _different.Add((means[i], deviations[i], Math.Log(NormalDistribution.Mass(-means[i] / deviations[i], (1 - means[i]) / deviations[i]))));
            }
        }
    }

    public void AddLogDensities(double x, Span<double> logDensities)
    {
        var cell = CellOf(x);
        if (!_cells.TryGetValue(cell, out var logMasses))
            _cells.Add(cell, logMasses = LogMasses(cell));
        for (var i = 0; i < logDensities.Length; i++)
            logDensities[i] += logMasses[_kinds[i]];
    }

    public double Draw(int kernel, RandomSource random)
    {
        var (mean, deviation, _) = _different[_kinds[kernel]];
        return (CellOf(NormalDistribution.DrawInUnit(mean, deviation, random)) + 0.5) * _width;
    }

    private long CellOf(double x) => (long)Math.Min(x / _width, Math.Round(1 / _width) - 1);

    private double[] LogMasses(long cell)
    {
        var logMasses = new double[_different.Count];
        for (var i = 0; i < logMasses.Length; i++)
        {
            var (mean, deviation, logInside) = _different[i];
            logMasses[i] = Math.Log(NormalDistribution.Mass(((cell * _width) - mean) / deviation, (((cell + 1) * _width) - mean) / deviation)) - logInside;
        }
        return logMasses;
    }
}
