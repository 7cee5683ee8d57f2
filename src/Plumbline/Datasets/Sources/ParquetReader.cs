namespace Plumbline.Datasets.Sources;

/// <summary>The wanted columns of a Parquet file, as text; the others read as missing.</summary>
internal sealed class ParquetReader : RecordReader
{
    private readonly ChunkCursor _cursor;
    private readonly string _path;
    private int _row = -1;

    /// <param name="name">For messages.</param>
    /// <param name="skip">Records to pass by.</param>
    public ParquetReader(string name, string path, IReadOnlyList<string> columns, DuckSession session, Func<int, bool> wanted, long skip)
        : base(name, columns)
    {
        _path = path;
        Row = skip;
        var fields = columns.Select((column, i) => wanted(i) ? $"CAST({DuckSession.Name(column)} AS VARCHAR)" : "NULL::VARCHAR");
        // Row groups that end before are not read.
        var rows = skip == 0 ? "" : FormattableString.Invariant($" WHERE file_row_number >= {skip}");
        _cursor = new ChunkCursor(session, $"SELECT {string.Join(", ", fields)} FROM read_parquet({DuckSession.FileLiteral(path)}{(skip == 0 ? "" : ", file_row_number = true")}){rows}");
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
            throw Error($"the Parquet file cannot be read on: {e.Message.Replace(_path, Path, StringComparison.Ordinal)}. Write or fetch it again", e);
        }
    }

    public override ReadOnlySpan<byte> Field(int column) => _cursor.Utf8(column, _row);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _cursor.Dispose();
        base.Dispose(disposing);
    }
}
