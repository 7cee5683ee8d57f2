using Plumbline.Features;

namespace Plumbline.Learning.Families;

/// <summary>Shares of the rows of each class, each drawn once; see <see cref="FeatureMatrix.Sample"/>. They live as long as this. Thread-safe.</summary>
/// <param name="memory">For the entries of each; what is beyond goes to a file.</param>
internal sealed class SampledRows(FeatureMatrix rows, MatrixMemory memory) : IDisposable
{
    private const ulong Seed = 1;

    private readonly Dictionary<double, FeatureMatrix> _samples = [];

    public FeatureMatrix Of(double share)
    {
        lock (_samples)
        {
            if (!_samples.TryGetValue(share, out var sample))
                _samples.Add(share, sample = rows.Sample(share, Seed, memory));
            return sample;
        }
    }

    public void Dispose()
    {
        foreach (var sample in _samples.Values)
            sample.Dispose();
    }
}
