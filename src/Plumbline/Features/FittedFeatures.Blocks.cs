using Plumbline.Datasets;

namespace Plumbline.Features;

internal sealed unsafe partial class FittedFeatures
{
    [ThreadStatic]
    private static EntryList? t_entries;

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
