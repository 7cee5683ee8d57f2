namespace Plumbline.Datasets.Sources;

/// <summary>Packs records into a <see cref="FieldBatch"/>. Not thread-safe.</summary>
/// <param name="rows">Records of a full batch.</param>
internal sealed class FieldBatchBuilder(int file, int columns, int rows)
{
    private const int MostBytes = 8 << 20;

    private byte[] _bytes = new byte[64 << 10];
    private int[] _ends = new int[columns * rows];
    private long _firstRow = 1;
    private int _fields;
    private int _used;

    public bool IsEmpty => _fields == 0;

    /// <summary>Has all its records, or so many bytes that more would not be worth their memory.</summary>
    public bool IsFull => _fields == _ends.Length || _used >= MostBytes;

    /// <returns>False where a field is longer than any may be; the record is then not added.</returns>
    /// <param name="map">Where the reader has column i; <see cref="ColumnMap.Missing"/> makes it read as missing.</param>
    public bool TryAdd(RecordReader reader, int[] map)
    {
        if (_fields == 0)
            _firstRow = reader.Row;
        var (fields, used) = (_fields, _used);
        for (var column = 0; column < columns; column++)
        {
            var from = map[column];
            if (from != ColumnMap.Missing && !TryAppend(reader.Field(from)))
            {
                (_fields, _used) = (fields, used);
                return false;
            }
            _ends[_fields++] = _used;
        }
        return true;
    }

    /// <summary>What was added since the last call.</summary>
    public FieldBatch Build()
    {
        var batch = new FieldBatch(file, _firstRow, columns, _bytes, _fields == _ends.Length ? _ends : _ends[.._fields]);
        // The next batch is likely as long.
        _bytes = GC.AllocateUninitializedArray<byte>(Math.Max(64 << 10, _used + (_used / 8)));
        _ends = new int[columns * rows];
        _fields = _used = 0;
        return batch;
    }

    private bool TryAppend(ReadOnlySpan<byte> field)
    {
        if (field.Length > BufferedRecordReader.MaxRecordBytes)
            return false;
        if (_bytes.Length - _used < field.Length)
            Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(_bytes.Length * 2L, (long)_used + field.Length)));
        field.CopyTo(_bytes.AsSpan(_used));
        _used += field.Length;
        return true;
    }
}
