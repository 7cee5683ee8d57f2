using Plumbline.Features;

namespace Plumbline.Learning.Families;

/// <summary>What is computed from the training matrix once and then used by many fits. Thread-safe.</summary>
internal sealed class SharedFits : IDisposable
{
    /// <summary>Most components that a fit can ask for.</summary>
    public const int MostComponents = 200;

    /// <summary>N-grams that are decomposed: the most frequent.</summary>
    public const int DecomposedNgrams = 20_000;

    private const ulong SampleSeed = 1;

    private readonly FeatureMatrix _train;
    private readonly Dictionary<double, FeatureMatrix> _samples = [];
    private readonly Lazy<float[]> _nbPenalties;
    private readonly Lazy<NgramSums> _ngramSums;
    private readonly Lazy<NgramRanking> _ranking;
    private readonly Lazy<TruncatedSvd> _svd;

    public SharedFits(FeatureMatrix train, int ngrams)
    {
        _train = train;
        _nbPenalties = new Lazy<float[]>(() => NbColumnPenalties.Of(train, ngrams));
        _ngramSums = new Lazy<NgramSums>(() => NgramSums.Of(train, ngrams));
        _ranking = new Lazy<NgramRanking>(() => NgramRanking.Of(train, ngrams));
        _svd = new Lazy<TruncatedSvd>(() =>
        {
            var frequent = Ranking.ByFrequency;
            return TruncatedSvd.Of(train, ngrams, frequent[..Math.Min(DecomposedNgrams, frequent.Length)], MostComponents);
        });
    }

    /// <summary>For the entries of each sample; what is beyond goes to a file.</summary>
    public MatrixMemory Memory { get; init; } = MatrixMemory.Default;

    /// <summary>See <see cref="NbColumnPenalties"/>.</summary>
    public float[] NbPenalties => _nbPenalties.Value;

    /// <summary>See <see cref="Learning.NgramSums"/>.</summary>
    public NgramSums NgramSums => _ngramSums.Value;

    /// <summary>A share of the rows of each class; see <see cref="FeatureMatrix.Sample"/>. It lives as long as this.</summary>
    public FeatureMatrix Sample(double share)
    {
        lock (_samples)
        {
            if (!_samples.TryGetValue(share, out var sample))
                _samples.Add(share, sample = _train.Sample(share, SampleSeed, Memory));
            return sample;
        }
    }

    public NgramRanking Ranking => _ranking.Value;

    /// <summary>Of the frequent n-grams.</summary>
    public TruncatedSvd Svd => _svd.Value;

    public void Dispose()
    {
        foreach (var sample in _samples.Values)
            sample.Dispose();
    }
}
