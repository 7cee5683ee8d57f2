using Plumbline.Statistics;

namespace Plumbline.Tuning.Samplers;

/// <summary>Normal distributions cut off at 0 and 1 and gathered at the middles of cells of equal width. What is computed for a cell is kept.</summary>
internal sealed class SteppedKernels(double[] means, double[] deviations, double width) : IKernels
{
    private readonly Dictionary<int, double[]> _cells = [];

    public void AddLogDensities(double x, Span<double> logDensities)
    {
        var cell = CellOf(x);
        if (!_cells.TryGetValue(cell, out var logMasses))
            _cells.Add(cell, logMasses = LogMasses(cell));
        for (var i = 0; i < logDensities.Length; i++)
            logDensities[i] += logMasses[i];
    }

    public double Draw(int kernel, RandomSource random) => (CellOf(NormalDistribution.DrawInUnit(means[kernel], deviations[kernel], random)) + 0.5) * width;

    private int CellOf(double x) => (int)Math.Min(x / width, Math.Round(1 / width) - 1);

    private double[] LogMasses(int cell)
    {
        var logMasses = new double[means.Length];
        for (var i = 0; i < means.Length; i++)
        {
            var precision = 1 / deviations[i];
            var inside = NormalDistribution.Mass(-means[i] * precision, (1 - means[i]) * precision);
            logMasses[i] = Math.Log(NormalDistribution.Mass(((cell * width) - means[i]) * precision, (((cell + 1) * width) - means[i]) * precision) / inside);
        }
        return logMasses;
    }
}
