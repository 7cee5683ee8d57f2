using System.Text.Json;
using Plumbline.Server.Predictions;
using Plumbline.Server.Problems;

namespace Plumbline.Server.Streaming;

/// <summary>Reads the rows of a body of <c>POST /batch_predict</c> one by one, holding no more of it than the longest row. For one caller at a time.</summary>
internal sealed class RowReader(Stream body, RequestLimits limits)
{
    private const int FirstBuffer = 64 * 1024;
    private static readonly JsonPath Data = new("$.data");

    private byte[] _buffer = new byte[Math.Min(FirstBuffer, limits.BodyBytes)];
    private JsonReaderState _state = new(new JsonReaderOptions { MaxDepth = limits.JsonDepth });
    private int _start;
    private int _end;
    private bool _isWhole;
    private Place _place = Place.Start;
    private (int Start, int Length) _row;

    private enum Place
    {
        Start,
        Members,
        Rows,
        End,
    }

    private enum Step
    {
        Row,
        Other,
        More,
    }

    /// <summary>Rows read so far.</summary>
    public int Rows { get; private set; }

    /// <summary>Whether the body has rows at all.</summary>
    public bool HasData { get; private set; }

    /// <summary>The member <c>explain</c> as it was sent; empty until it was read.</summary>
    public byte[] Explain { get; private set; } = [];

    /// <summary>The last row, until the next is read.</summary>
    public ReadOnlySpan<byte> Row => _buffer.AsSpan(_row.Start, _row.Length);

    /// <returns>False after the last row, with the whole body read.</returns>
    /// <exception cref="ProblemException">The body is not JSON, or has another form.</exception>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellation)
    {
        while (true)
        {
            switch (Advance())
            {
                case Step.Row:
                    Rows++;
                    return true;
                case Step.More when _isWhole:
                    return false;
                case Step.More:
                    await FillAsync(cancellation);
                    break;
            }
        }
    }

    private async ValueTask FillAsync(CancellationToken cancellation)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start.._end).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        if (_end == _buffer.Length)
        {
            if (_end >= limits.BodyBytes)
                throw new ProblemException(Problem.BodyTooLarge(limits.BodyBytes));
            Array.Resize(ref _buffer, (int)Math.Min(2L * _end, limits.BodyBytes));
        }
        var read = await body.ReadAsync(_buffer.AsMemory(_end), cancellation);
        _end += read;
        _isWhole = read == 0;
    }

    /// <summary>Goes on by one row or member, if all of it is there.</summary>
    private Step Advance()
    {
        try
        {
            var json = new Utf8JsonReader(_buffer.AsSpan(_start.._end), _isWhole, _state);
            var step = _place switch
            {
                Place.Start => Begin(ref json),
                Place.Members => ReadMember(ref json),
                Place.Rows => ReadRow(ref json),
                _ => json.Read() ? Step.Other : Step.More,
            };
            if (step == Step.More)
                return step;
            _state = json.CurrentState;
            _start += (int)json.BytesConsumed;
            return step;
        }
        catch (JsonException exception)
        {
            throw new ProblemException(Problem.InvalidJson(exception.Message));
        }
    }

    private Step Begin(ref Utf8JsonReader json)
    {
        if (!json.Read())
            return Step.More;
        RequestJson.Expect(in json, JsonTokenType.StartObject, new JsonPath("$"), "an object");
        _place = Place.Members;
        return Step.Other;
    }

    private Step ReadMember(ref Utf8JsonReader json)
    {
        if (!json.Read())
            return Step.More;
        if (json.TokenType == JsonTokenType.EndObject)
        {
            _place = Place.End;
            return Step.Other;
        }
        var (isData, isExplain) = (json.ValueTextEquals("data"u8), json.ValueTextEquals("explain"u8));
        if (!json.Read())
            return Step.More;
        if (isData)
        {
            if (HasData)
                throw RequestJson.Invalid(Data, "must not be sent twice");
            RequestJson.Expect(in json, JsonTokenType.StartArray, Data, "an array of objects");
            (HasData, _place) = (true, Place.Rows);
            return Step.Other;
        }
        var start = (int)json.TokenStartIndex;
        if (!json.TrySkip())
            return Step.More;
        if (isExplain)
            Explain = Explain.Length == 0 ? _buffer.AsSpan(_start + start, (int)json.BytesConsumed - start).ToArray() : throw RequestJson.Invalid(new JsonPath(RequestJson.Explain), "must not be sent twice");
        return Step.Other;
    }

    private Step ReadRow(ref Utf8JsonReader json)
    {
        if (!json.Read())
            return Step.More;
        if (json.TokenType == JsonTokenType.EndArray)
        {
            _place = Place.Members;
            return Step.Other;
        }
        RequestJson.Expect(in json, JsonTokenType.StartObject, Data with { Index = Rows }, "an object");
        var start = (int)json.TokenStartIndex;
        if (!json.TrySkip())
            return Step.More;
        _row = (_start + start, (int)json.BytesConsumed - start);
        return Step.Row;
    }
}
