using DuckDB.NET.Native;

namespace Plumbline.Datasets;

/// <summary>
/// Streams a query's result in DuckDB's own vectors, so that texts are read as UTF-8 where they lie: the managed reader would make a string of each.
/// Rows come in order. Not thread-safe.
/// </summary>
internal sealed unsafe class ChunkCursor : IDisposable
{
    private readonly DuckDBPreparedStatement _statement;
    private DuckDBResult _result;
    private DuckDBDataChunk? _chunk;
    private readonly void*[] _data;
    private readonly ulong*[] _validity;
    private bool _ended;

    /// <exception cref="DatasetException">The query fails; the message is DuckDB's first line.</exception>
    public ChunkCursor(DuckSession session, string sql)
    {
        var prepared = NativeMethods.PreparedStatements.DuckDBPrepare(session.Connection.NativeConnection, sql, out _statement);
        try
        {
            if (!prepared.IsSuccess())
                throw Failure(NativeMethods.PreparedStatements.DuckDBPrepareError(_statement));
            var executed = NativeMethods.PreparedStatements.DuckDBExecutePreparedStreaming(_statement, out _result);
            if (!executed.IsSuccess())
                throw Failure(NativeMethods.Query.DuckDBResultError(ref _result));
        }
        catch
        {
            Dispose();
            throw;
        }
        var columns = (int)NativeMethods.Query.DuckDBColumnCount(ref _result);
        _data = new void*[columns];
        _validity = new ulong*[columns];
    }

    /// <summary>Rows of the current chunk.</summary>
    public int Count { get; private set; }

    /// <summary>Moves to the next chunk, whose rows live until the next call.</summary>
    public bool Next()
    {
        if (_ended)
            return false;
        _chunk?.Dispose();
        _chunk = NativeMethods.StreamingResult.DuckDBStreamFetchChunk(_result);
        if (_chunk.IsInvalid)
        {
            _ended = true;
            Count = 0;
            var error = NativeMethods.Query.DuckDBResultError(ref _result);
            return string.IsNullOrEmpty(error) ? false : throw Failure(error);
        }
        Count = (int)NativeMethods.DataChunks.DuckDBDataChunkGetSize(_chunk);
        for (var column = 0; column < _data.Length; column++)
        {
            var vector = NativeMethods.DataChunks.DuckDBDataChunkGetVector(_chunk, column);
            _data[column] = NativeMethods.Vectors.DuckDBVectorGetData(vector);
            _validity[column] = NativeMethods.Vectors.DuckDBVectorGetValidity(vector);
        }
        return Count > 0;
    }

    public bool IsNull(int column, int row) =>
        _validity[column] is not null && (_validity[column][row >> 6] & (1UL << (row & 63))) == 0;

    /// <summary>Empty where null.</summary>
    public ReadOnlySpan<byte> Utf8(int column, int row)
    {
        if (IsNull(column, row))
            return default;
        var value = (DuckDBString*)_data[column] + row;
        return new ReadOnlySpan<byte>(value->Data, value->Length);
    }

    public long Int64(int column, int row) => ((long*)_data[column])[row];

    public double Double(int column, int row) => ((double*)_data[column])[row];

    public void Dispose()
    {
        _chunk?.Dispose();
        NativeMethods.Query.DuckDBDestroyResult(ref _result);
        _statement.Dispose();
    }

    private static DatasetException Failure(string? message)
    {
        var line = (message ?? "unknown error").Split('\n', 2)[0];
        return new DatasetException(line);
    }
}
