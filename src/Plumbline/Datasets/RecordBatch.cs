namespace Plumbline.Datasets;

/// <summary>
/// Consecutive records of one split of a snapshot, in snapshot order, their texts packed as UTF-8.
/// Immutable once handed out; safe to read from several threads.
/// </summary>
public sealed class RecordBatch
{
    private readonly byte[] _texts;
    private readonly int[] _ends;
    private readonly int[] _labels;
    private readonly long[] _rows;
    private readonly float[] _inputs;
    private readonly int _inputCount;
    private readonly byte[] _categories;
    private readonly int[] _categoryEnds;
    private readonly int _categoryCount;

    /// <param name="texts">All texts one after another, valid UTF-8.</param>
    /// <param name="ends">End of each text in <paramref name="texts"/>; one entry a record.</param>
    /// <param name="labels">Index of each record's label in the snapshot's label list.</param>
    /// <param name="rows">0-based row of each record in the snapshot, over all splits.</param>
    /// <param name="inputs">Numeric input columns, row-major, <paramref name="inputCount"/> a record; NaN where missing.</param>
    /// <param name="categories">Values of the categorical input columns one after another, row-major.</param>
    /// <param name="categoryEnds">End of each value in <paramref name="categories"/>, <paramref name="categoryCount"/> a record.</param>
    public RecordBatch(
        byte[] texts, int[] ends, int[] labels, long[] rows, float[] inputs, int inputCount,
        byte[]? categories = null, int[]? categoryEnds = null, int categoryCount = 0)
    {
        _texts = texts;
        _ends = ends;
        _labels = labels;
        _rows = rows;
        _inputs = inputs;
        _inputCount = inputCount;
        _categories = categories ?? [];
        _categoryEnds = categoryEnds ?? [];
        _categoryCount = categoryCount;
    }

    public int Count => _ends.Length;

    /// <summary>User, item and time of each record; null where nobody asked for them.</summary>
    public RecordEntities? Entities { get; init; }

    /// <summary>UTF-8 bytes of all texts.</summary>
    public long TextBytes => _ends.Length == 0 ? 0 : _ends[^1];

    /// <summary>UTF-8 text of record <paramref name="record"/> (0-based in this batch).</summary>
    public ReadOnlySpan<byte> Text(int record)
    {
        var start = record == 0 ? 0 : _ends[record - 1];
        return _texts.AsSpan(start, _ends[record] - start);
    }

    /// <summary>As <see cref="Text"/>.</summary>
    public ReadOnlyMemory<byte> TextMemory(int record)
    {
        var start = record == 0 ? 0 : _ends[record - 1];
        return _texts.AsMemory(start, _ends[record] - start);
    }

    public int Label(int record) => _labels[record];

    public long Row(int record) => _rows[record];

    /// <summary>Numeric input columns in the order in which they were asked for; NaN where missing.</summary>
    public ReadOnlySpan<float> Inputs(int record) => _inputs.AsSpan(record * _inputCount, _inputCount);

    /// <summary>UTF-8 value of a categorical input column, in the order in which they were asked for; empty where missing.</summary>
    public ReadOnlySpan<byte> Category(int record, int column)
    {
        if (_categoryCount == 0)
            return default;
        var value = (record * _categoryCount) + column;
        return _categories.AsSpan((value == 0 ? 0 : _categoryEnds[value - 1]).._categoryEnds[value]);
    }

    /// <summary>Some of the records as a batch of their own, without entities.</summary>
    /// <param name="records">In growing order.</param>
    internal RecordBatch Take(IReadOnlyList<int> records)
    {
        var builder = new BatchBuilder(records.Count, _inputCount, _categoryCount);
        foreach (var record in records)
        {
            Inputs(record).CopyTo(builder.Add(Text(record), Label(record), Row(record)));
            for (var column = 0; column < _categoryCount; column++)
                builder.AddCategory(Category(record, column));
        }
        return builder.Build();
    }
}
