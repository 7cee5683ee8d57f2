using System.Text;
using Plumbline.Datasets;
using Plumbline.Datasets.Aggregates;
using Plumbline.Text;

namespace Plumbline.Features;

/// <summary>Learns which values of a categorical column become features. Not thread-safe.</summary>
internal sealed class CategoryCounts : IDisposable
{
    private readonly EntityIndex _values = new();
    private readonly NativeList<int> _rows = new();

    /// <exception cref="DatasetException">A column has no category.</exception>
    public static List<CategoricalFeature> Learn(Func<IEnumerable<RecordBatch>> read, CategoricalOptions options, CancellationToken cancellation)
    {
        if (options.Inputs.Count == 0)
            return [];
        var counts = options.Inputs.Select(_ => new CategoryCounts()).ToArray();
        try
        {
            foreach (var batch in read())
            {
                cancellation.ThrowIfCancellationRequested();
                for (var column = 0; column < counts.Length; column++)
                    counts[column].Add(batch, column);
            }
            return [.. options.Inputs.Zip(counts, (name, count) => count.Most(name, options))];
        }
        finally
        {
            foreach (var count in counts)
                count.Dispose();
        }
    }

    public void Dispose()
    {
        _values.Dispose();
        _rows.Dispose();
    }

    private void Add(RecordBatch batch, int column)
    {
        for (var record = 0; record < batch.Count; record++)
        {
            var value = FieldCleaning.Name(batch.Category(record, column));
            if (value.Length is 0 or > Category.MostBytes)
                continue;
            var number = _values.Add(value);
            if (number == _rows.Count)
                _rows.Add(0);
            _rows[number]++;
        }
    }

    private CategoricalFeature Most(string name, CategoricalOptions options)
    {
        var often = Enumerable.Range(0, _rows.Count).Where(number => _rows[number] >= options.MinRows).ToArray();
        Array.Sort(often, (a, b) => _rows[a] != _rows[b] ? _rows[b].CompareTo(_rows[a]) : _values.Id(a).SequenceCompareTo(_values.Id(b)));
        return often.Length > 0
            ? new CategoricalFeature(name, [.. often.Take(options.MaxCategories).Select(number => Encoding.UTF8.GetString(_values.Id(number)))])
            : throw new DatasetException(
                $"No value of the categorical column '{FieldCleaning.Quote(name)}' is in at least {options.MinRows} training rows, so that none can be a feature. Leave it out of data.categorical (--categorical), or lower features.categorical.min_rows");
    }
}
