using Plumbline.Statistics;

namespace Plumbline.Tuning.Samplers;

/// <summary>One dimension of the kernels of a <see cref="ParzenEstimator"/>, those of the observations in their order, then that of the prior. Not thread-safe.</summary>
internal interface IKernels
{
    /// <summary>Adds the logarithm of each kernel's density at <paramref name="x"/>, a place in [0, 1], to what stands for it.</summary>
    void AddLogDensities(double x, Span<double> logDensities);

    /// <summary>A place in [0, 1] from one kernel.</summary>
    double Draw(int kernel, RandomSource random);
}
