using System.Text;
using System.Text.Json;

namespace Plumbline.Datasets.Sources;

/// <summary>One JSON object a line. Strings are unescaped, numbers and booleans kept as written, null and absent keys are missing, nested values keep their JSON text.</summary>
internal sealed class JsonLinesReader : BufferedRecordReader
{
    private readonly bool _partial;
    private readonly byte[][] _names;
    private readonly (int Start, int End)[] _fields;
    private readonly JsonTokenType[] _kinds;
    private byte[] _values = new byte[64 << 10];
    private int _used;
    private Action<string>? _onKey;

    public JsonLinesReader(string path, IReadOnlyList<string> columns, byte[] prefix, int length, Stream rest, bool partial = false)
        : base(path, columns, prefix, length, rest)
    {
        _partial = partial;
        _names = [.. columns.Select(Encoding.UTF8.GetBytes)];
        _fields = new (int, int)[columns.Count];
        _kinds = new JsonTokenType[columns.Count];
    }

    /// <summary>Top-level keys of the first <paramref name="limit"/> objects, in order of appearance.</summary>
    /// <param name="unreadable">Whether lines that cannot be read are passed by.</param>
    public static List<string> FindKeys(string path, byte[] prefix, int length, bool partial, int limit, bool unreadable)
    {
        using var reader = new JsonLinesReader(path, [], (byte[])prefix.Clone(), length, Stream.Null, partial);
        var keys = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        reader._onKey = key =>
        {
            if (seen.Add(key))
                keys.Add(key);
        };
        while (limit-- > 0 && (unreadable ? reader.ReadOn() : reader.Read()))
        {
        }
        return keys;
    }

    public override ReadOnlySpan<byte> Field(int column) => _values.AsSpan(_fields[column].Start, _fields[column].End - _fields[column].Start);

    public override bool Read()
    {
        if (!NextLine(out var line))
            return false;
        Parse(line);
        return true;
    }

    public override string? OtherThanText(int column) => _kinds[column] switch
    {
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "a truth value",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.StartObject => "an object",
        _ => null,
    };

    protected override bool TrySkip()
    {
        if (!HasEnded)
            SkipLine(carriageReturns: false);
        return true;
    }

    private bool NextLine(out ReadOnlySpan<byte> line)
    {
        for (; ; )
        {
            BeginRecord();
            Row++;
            var ended = false;
            while (!ended)
            {
                var found = Buffer.AsSpan(Position, Length - Position).IndexOf((byte)'\n');
                ended = found >= 0;
                Position = ended ? Position + found + 1 : Length;
                if (!ended && !Fill("it is longer than 16 MiB. Shorten it, or leave it out"))
                    break;
            }
            if (Position == Start || (!ended && _partial))
            {
                line = default;
                return false;
            }
            line = Buffer.AsSpan(Start, Position - Start).Trim(" \t\r\n"u8);
            EndRecord();
            if (!line.IsEmpty)
                return true;
            Row--;
        }
    }

    private void Parse(ReadOnlySpan<byte> line)
    {
        Array.Clear(_fields);
        Array.Clear(_kinds);
        _used = 0;
        if (_values.Length < line.Length)
            _values = new byte[Math.Max(line.Length, _values.Length * 2)];
        try
        {
            var json = new Utf8JsonReader(line);
            json.Read();
            if (json.TokenType != JsonTokenType.StartObject)
                throw Error("it is not a JSON object. Write one object a line, not an array");
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                _onKey?.Invoke(json.GetString()!);
                var column = 0;
                while (column < _names.Length && !json.ValueTextEquals(_names[column]))
                    column++;
                json.Read();
                if (column < _names.Length)
                    Take(ref json, line, column);
                else
                    json.Skip();
            }
            // Whatever follows the object makes the reader throw.
            json.Read();
        }
        catch (JsonException e)
        {
            throw Error($"it is not valid JSON at byte {e.BytePositionInLine + 1} of the line. Correct it, or leave the line out", e);
        }
        catch (InvalidOperationException e)
        {
            throw Error("a string in it holds half of a surrogate pair (\\uD800 to \\uDFFF alone). Write both halves, or the character itself", e);
        }
    }

    private void Take(ref Utf8JsonReader json, ReadOnlySpan<byte> line, int column)
    {
        var start = _used;
        _kinds[column] = json.TokenType;
        switch (json.TokenType)
        {
            case JsonTokenType.Null:
                break;
            case JsonTokenType.String:
                _used += json.CopyString(_values.AsSpan(_used));
                break;
            default:
                var from = (int)json.TokenStartIndex;
                json.Skip();
                var raw = line[from..(int)json.BytesConsumed];
                raw.CopyTo(_values.AsSpan(_used));
                _used += raw.Length;
                break;
        }
        _fields[column] = (start, _used);
    }
}
