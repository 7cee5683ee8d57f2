using Plumbline.Datasets;
using Plumbline.Text;

namespace Plumbline.Features;

/// <summary>
/// The feature contract fitted to training rows: vocabulary, inverse document frequencies, polarities, and the moments of numeric features.
/// Thread-safe once made; owns unmanaged memory until disposed.
/// </summary>
internal sealed unsafe class FittedFeatures : IDisposable
{
    /// <summary>Folds of the training rows whose sentiment is computed without themselves.</summary>
    private const int Folds = 5;

    [ThreadStatic]
    private static EntryList? t_entries;

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

    /// <summary>Blocks whose values are counts still, with room for what follows the n-grams at each row's end.</summary>
    private IEnumerable<FeatureBlock> CountBlocks(IEnumerable<RecordBatch> batches, FeatureBlocks blocks, CancellationToken cancellation)
    {
        var inputs = _options.Numeric.BesideText;
        return RecordBatches.MapInOrder(batches, _threads, Count, cancellation);

        FeatureBlock Count(RecordBatch batch)
        {
            var buffer = FeatureBuffer.Current;
            var numeric = _vectorizer.NumericCount;
            var ends = new int[batch.Count];
            var raw = new float[batch.Count * numeric];
            var categories = new int[batch.Count * _vectorizer.Categories.Columns];
            var labels = new int[batch.Count];
            var entries = t_entries ??= new EntryList();
            entries.Clear();
            for (var record = 0; record < batch.Count; record++)
            {
                _vectorizer.CountNgrams(batch.Text(record), buffer);
                entries.Add(buffer.Indices.AsSpan(0, buffer.Count), buffer.Counts.AsSpan(0, buffer.Count), Tail);
                ends[record] = entries.Count;
                var row = raw.AsSpan(record * numeric, numeric);
                _vectorizer.Describe(batch.Text(record), buffer, row);
                batch.Inputs(record)[..inputs].CopyTo(row[(numeric - inputs)..]);
                _vectorizer.Categories.Find(batch, record, categories.AsSpan(record * _vectorizer.Categories.Columns, _vectorizer.Categories.Columns));
                labels[record] = batch.Label(record);
            }
            var (indices, values) = blocks.Rent(entries.Count);
            entries.CopyTo(indices, values);
            return new FeatureBlock(ends, indices, values, raw, categories, labels);
        }
    }

    /// <summary>
    /// Polarity of an n-gram: mean of the label's rank over the texts that hold it, less the mean over all, shrunk by ten texts without opinion,
    /// in units of half the range of ranks. Returns one table for each fold, learnt without it; the full fit goes into this contract's table.
    /// </summary>
    private float[][] LearnPolarity(FeatureBlocks blocks, int classes, CancellationToken cancellation)
    {
        const double Shrinkage = 10;
        var ranks = new long[Folds][];
        var texts = new int[Folds][];
        var rankTotals = new long[Folds];
        var textTotals = new long[Folds];
        Parallel.For(0, Folds, ParallelOptions(cancellation), fold =>
        {
            var (foldRanks, foldTexts) = (ranks[fold], texts[fold]) = (new long[NgramCount], new int[NgramCount]);
            foreach (var block in blocks)
            {
                for (var row = fold; row < block.Rows; row += Folds)
                {
                    var label = block.Labels[row];
                    rankTotals[fold] += label;
                    textTotals[fold]++;
                    foreach (var index in block.Indices.AsSpan(block.Start(row)..(block.Ends[row] - Tail)))
                    {
                        foldRanks[index] += label;
                        foldTexts[index]++;
                    }
                }
            }
        });
        var halfRange = Math.Max(1, classes - 1) / 2.0;
        var allRanks = rankTotals.Sum();
        var allTexts = textTotals.Sum();
        var tables = new float[Folds][];
        for (var fold = 0; fold < Folds; fold++)
        {
            tables[fold] = new float[2 * NgramCount];
            var mean = (allRanks - rankTotals[fold]) / (double)Math.Max(1, allTexts - textTotals[fold]);
            for (var feature = 0; feature < NgramCount; feature++)
            {
                long rank = -ranks[fold][feature], text = -texts[fold][feature];
                for (var other = 0; other < Folds; other++)
                    (rank, text) = (rank + ranks[other][feature], text + texts[other][feature]);
                tables[fold][2 * feature] = _table[2 * feature];
                tables[fold][(2 * feature) + 1] = (float)((rank - (mean * text)) / (text + Shrinkage) / halfRange);
            }
        }
        var fullMean = allRanks / (double)Math.Max(1, allTexts);
        for (var feature = 0; feature < NgramCount; feature++)
        {
            long rank = 0, text = 0;
            for (var fold = 0; fold < Folds; fold++)
                (rank, text) = (rank + ranks[fold][feature], text + texts[fold][feature]);
            _table[(2 * feature) + 1] = (float)((rank - (fullMean * text)) / (text + Shrinkage) / halfRange);
        }
        return tables;
    }

    /// <summary>Counts become values: term weight × idf ÷ norm; the sentiment is written among the raw numbers.</summary>
    /// <param name="foldPolarities">For training rows the tables that their fold was left out of; null for other rows.</param>
    private void Weigh(FeatureBlock block, float[][]? foldPolarities)
    {
        var buffer = FeatureBuffer.Current;
        var numeric = _vectorizer.NumericCount;
        for (var row = 0; row < block.Rows; row++)
        {
            var entries = block.Start(row)..(block.Ends[row] - Tail);
            var indices = block.Indices.AsSpan(entries);
            var values = block.Values.AsSpan(entries);
            buffer.Ensure(indices.Length, numeric);
            indices.CopyTo(buffer.Indices);
            for (var i = 0; i < values.Length; i++)
                buffer.Counts[i] = (int)values[i];
            buffer.Count = indices.Length;
            float sentiment;
            fixed (float* fold = foldPolarities?[row % Folds])
                sentiment = _vectorizer.Weigh(new FeatureTable(fold is null ? _table : fold, 2), buffer);
            for (var i = 0; i < values.Length; i++)
                values[i] = buffer.TermWeights[i] * _table[2 * indices[i]] * buffer.InverseNorm;
            if (_vectorizer.SentimentIndex >= 0)
                block.Numeric[(row * numeric) + _vectorizer.SentimentIndex] = sentiment;
        }
    }

    private List<NumericFeature> Moments(FeatureBlocks blocks)
    {
        var result = new List<NumericFeature>();
        var names = _vectorizer.NumericNames.ToArray();
        var firstAggregate = names.Length - _options.Numeric.Aggregates.Count;
        var firstInput = firstAggregate - _options.Numeric.Inputs.Count;
        for (var feature = 0; feature < names.Length; feature++)
        {
            double sum = 0, squares = 0, min = double.PositiveInfinity, max = double.NegativeInfinity;
            long count = 0;
            foreach (var value in Column(blocks, feature, names.Length))
            {
                count++;
                sum += value;
                min = Math.Min(min, value);
                max = Math.Max(max, value);
            }
            var mean = count == 0 ? 0 : sum / count;
            foreach (var value in Column(blocks, feature, names.Length))
                squares += (value - mean) * (value - mean);
            var deviation = count == 0 ? 0 : Math.Sqrt(squares / count);
            var source = feature < firstInput ? NumericFeatureSource.Text : feature < firstAggregate ? NumericFeatureSource.Input : NumericFeatureSource.Aggregate;
            result.Add(new NumericFeature(names[feature], source, mean, deviation, count == 0 ? 0 : min, count == 0 ? 0 : max));
        }
        return result;
    }

    private static IEnumerable<float> Column(FeatureBlocks blocks, int feature, int features)
    {
        for (var block = 0; block < blocks.Count; block++)
        {
            var numeric = blocks.Outline(block).Numeric;
            for (var at = feature; at < numeric.Length; at += features)
            {
                if (!float.IsNaN(numeric[at]))
                    yield return numeric[at];
            }
        }
    }

    private void WriteTail(FeatureBlock block, NumericScaling scaling)
    {
        var columns = _vectorizer.Categories.Columns;
        for (var row = 0; row < block.Rows; row++)
        {
            var indices = block.Indices.AsSpan(block.Ends[row] - Tail, Tail);
            var values = block.Values.AsSpan(block.Ends[row] - Tail, Tail);
            for (var feature = 0; feature < scaling.Count; feature++)
                (indices[feature], values[feature]) = (NgramCount + feature, scaling.Scale(feature, block.Numeric[(row * scaling.Count) + feature]));
            _vectorizer.Categories.Encode(block.Categories.AsSpan(row * columns, columns), indices[scaling.Count..], values[scaling.Count..]);
            foreach (ref var index in indices.Slice(scaling.Count, columns))
                index += NgramCount + scaling.Count;
            (indices[^1], values[^1]) = (Columns - 1, 1);
        }
    }
}
