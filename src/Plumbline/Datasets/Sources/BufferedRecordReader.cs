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

    /// <summary>Whether the end of the current record was found.</summary>
    protected bool HasEnded { get; private set; }

    /// <summary>Starts a record here.</summary>
    protected void BeginRecord()
    {
        Start = Position;
        Line = _line;
        HasEnded = false;
    }

    /// <summary>Counts the lines of what was read since <see cref="Start"/> and checks that it is UTF-8.</summary>
    protected void EndRecord()
    {
        HasEnded = true;
        var record = Buffer.AsSpan(Start, Position - Start);
        _line += record.Count((byte)'\n');
        if (!Utf8.IsValid(record))
            throw Error("it is not valid UTF-8. Convert the file first, e.g. iconv -f WINDOWS-1252 -t UTF-8; if only some rows are in another encoding, convert those");
    }

    /// <summary>Goes behind the line on which the current record begins, however long it is.</summary>
    /// <param name="carriageReturns">Whether a CR alone ends a line, too.</param>
    protected void SkipLine(bool carriageReturns)
    {
        Position = Start;
        int found;
        while ((found = FindLineEnd(carriageReturns)) < 0)
        {
            Start = Position = Length;
            if (!Fill(""))
                return;
        }
        Start = Position += found + 1;
        if (Buffer[Position - 1] == (byte)'\r')
        {
            if ((Position == Length && !Fill("")) || Buffer[Position] != (byte)'\n')
                return;
            Start = ++Position;
        }
        _line++;
    }

    private int FindLineEnd(bool carriageReturns)
    {
        var rest = Buffer.AsSpan(Position, Length - Position);
        return carriageReturns ? rest.IndexOfAny((byte)'\n', (byte)'\r') : rest.IndexOf((byte)'\n');
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
