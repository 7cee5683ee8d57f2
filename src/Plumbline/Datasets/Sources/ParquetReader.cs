namespace Plumbline.Datasets.Sources;

/// <summary>The wanted columns of a Parquet file, as text; the others read as missing.</summary>
internal sealed class ParquetReader : RecordReader
{
    private readonly DuckSession _session;
    private readonly ChunkCursor _cursor;
    private int _row = -1;

    private ParquetReader(string path, IReadOnlyList<string> columns, DuckSession session, Func<int, bool> wanted)
        : base(path, columns)
    {
        _session = session;
        var fields = columns.Select((name, column) => wanted(column) ? $"CAST({DuckSession.Name(name)} AS VARCHAR)" : "NULL::VARCHAR");
        _cursor = new ChunkCursor(session, $"SELECT {string.Join(", ", fields)} FROM read_parquet({DuckSession.FileLiteral(path)})");
    }

    public static ParquetReader Open(string path, Func<int, bool> wanted)
    {
        var session = new DuckSession(threads: 2, memoryMegabytes: 512);
        try
        {
            return new ParquetReader(path, FindColumns(path, session), session, wanted);
        }
        catch (DatasetException e)
        {
            session.Dispose();
            throw new DatasetException($"{path}: the Parquet file cannot be read: {e.Message}", e);
        }
    }

    public override bool Read()
    {
        Row++;
        if (++_row < _cursor.Count)
            return true;
        _row = 0;
        try
        {
            return _cursor.Next();
        }
        catch (DatasetException e)
        {
            throw Error($"the Parquet file cannot be read on: {e.Message}", e);
        }
    }

    public override ReadOnlySpan<byte> Field(int column) => _cursor.Utf8(column, _row);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _cursor.Dispose();
            _session.Dispose();
        }
        base.Dispose(disposing);
    }

    private static List<string> FindColumns(string path, DuckSession session)
    {
        var columns = new List<string>();
        using var cursor = new ChunkCursor(session, $"SELECT column_name FROM (DESCRIBE SELECT * FROM read_parquet({DuckSession.FileLiteral(path)}))");
        while (cursor.Next())
            for (var row = 0; row < cursor.Count; row++)
                columns.Add(System.Text.Encoding.UTF8.GetString(cursor.Utf8(0, row)));
        return columns;
    }
}
