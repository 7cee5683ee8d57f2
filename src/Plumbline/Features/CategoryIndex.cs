using System.Text;
using Plumbline.Datasets;

namespace Plumbline.Features;

/// <summary>Finds the categories of a contract by their UTF-8 bytes. Immutable and thread-safe; looking up allocates nothing.</summary>
internal sealed class CategoryIndex
{
    private readonly Utf8Index[] _columns;
    private readonly int[] _firsts;

    public CategoryIndex(IReadOnlyList<CategoricalFeature> features)
    {
        _columns = [.. features.Select(feature => Utf8Index.Of(feature.Categories))];
        _firsts = new int[features.Count + 1];
        for (var column = 0; column < features.Count; column++)
            _firsts[column + 1] = _firsts[column] + features[column].Categories.Count;
    }

    public int Columns => _columns.Length;

    /// <summary>Categories of all columns: features of this block.</summary>
    public int Count => _firsts[^1];

    /// <summary>Place in this block of a column's first feature; of the first after all for the number of columns.</summary>
    public int First(int column) => _firsts[column];

    /// <summary>The category's number in its column, <see cref="Category.Missing"/> or <see cref="Category.Unknown"/>.</summary>
    /// <param name="value">UTF-8 as it came: white space at its ends does not count.</param>
    public int Find(int column, ReadOnlySpan<byte> value)
    {
        value = FieldCleaning.Name(value);
        return value.IsEmpty ? Category.Missing
            : value.Length <= Category.MostBytes && _columns[column].Find(value) is >= 0 and var category ? category
            : Category.Unknown;
    }

    /// <param name="values">One a column.</param>
    public int[] Find(IReadOnlyList<string> values) => [.. values.Select((value, column) => Find(column, Encoding.UTF8.GetBytes(value)))];

    /// <summary>Fills <paramref name="categories"/>, one a column, with what a record of a batch has.</summary>
    public void Find(RecordBatch batch, int record, Span<int> categories)
    {
        for (var column = 0; column < categories.Length; column++)
            categories[column] = Find(column, batch.Category(record, column));
    }
}
