using System.Buffers;

namespace Plumbline.Datasets;

/// <summary>Packs records into a <see cref="RecordBatch"/>. Not thread-safe.</summary>
/// <param name="categories">Categorical inputs of a record.</param>
/// <param name="entities">Whether records have user, item and time.</param>
internal sealed class BatchBuilder(int batchSize, int inputs, int categories = 0, bool entities = false)
{
    private byte[] _texts = [];
    private int _used;
    private int[] _ends = new int[batchSize];
    private int[] _labels = new int[batchSize];
    private long[] _rows = new long[batchSize];
    private float[] _inputs = new float[batchSize * inputs];
    private readonly ArrayBufferWriter<byte> _categories = new();
    private readonly List<int> _categoryEnds = [];

    public int Count { get; private set; }

    /// <summary>Where user, item and time of each record go; null where they have none.</summary>
    public RecordEntities? Entities { get; private set; } = entities ? new RecordEntities() : null;

    /// <summary>Full, or its texts or categories near what one array may hold.</summary>
    public bool IsFull => Count == batchSize || _used > 1 << 30 || _categories.WrittenCount > 1 << 30;

    /// <returns>Where the record's inputs go.</returns>
    public Span<float> Add(ReadOnlySpan<byte> text, int label, long row)
    {
        if (_texts.Length - _used < text.Length)
            Grow(text.Length);
        text.CopyTo(_texts.AsSpan(_used));
        _used += text.Length;
        _ends[Count] = _used;
        _labels[Count] = label;
        _rows[Count] = row;
        return _inputs.AsSpan(Count++ * inputs, inputs);
    }

    /// <summary>Appends a value of the record that was added last; there is one for each categorical input.</summary>
    public void AddCategory(ReadOnlySpan<byte> value)
    {
        _categories.Write(value);
        _categoryEnds.Add(_categories.WrittenCount);
    }

    /// <summary>What was added since the last call.</summary>
    public RecordBatch Build()
    {
        if (Count < batchSize)
        {
            Array.Resize(ref _ends, Count);
            Array.Resize(ref _labels, Count);
            Array.Resize(ref _rows, Count);
            Array.Resize(ref _inputs, Count * inputs);
        }
        var batch = new RecordBatch(_texts, _ends, _labels, _rows, _inputs, inputs, _categories.WrittenSpan.ToArray(), [.. _categoryEnds], categories) { Entities = Entities };
        _categories.ResetWrittenCount();
        _categoryEnds.Clear();
        // The next batch is likely as long.
        _texts = GC.AllocateUninitializedArray<byte>(_used + (_used / 8));
        _ends = new int[batchSize];
        _labels = new int[batchSize];
        _rows = new long[batchSize];
        _inputs = new float[batchSize * inputs];
        _used = Count = 0;
        Entities = entities ? new RecordEntities() : null;
        return batch;
    }

    private void Grow(int length)
    {
        // By bytes a record so far, when some are there; else by doubling.
        var guess = Count > 0 ? (long)(_used + length) * batchSize / Count * 9 / 8 : length;
        var size = Math.Clamp(guess, Math.Min(Array.MaxLength, Math.Max((long)_texts.Length * 2, 64 << 10)), Array.MaxLength);
        var grown = GC.AllocateUninitializedArray<byte>((int)Math.Max(size, _used + (long)length));
        _texts.AsSpan(0, _used).CopyTo(grown);
        _texts = grown;
    }
}
