using Plumbline.Datasets;
using Plumbline.Text;

namespace Plumbline.Features;

/// <summary>
/// The feature contract fitted to training rows: vocabulary, inverse document frequencies, polarities, and the moments of numeric features.
/// Thread-safe once made; owns unmanaged memory until disposed.
/// </summary>
internal sealed unsafe partial class FittedFeatures : IDisposable
{
    private readonly FeatureOptions _options;
    private readonly NativeArray<ulong> _slots;
    private readonly NativeArray<float> _tableMemory;
    private readonly float* _table;
    private readonly Vectorizer _vectorizer;
    private readonly int _threads;
    private readonly MatrixMemory _memory;

    private FittedFeatures(
        FeatureOptions options, NgramVocabulary? vocabulary, IReadOnlyList<CategoricalFeature> categorical, int threads, MatrixMemory memory, bool hasSentiment,
        long texts, int[] documentFrequencies)
    {
        _options = options;
        _threads = threads;
        _memory = memory;
        Categorical = categorical;
        Hashes = vocabulary?.Hashes ?? [];
        NgramCount = documentFrequencies.Length;
        Slots = vocabulary is null ? [] : Vocabulary.Build(Hashes);
        _slots = new NativeArray<ulong>(Slots.Length);
        Slots.CopyTo(_slots.Span);
        _tableMemory = new NativeArray<float>(2L * NgramCount);
        _table = _tableMemory.Start;
        for (var feature = 0; feature < NgramCount; feature++)
        {
            // Smoothed idf, as scikit-learn's: as if one more text held every n-gram once.
            _table[2 * feature] = (float)(Math.Log((1.0 + texts) / (1.0 + documentFrequencies[feature])) + 1);
            _table[(2 * feature) + 1] = 0;
        }
        _vectorizer = new Vectorizer(options, vocabulary is null ? null : new Vocabulary(_slots.Start, Slots.Length), hasSentiment, new CategoryEncoder(categorical, options.Categorical));
    }

    /// <summary>Hash of each n-gram feature; empty where n-grams are hashed to features.</summary>
    public ulong[] Hashes { get; }

    /// <summary>The vocabulary's slots (<see cref="Vocabulary.Build"/>); empty where n-grams are hashed.</summary>
    public ulong[] Slots { get; }

    public int NgramCount { get; }

    /// <summary>The counts that the vocabulary was made of, where they were worth keeping.</summary>
    public NgramCounts? Counts { get; private set; }

    public IReadOnlyList<NumericFeature> Numeric { get; private set; } = [];

    public IReadOnlyList<CategoricalFeature> Categorical { get; }

    public FeatureContract Contract => new(_options, NgramCount, Numeric, Categorical);

    /// <summary>N-grams, numeric features, categories and the intercept.</summary>
    public int Columns => NgramCount + _vectorizer.NumericCount + _vectorizer.Categories.Count + 1;

    /// <summary>Entries after the n-grams of every row: numeric features, one category a column, and the intercept.</summary>
    private int Tail => _vectorizer.NumericCount + _vectorizer.Categories.Columns + 1;

    /// <summary>Scale (idf) of an n-gram feature.</summary>
    public float ScaleOf(int feature) => _table[2 * feature];

    /// <summary>Polarity of an n-gram feature, in [−1, 1].</summary>
    public float PolarityOf(int feature) => _table[(2 * feature) + 1];

    /// <summary>Number of n-grams of a text, and of those that are features.</summary>
    public (int All, int Known) CountNgrams(ReadOnlySpan<byte> text) => _vectorizer.CountNgrams(text);

    /// <summary>Learns the contract from the training rows and returns their matrix with it.</summary>
    /// <param name="read">Starts a pass over the training rows.</param>
    /// <param name="classes">Number of labels.</param>
    /// <param name="isOrdered">Whether labels have an order, so that words have a polarity.</param>
    /// <param name="counted">Counts of earlier rows, and the training rows that are not in them: saves counting all again.</param>
    public static (FittedFeatures Features, FeatureMatrix Matrix) Learn(
        Func<IEnumerable<RecordBatch>> read, int classes, bool isOrdered, FeatureOptions options, int threads, MatrixMemory memory, CancellationToken cancellation,
        (NgramCounts Counts, IEnumerable<RecordBatch> More)? counted = null)
    {
        var categorical = CategoryCounts.Learn(read, options.Categorical, cancellation);
        NgramVocabulary? vocabulary = null;
        NgramCounts? counts = null;
        int[] frequencies;
        long texts;
        if (options.HashBits is { } bits)
            (frequencies, texts) = HashedFrequencies(read(), bits, options, threads, cancellation);
        else
            (_, frequencies, texts) = vocabulary = Count(read, options, threads, counted, out counts, cancellation);
        var features = new FittedFeatures(options, vocabulary, categorical, threads, memory, isOrdered && options.Numeric.FromText, texts, frequencies);
        try
        {
            features.Counts = counts;
            return (features, features.Matrix(read(), classes, isLearning: true, cancellation));
        }
        catch
        {
            features.Dispose();
            throw;
        }
    }

    private static NgramVocabulary Count(
        Func<IEnumerable<RecordBatch>> read, FeatureOptions options, int threads, (NgramCounts Counts, IEnumerable<RecordBatch> More)? counted,
        out NgramCounts? counts, CancellationToken cancellation)
    {
        if (counted is not var (earlier, more))
            return NgramVocabulary.Learn(read, options, threads, out counts, cancellation);
        counts = null;
        using (earlier)
        {
            earlier.Add(more, int.MaxValue, cancellation);
            return NgramVocabulary.From(earlier, options);
        }
    }

    /// <summary>Matrix of other rows, with the contract as it is.</summary>
    public FeatureMatrix Transform(IEnumerable<RecordBatch> batches, int classes, CancellationToken cancellation) =>
        Matrix(batches, classes, isLearning: false, cancellation);

    private FeatureMatrix Matrix(IEnumerable<RecordBatch> batches, int classes, bool isLearning, CancellationToken cancellation)
    {
        var blocks = new FeatureBlocks(_memory);
        try
        {
            foreach (var block in CountBlocks(batches, blocks, cancellation))
                blocks.Add(block);
            var foldPolarities = isLearning && _vectorizer.SentimentIndex >= 0 ? LearnPolarity(blocks, classes, cancellation) : null;
            Change(blocks, block => Weigh(block, foldPolarities), cancellation);
            if (isLearning)
                Numeric = Moments(blocks);
            var scaling = new NumericScaling(Numeric, _options.Numeric);
            Change(blocks, block => WriteTail(block, scaling), cancellation);
            return new FeatureMatrix(Columns, classes, blocks);
        }
        catch
        {
            blocks.Dispose();
            throw;
        }
    }

    private void Change(FeatureBlocks blocks, Action<FeatureBlock> change, CancellationToken cancellation) =>
        Parallel.For(0, blocks.Count, ParallelOptions(cancellation), index =>
        {
            var block = blocks[index];
            change(block);
            blocks.Save(index, block);
            blocks.Return(index, block);
        });

    /// <summary>The text of each n-gram feature, found again in the training texts; null for hashed features and those not met.</summary>
    public string?[] Names(IEnumerable<RecordBatch> batches)
    {
        var names = new string?[NgramCount];
        if (Hashes.Length == 0)
            return names;
        var vocabulary = new Vocabulary(_slots.Start, Slots.Length);
        var missing = names.Length;
        var buffer = FeatureBuffer.Current.Ngrams;
        foreach (var batch in batches)
        {
            for (var record = 0; record < batch.Count && missing > 0; record++)
            {
                _vectorizer.Hasher.Hash(batch.Text(record), buffer);
                for (var i = 0; i < buffer.Count; i++)
                {
                    var feature = vocabulary.Find(buffer.Hashes[i]);
                    if (feature < 0 || names[feature] is not null || Hashes[feature] != buffer.Hashes[i])
                        continue;
                    names[feature] = _vectorizer.Hasher.Name(buffer, i);
                    missing--;
                }
            }
        }
        return names;
    }

    public void Dispose()
    {
        _slots.Dispose();
        _tableMemory.Dispose();
    }

    private ParallelOptions ParallelOptions(CancellationToken cancellation) =>
        new() { MaxDegreeOfParallelism = _threads, CancellationToken = cancellation };

    private static (int[] Frequencies, long Texts) HashedFrequencies(
        IEnumerable<RecordBatch> batches, int bits, FeatureOptions options, int threads, CancellationToken cancellation)
    {
        var vectorizer = new Vectorizer(options, vocabulary: null, hasSentiment: false);
        var frequencies = new int[1 << bits];
        long texts = 0;
        foreach (var indices in RecordBatches.MapInOrder(batches, threads, Indices, cancellation))
        {
            foreach (var index in indices)
                frequencies[index]++;
        }
        return (frequencies, texts);

        List<int> Indices(RecordBatch batch)
        {
            var buffer = FeatureBuffer.Current;
            var indices = new List<int>();
            for (var record = 0; record < batch.Count; record++)
            {
                vectorizer.CountNgrams(batch.Text(record), buffer);
                indices.AddRange(buffer.Indices.AsSpan(0, buffer.Count));
            }
            Interlocked.Add(ref texts, batch.Count);
            return indices;
        }
    }
}
