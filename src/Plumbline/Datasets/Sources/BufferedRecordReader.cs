using System.Text.Unicode;

namespace Plumbline.Datasets.Sources;

/// <summary>A reader of text whose current record lies whole in one buffer, from <see cref="Start"/> on.</summary>
internal abstract class BufferedRecordReader : RecordReader
{
    internal const int MaxRecordBytes = 16 << 20;

    private readonly Stream _rest;
    private long _line = 1;

    /// <param name="prefix">The first <paramref name="length"/> bytes of the text; changed by reading.</param>
    /// <param name="rest">What follows the prefix; disposed with the reader.</param>
    protected BufferedRecordReader(string path, IReadOnlyList<string> columns, byte[] prefix, int length, Stream rest)
        : base(path, columns)
    {
        Buffer = prefix;
        Length = length;
        _rest = rest;
        if (prefix.AsSpan(0, length).StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
            Position = 3;
        Start = Position;
    }

    protected byte[] Buffer { get; private set; }

    protected int Length { get; private set; }

    /// <summary>First byte of the current record; moves when the buffer is refilled, so keep offsets relative to it.</summary>
    protected int Start { get; private set; }

    protected int Position { get; set; }

    /// <summary>Starts a record here.</summary>
    protected void BeginRecord()
    {
        Start = Position;
        Line = _line;
    }

    /// <summary>Counts the lines of what was read since <see cref="Start"/> and checks that it is UTF-8.</summary>
    protected void EndRecord()
    {
        var record = Buffer.AsSpan(Start, Position - Start);
        if (!Utf8.IsValid(record))
            throw Error("it is not valid UTF-8. Convert the file first, e.g. iconv -f WINDOWS-1252 -t UTF-8; if only some rows are in another encoding, convert those");
        _line += record.Count((byte)'\n');
    }

    /// <summary>Brings more bytes behind <see cref="Length"/>, keeping those from <see cref="Start"/>; false at the end of the text.</summary>
    /// <param name="tooLong">What to tell where the record passes <see cref="MaxRecordBytes"/>.</param>
    protected bool Fill(string tooLong)
    {
        if (Start > 0)
        {
            Buffer.AsSpan(Start, Length - Start).CopyTo(Buffer);
            Length -= Start;
            Position -= Start;
            Start = 0;
        }
        if (Length >= MaxRecordBytes)
            throw Error(tooLong);
        if (Length == Buffer.Length)
        {
            var grown = new byte[Math.Max(64 << 10, Buffer.Length * 2)];
            Buffer.AsSpan(0, Length).CopyTo(grown);
            Buffer = grown;
        }
        var read = _rest.Read(Buffer, Length, Buffer.Length - Length);
        Length += read;
        return read > 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _rest.Dispose();
        base.Dispose(disposing);
    }
}
