using Plumbline.Features;

namespace Plumbline.Learning.Families;

/// <summary>What is computed from the training matrix once and then used by many fits. Thread-safe.</summary>
internal sealed class SharedFits : IDisposable
{
    /// <summary>Most components that a fit can ask for.</summary>
    public const int MostComponents = 200;

    /// <summary>N-grams that are decomposed: the most frequent.</summary>
    private const int DecomposedNgrams = 20_000;

    private readonly FeatureMatrix _train;
    private readonly int _ngrams;
    private readonly Dictionary<int, ProjectedRows> _projected = [];
    private readonly Lazy<SampledRows> _samples;
    private readonly Once<float[]> _nbPenalties;
    private readonly Once<NgramSums> _ngramSums;
    private readonly Once<NgramRanking> _ranking;
    private readonly Once<TruncatedSvd> _svd;

    public SharedFits(FeatureMatrix train, int ngrams)
    {
        (_train, _ngrams) = (train, ngrams);
        _samples = new Lazy<SampledRows>(() => new SampledRows(train, Memory));
        _nbPenalties = new Once<float[]>(() => NbColumnPenalties.Of(train, ngrams));
        _ngramSums = new Once<NgramSums>(() => NgramSums.Of(train, ngrams));
        _ranking = new Once<NgramRanking>(() => NgramRanking.Of(train, ngrams));
        _svd = new Once<TruncatedSvd>(() =>
        {
            var frequent = Ranking.ByFrequency;
            return TruncatedSvd.Of(train, ngrams, frequent[..Math.Min(DecomposedNgrams, frequent.Length)], MostComponents);
        });
    }

    /// <summary>What <see cref="Svd"/> takes while it is computed.</summary>
    public static long DecompositionBytes(TrainingShape shape) => 3L * Math.Min(shape.Ngrams, DecomposedNgrams) * MostComponents * sizeof(float);

    /// <summary>What is kept between fits, at most, beside the entries of samples and of rows with components.</summary>
    public static long KeptBytes(TrainingShape shape) => ((long)shape.Ngrams * (shape.Classes + 2) * sizeof(double)) + (DecompositionBytes(shape) / 3);

    /// <summary>For the entries of each sample and of rows with components; what is beyond goes to a file.</summary>
    public MatrixMemory Memory { get; init; } = MatrixMemory.Default;

    /// <summary>See <see cref="NbColumnPenalties"/>.</summary>
    public float[] NbPenalties => _nbPenalties.Value;

    /// <summary>See <see cref="Learning.NgramSums"/>.</summary>
    public NgramSums NgramSums => _ngramSums.Value;

    /// <summary>A share of the rows of each class; see <see cref="SampledRows"/>.</summary>
    public FeatureMatrix Sample(double share) => _samples.Value.Of(share);

    /// <summary>The rows with their first components; null where there are no n-grams to decompose. They live as long as this.</summary>
    public ProjectedRows? Projected(int rank)
    {
        rank = Math.Min(rank, Svd.Rank);
        lock (_projected)
        {
            if (rank > 0 && !_projected.ContainsKey(rank))
                _projected.Add(rank, new ProjectedRows(_train, _ngrams, Svd, rank, Memory));
            return _projected.GetValueOrDefault(rank);
        }
    }

    public NgramRanking Ranking => _ranking.Value;

    /// <summary>Of the frequent n-grams.</summary>
    public TruncatedSvd Svd => _svd.Value;

    public void Dispose()
    {
        if (_samples.IsValueCreated)
            _samples.Value.Dispose();
        foreach (var projected in _projected.Values)
            projected.Dispose();
    }

    /// <summary>Made by the first who asks. What could not be made, such as for want of memory, is tried again for the next.</summary>
    private sealed class Once<T>(Func<T> make)
        where T : class
    {
        private readonly Lock _gate = new();
        private T? _made;

        public T Value
        {
            get
            {
                lock (_gate)
                    return _made ??= make();
            }
        }
    }
}
