namespace Plumbline.Datasets.Sources;

/// <param name="Delimiter">What stands between two fields.</param>
/// <param name="Quoted">Whether a field may stand in double quotes (RFC 4180).</param>
/// <param name="Header">Whether the first row names the columns.</param>
internal readonly record struct Dialect(byte Delimiter, bool Quoted, bool Header);

/// <summary>
/// CSV and its kin (RFC 4180): fields in double quotes may hold delimiters, line breaks and doubled quotes; a quote inside an unquoted field is an
/// ordinary character; lines end in LF, CRLF or CR, even mixed; blank lines are skipped.
/// </summary>
internal sealed class DelimitedReader : BufferedRecordReader
{
    private const byte Quote = (byte)'"';
    private const string TooLong = "it is longer than 16 MiB. Shorten it, or leave it out";

    private readonly Dialect _dialect;
    private readonly bool _partial;
    private int[] _starts = new int[16];
    private int[] _ends = new int[16];
    private int _fields;
    private bool _doubled;

    /// <param name="partial">The text is cut off anywhere: what is incomplete at its end is not a record, and no error.</param>
    public DelimitedReader(string path, IReadOnlyList<string> columns, Dialect dialect, byte[] prefix, int length, Stream rest, bool partial = false)
        : base(path, columns, prefix, length, rest)
    {
        _dialect = dialect;
        _partial = partial;
        if (dialect.Header && !ReadRow())
            throw new DatasetException($"{path}: the file is empty");
    }

    public int FieldCount => _fields;

    public override ReadOnlySpan<byte> Field(int column) => Buffer.AsSpan(Start + _starts[column], _ends[column] - _starts[column]);

    public override bool Read()
    {
        Row++;
        if (!ReadRow())
            return false;
        if (_fields != Columns.Count && Columns.Count > 0)
            throw Error($"it has {_fields} fields where {(_dialect.Header ? "the header" : "the first row")} has {Columns.Count}. Quote fields that hold the separator or a line break");
        return true;
    }

    protected override bool TrySkip()
    {
        // What a quote began may be the rest of the file; its first line is the least to give up.
        if (!HasEnded)
            SkipLine(carriageReturns: true);
        return true;
    }

    private bool ReadRow()
    {
        if (!SkipBlankLines())
            return false;
        _fields = 0;
        _doubled = false;
        for (; ; )
        {
            if (_fields == _starts.Length)
            {
                Array.Resize(ref _starts, _fields * 2);
                Array.Resize(ref _ends, _fields * 2);
            }
            var quoted = _dialect.Quoted && (Position < Length || Fill(TooLong)) && Buffer[Position] == Quote;
            if (!quoted)
                ReadUnquoted();
            else if (!ReadQuoted())
                return false;
            _fields++;
            if (Position == Length && !Fill(TooLong))
            {
                if (_partial)
                    return false;
                break;
            }
            var next = Buffer[Position++];
            if (next == _dialect.Delimiter)
                continue;
            if (next == (byte)'\r' && (Position < Length || Fill(TooLong)) && Buffer[Position] == (byte)'\n')
                Position++;
            break;
        }
        EndRecord();
        if (_doubled)
            UndoubleAll();
        return true;
    }

    private bool SkipBlankLines()
    {
        for (; ; )
        {
            BeginRecord();
            if (Position == Length && !Fill(TooLong))
                return false;
            if (Buffer[Position] is not ((byte)'\n' or (byte)'\r'))
                return true;
            Position++;
            EndRecord();
        }
    }

    private void ReadUnquoted()
    {
        _starts[_fields] = Position - Start;
        for (; ; )
        {
            var found = Buffer.AsSpan(Position, Length - Position).IndexOfAny(_dialect.Delimiter, (byte)'\n', (byte)'\r');
            if (found >= 0)
            {
                Position += found;
                break;
            }
            Position = Length;
            if (!Fill(TooLong))
                break;
        }
        _ends[_fields] = Position - Start;
    }

    /// <summary>False where a partial text ends inside the quotes.</summary>
    private bool ReadQuoted()
    {
        Position++;
        var start = Position - Start;
        var doubled = false;
        for (; ; )
        {
            var found = Buffer.AsSpan(Position, Length - Position).IndexOf(Quote);
            if (found < 0)
            {
                Position = Length;
                if (Fill("it is longer than 16 MiB, likely because a quote in it is never closed. Close it, or double the quotes inside the field"))
                    continue;
                if (_partial)
                    return false;
                throw Error($"the quote that opens its field {_fields + 1} is never closed. Close it, or double the quotes inside the field");
            }
            Position += found + 1;
            if (Position == Length && !Fill(TooLong))
                break;
            if (Buffer[Position] != Quote)
                break;
            doubled = true;
            Position++;
        }
        if (Position < Length && Buffer[Position] != _dialect.Delimiter && Buffer[Position] is not ((byte)'\n' or (byte)'\r'))
            throw Error($"text follows the closing quote of its field {_fields + 1}: a quote inside the field is not doubled, or the field was never closed. Correct the quotes");
        _starts[_fields] = start;
        // A negative end marks a field whose quotes are doubled.
        _ends[_fields] = doubled ? ~(Position - Start - 1) : Position - Start - 1;
        _doubled |= doubled;
        return true;
    }

    /// <summary>Once the record is whole: one that is not is looked at again.</summary>
    private void UndoubleAll()
    {
        for (var field = 0; field < _fields; field++)
            if (_ends[field] < 0)
                _ends[field] = Undouble(_starts[field], ~_ends[field]);
    }

    private int Undouble(int start, int end)
    {
        var field = Buffer.AsSpan(Start + start, end - start);
        int from = 0, to = 0;
        for (; ; )
        {
            var found = field[from..].IndexOf(Quote);
            var length = found < 0 ? field.Length - from : found + 1;
            field.Slice(from, length).CopyTo(field[to..]);
            to += length;
            if (found < 0)
                break;
            from += length + 1;
        }
        return start + to;
    }
}
