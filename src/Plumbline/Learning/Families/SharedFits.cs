using Plumbline.Features;

namespace Plumbline.Learning.Families;

/// <summary>What is computed from the training matrix once and then used by many fits. Thread-safe.</summary>
internal sealed class SharedFits
{
    /// <summary>Most components that a fit can ask for.</summary>
    public const int MostComponents = 200;

    /// <summary>N-grams that are decomposed: the most frequent.</summary>
    private const int DecomposedNgrams = 20_000;

    private readonly Lazy<float[]> _nbPenalties;
    private readonly Lazy<NgramSums> _ngramSums;
    private readonly Lazy<NgramRanking> _ranking;
    private readonly Lazy<TruncatedSvd> _svd;

    public SharedFits(FeatureMatrix train, int ngrams)
    {
        _nbPenalties = new Lazy<float[]>(() => NbColumnPenalties.Of(train, ngrams));
        _ngramSums = new Lazy<NgramSums>(() => NgramSums.Of(train, ngrams));
        _ranking = new Lazy<NgramRanking>(() => NgramRanking.Of(train, ngrams));
        _svd = new Lazy<TruncatedSvd>(() =>
        {
            var frequent = Ranking.ByFrequency;
            return TruncatedSvd.Of(train, ngrams, frequent[..Math.Min(DecomposedNgrams, frequent.Length)], MostComponents);
        });
    }

    /// <summary>See <see cref="NbColumnPenalties"/>.</summary>
    public float[] NbPenalties => _nbPenalties.Value;

    /// <summary>See <see cref="Learning.NgramSums"/>.</summary>
    public NgramSums NgramSums => _ngramSums.Value;

    public NgramRanking Ranking => _ranking.Value;

    /// <summary>Of the frequent n-grams.</summary>
    public TruncatedSvd Svd => _svd.Value;
}
