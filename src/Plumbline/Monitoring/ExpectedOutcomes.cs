using Plumbline.Statistics;

namespace Plumbline.Monitoring;

/// <summary>
/// What calibrated probabilities say of how right answers are: for each label how often it was answered, how often that is expected to be right, and how many texts are expected to have it. Sums of
/// whole numbers, so that the order does not matter. Not thread-safe.
/// </summary>
internal sealed class ExpectedOutcomes(int labels)
{
    private const float Unit = (float)QualitySums.Unit;

    private readonly long[] _answered = new long[labels];
    private readonly long[] _hits = new long[labels];
    private readonly long[] _support = new long[labels];

    public int Labels => labels;

    public long Requests => _answered.Sum();

    public long Answered(int label) => _answered[label];

    /// <summary>Answers of a label that are expected to be right.</summary>
    public double Hits(int label) => _hits[label] / QualitySums.Unit;

    /// <summary>Texts that are expected to have a label.</summary>
    public double Support(int label) => _support[label] / QualitySums.Unit;

    /// <param name="label">Index of the label answered.</param>
    public void Add(ReadOnlySpan<float> probabilities, int label)
    {
        _answered[label]++;
        _hits[label] += (int)(probabilities[label] * Unit);
        for (var k = 0; k < _support.Length; k++)
            _support[k] += (int)(probabilities[k] * Unit);
    }

    public void Merge(ExpectedOutcomes other)
    {
        for (var label = 0; label < labels; label++)
        {
            _answered[label] += other._answered[label];
            _hits[label] += other._hits[label];
            _support[label] += other._support[label];
        }
    }

    public void Write(SketchWriter writer)
    {
        foreach (var sums in new[] { _answered, _hits, _support })
            writer.Write(sums);
    }

    public void Read(ref SketchReader reader)
    {
        reader.ReadCounts(_answered);
        reader.ReadCounts(_hits);
        reader.ReadCounts(_support);
    }
}
