using System.Text;
using Plumbline.Datasets;

namespace Plumbline.Features;

/// <summary>Finds the categories of a contract by their UTF-8 bytes, and their features. Immutable and thread-safe; allocates nothing a record.</summary>
internal sealed class CategoryEncoder
{
    private readonly Utf8Index[] _columns;
    private readonly int[] _firsts;
    private readonly float _weight;

    public CategoryEncoder(IReadOnlyList<CategoricalFeature> features, CategoricalOptions options)
    {
        _weight = (float)options.Weight;
        _columns = [.. features.Select(feature => Utf8Index.Of(feature.Categories))];
        _firsts = new int[features.Count + 1];
        for (var column = 0; column < features.Count; column++)
            _firsts[column + 1] = _firsts[column] + features[column].Categories.Count;
    }

    public int Columns => _columns.Length;

    /// <summary>Categories of all columns: features of this block.</summary>
    public int Count => _firsts[^1];

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

    /// <summary>One feature a column and its value; without a category it is a zero of the column's first, so that all rows are equally long.</summary>
    /// <param name="categories">One a column; empty means all missing.</param>
    /// <param name="features">Receives places in this block.</param>
    /// <exception cref="ArgumentException">There are some categories, but not as many as columns, or one that its column does not have.</exception>
    public void Encode(ReadOnlySpan<int> categories, Span<int> features, Span<float> values)
    {
        if (!categories.IsEmpty && categories.Length != Columns)
            throw new ArgumentException($"{categories.Length} categories were given where the contract has {Columns} columns.", nameof(categories));
        for (var column = 0; column < Columns; column++)
        {
            var category = categories.IsEmpty ? Category.Missing : categories[column];
            features[column] = _firsts[column] + Math.Max(category, 0);
            values[column] = category < 0 ? 0 : _weight;
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(features[column], _firsts[column + 1], nameof(categories));
        }
    }
}
