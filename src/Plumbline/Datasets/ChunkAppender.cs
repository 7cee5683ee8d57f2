using DuckDB.NET.Native;

namespace Plumbline.Datasets;

/// <summary>Appends rows to a DuckDB table a vector at a time, texts as UTF-8. Not thread-safe.</summary>
internal sealed unsafe class ChunkAppender : IDisposable
{
    // The appender would hold a hundred chunks; flushing sooner lets it use the same memory again.
    private const int ChunksAFlush = 8;

    private readonly DuckDBAppender _appender;
    private readonly DuckDBDataChunk _chunk;
    private readonly nint[] _vectors;
    private readonly ulong _capacity = NativeMethods.Helpers.DuckDBVectorSize();
    private ulong _rows;
    private int _chunks;

    public ChunkAppender(DuckSession session, string table, IReadOnlyList<DuckDBType> types)
    {
        Check(NativeMethods.Appender.DuckDBAppenderCreate(session.Connection.NativeConnection, null!, table, out _appender));
        var logical = types.Select(NativeMethods.LogicalType.DuckDBCreateLogicalType).ToArray();
        _chunk = NativeMethods.DataChunks.DuckDBCreateDataChunk([.. logical.Select(type => type.DangerousGetHandle())], (ulong)logical.Length);
        foreach (var type in logical)
            type.Dispose();
        _vectors = new nint[logical.Length];
        FindVectors();
    }

    /// <param name="value">Valid UTF-8.</param>
    public void Set(int column, ReadOnlySpan<byte> value)
    {
        fixed (byte* bytes = value)
        {
            byte none;
            NativeMethods.Vectors.DuckDBUnsafeVectorAssignStringElementLength(_vectors[column], _rows, bytes is null ? &none : bytes, value.Length);
        }
    }

    public void Set(int column, long value) => ((long*)NativeMethods.Vectors.DuckDBVectorGetData(_vectors[column]))[_rows] = value;

    public void Set(int column, double value) => ((double*)NativeMethods.Vectors.DuckDBVectorGetData(_vectors[column]))[_rows] = value;

    public void Set(int column, float value) => ((float*)NativeMethods.Vectors.DuckDBVectorGetData(_vectors[column]))[_rows] = value;

    /// <param name="value">The 16 bytes of a UUID, big-endian.</param>
    public void SetUuid(int column, UInt128 value) =>
        // As DuckDB keeps it: the first bit is turned, so that signed order is that of the text.
        ((DuckDBHugeInt*)NativeMethods.Vectors.DuckDBVectorGetData(_vectors[column]))[_rows] = new DuckDBHugeInt((ulong)value, (long)(ulong)(value >> 64) ^ long.MinValue);

    public void SetNull(int column)
    {
        NativeMethods.Vectors.DuckDBVectorEnsureValidityWritable(_vectors[column]);
        NativeMethods.ValidityMask.DuckDBValiditySetRowValidity(NativeMethods.Vectors.DuckDBVectorGetValidity(_vectors[column]), _rows, false);
    }

    public void EndRow()
    {
        if (++_rows == _capacity)
            AppendChunk();
    }

    /// <summary>Makes all rows visible in the table.</summary>
    public void Complete()
    {
        AppendChunk();
        Check(NativeMethods.Appender.DuckDBAppenderClose(_appender));
    }

    public void Dispose()
    {
        _chunk.Dispose();
        _appender.Dispose();
    }

    private void AppendChunk()
    {
        NativeMethods.DataChunks.DuckDBDataChunkSetSize(_chunk, _rows);
        Check(NativeMethods.Appender.DuckDBAppendDataChunk(_appender, _chunk));
        if (++_chunks % ChunksAFlush == 0)
            Check(NativeMethods.Appender.DuckDBAppenderFlush(_appender));
        NativeMethods.DataChunks.DuckDBDataChunkReset(_chunk);
        _rows = 0;
        FindVectors();
    }

    private void FindVectors()
    {
        for (var column = 0; column < _vectors.Length; column++)
            _vectors[column] = NativeMethods.DataChunks.DuckDBDataChunkGetVector(_chunk, column);
    }

    private void Check(DuckDBState state)
    {
        if (!state.IsSuccess())
            throw new DatasetException($"The records cannot be held: {NativeMethods.Appender.DuckDBAppenderErrorData(_appender).Message}");
    }
}
