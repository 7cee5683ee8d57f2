namespace Plumbline.Datasets.Sources;

/// <summary>
/// The lines of a zstd-compressed text, decompressed by DuckDB, because .NET 10 has no zstd of its own. Every line break reads as LF, and U+0001 cannot be read.
/// </summary>
internal sealed class DuckLineStream : Stream
{
    private readonly DuckSession _session;
    private readonly ChunkCursor _cursor;
    private byte[] _block = [];
    private int _length;
    private int _position;

    public DuckLineStream(string path)
    {
        _session = new DuckSession(threads: 1, memoryMegabytes: 512);
        try
        {
            _cursor = new ChunkCursor(_session, $$"""
                SELECT line FROM read_csv({{DuckSession.FileLiteral(path)}}, columns = {'line': 'VARCHAR'}, delim = chr(1), quote = '', escape = '',
                    header = false, auto_detect = false, strict_mode = false, compression = 'zstd',
                    max_line_size = {{BufferedRecordReader.MaxRecordBytes}}, buffer_size = {{2 * BufferedRecordReader.MaxRecordBytes}})
                """);
        }
        catch (DatasetException e)
        {
            _session.Dispose();
            throw new DatasetException($"{path} does not decompress, or a line in it is longer than {BufferedRecordReader.MaxRecordBytes >> 20} MiB: {e.Message}", e);
        }
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        if (_position == _length && !NextBlock())
            return 0;
        var length = Math.Min(buffer.Length, _length - _position);
        _block.AsSpan(_position, length).CopyTo(buffer);
        _position += length;
        return length;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _cursor.Dispose();
            _session.Dispose();
        }
        base.Dispose(disposing);
    }

    private bool NextBlock()
    {
        if (!_cursor.Next())
            return false;
        _position = _length = 0;
        for (var row = 0; row < _cursor.Count; row++)
        {
            var line = _cursor.Utf8(0, row);
            if (_block.Length - _length <= line.Length)
                Array.Resize(ref _block, Math.Max(_block.Length * 2, _length + line.Length + 1));
            line.CopyTo(_block.AsSpan(_length));
            _length += line.Length;
            _block[_length++] = (byte)'\n';
        }
        return true;
    }
}
