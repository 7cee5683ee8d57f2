using System.Buffers;
using System.Text.Json;
using Plumbline.Datasets;
using Plumbline.Datasets.Aggregates;
using Plumbline.Features.Online;
using Plumbline.Server.Problems;

namespace Plumbline.Server.Predictions;

/// <summary>Users, items and times of a request's items, in their order. Reused; not thread-safe.</summary>
internal sealed class EntityColumns
{
    private readonly ArrayBufferWriter<byte> _ids = new();
    private readonly List<(int Start, int End)>[] _keys = [[], []];
    private readonly List<long?> _times = [];

    public int BytesHeld => _ids.Capacity;

    public int TimeCount => _times.Count;

    public void Clear()
    {
        _ids.ResetWrittenCount();
        _keys[0].Clear();
        _keys[1].Clear();
        _times.Clear();
    }

    public int KeyCount(EntityKind kind) => _keys[(int)kind].Count;

    /// <returns>UTF-8; empty where there is none.</returns>
    public ReadOnlySpan<byte> Key(EntityKind kind, int item) =>
        item < KeyCount(kind) ? _ids.WrittenSpan[_keys[(int)kind][item].Start.._keys[(int)kind][item].End] : [];

    /// <returns>Microseconds since 1970 UTC; null where there is none.</returns>
    public long? Time(int item) => item < _times.Count ? _times[item] : null;

    /// <summary>Takes the value that the reader stands at: a string, a number as it is written, or null.</summary>
    /// <param name="item">Not before the last that has a value.</param>
    public void AddKey(EntityKind kind, int item, ref Utf8JsonReader json, JsonPath path)
    {
        var keys = _keys[(int)kind];
        while (keys.Count < item)
            keys.Add(default);
        var start = _ids.WrittenCount;
        if (json.TokenType == JsonTokenType.String)
            _ids.Advance(json.CopyString(_ids.GetSpan(Math.Max(1, json.ValueSpan.Length))));
        else if (json.TokenType == JsonTokenType.Number)
            _ids.Write(json.ValueSpan);
        var length = _ids.WrittenCount - start;
        if (length > EntityEvent.MostIdBytes)
            throw RequestJson.Invalid(path, $"is {length} bytes long; {EntityEvent.MostIdBytes} are allowed");
        keys.Add((start, _ids.WrittenCount));
    }

    /// <param name="id">UTF-8; empty for none.</param>
    /// <inheritdoc cref="AddKey(EntityKind, int, ref Utf8JsonReader, JsonPath)" path="/param"/>
    public void AddKey(EntityKind kind, int item, ReadOnlySpan<byte> id, JsonPath path)
    {
        var keys = _keys[(int)kind];
        while (keys.Count < item)
            keys.Add(default);
        if (id.Length > EntityEvent.MostIdBytes)
            throw RequestJson.Invalid(path, $"is {id.Length} bytes long; {EntityEvent.MostIdBytes} are allowed");
        var start = _ids.WrittenCount;
        _ids.Write(id);
        keys.Add((start, _ids.WrittenCount));
    }

    /// <inheritdoc cref="AddKey(EntityKind, int, ref Utf8JsonReader, JsonPath)" path="/param"/>
    public void AddTime(int item, ref Utf8JsonReader json, JsonPath path) => AddTime(item, ReadTime(ref json, path));

    /// <param name="time">Microseconds since 1970 UTC; null for none.</param>
    /// <inheritdoc cref="AddKey(EntityKind, int, ref Utf8JsonReader, JsonPath)" path="/param"/>
    public void AddTime(int item, long? time)
    {
        while (_times.Count < item)
            _times.Add(null);
        _times.Add(time);
    }

    /// <returns>Microseconds since 1970 UTC of a string or of Unix seconds; null of null.</returns>
    public static long? ReadTime(ref Utf8JsonReader json, JsonPath path)
    {
        if (json.TokenType == JsonTokenType.Null)
            return null;
        if (json.TokenType == JsonTokenType.Number && json.TryGetDecimal(out var seconds))
            return ReadTime(seconds, path);
        Span<byte> text = stackalloc byte[64];
        if (json.TokenType == JsonTokenType.String && json.ValueSpan.Length <= text.Length)
            return ReadTime(text[..json.CopyString(text)], path);
        throw NoTime(path);
    }

    /// <param name="seconds">Unix seconds.</param>
    public static long ReadTime(decimal seconds, JsonPath path)
    {
        const decimal Second = 1e6m;
        return seconds is >= TimeParser.First / Second and < TimeParser.End / Second ? (long)(seconds * Second) : throw NoTime(path);
    }

    /// <param name="text">UTF-8 of a date or date-time.</param>
    public static long ReadTime(ReadOnlySpan<byte> text, JsonPath path) => TimeParser.TryParse(text, out var time, out _) ? time : throw NoTime(path);

    private static ProblemException NoTime(JsonPath path) => RequestJson.Invalid(path, "must be a date or date-time (RFC 3339), Unix seconds, or null, from 1900 to 2199");
}
