using System.Buffers;
using System.Text.Json;
using Plumbline.Server.Predictions;
using Plumbline.Server.Problems;

namespace Plumbline.Server.Streaming;

/// <summary>
/// The texts of a body of <c>POST /predict</c> and what belongs to them, a few at a time. Nothing is read of the values but where they begin: each body is the whole one, with
/// a part of each array.
/// </summary>
internal sealed class TextChunks : IRequestChunks
{
    /// <summary>Bytes beside the arrays, which stand in each body.</summary>
    private const int MostBesides = 64 * 1024;

    private readonly ReadOnlyMemory<byte> _body;
    private readonly List<Column> _columns = [];
    private Column? _texts;
    private int _given;

    private TextChunks(ReadOnlyMemory<byte> body) => _body = body;

    public int Count => _texts!.Starts.Count;

    public ReadRequest Read => PredictRequestReader.Read;

    /// <param name="body">Is not copied.</param>
    /// <exception cref="ProblemException">It is not what the interface says.</exception>
    public static TextChunks Of(ReadOnlyMemory<byte> body, RequestLimits limits)
    {
        var chunks = new TextChunks(body);
        try
        {
            chunks.FindColumns(limits);
        }
        catch (JsonException exception)
        {
            throw new ProblemException(Problem.InvalidJson(exception.Message));
        }
        if (chunks._texts is null)
            throw RequestJson.Invalid(new JsonPath("$"), "must have texts, once, to be answered as a stream");
        if (chunks.Count == 0 || chunks.Count > limits.StreamItems)
            throw RequestJson.Invalid(new JsonPath("$.texts"), $"must have 1 to {limits.StreamItems} texts, not {chunks.Count}");
        if (body.Length - chunks._columns.Sum(column => column.End - column.Start) > MostBesides)
            throw RequestJson.Invalid(new JsonPath("$"), $"must not have more than {MostBesides} bytes beside its arrays");
        return chunks;
    }

    public ValueTask<int> NextAsync(int most, ArrayBufferWriter<byte> body, CancellationToken cancellation)
    {
        var (from, to) = (_given, Math.Min(_given + most, Count));
        while (to - from > 1 && _texts!.Slice(_body.Span, from, to, Count).Length > EventStream.MostChunkBytes)
            to = from + ((to - from) / 2);
        var written = 0;
        foreach (var column in _columns)
        {
            body.Write(_body.Span[written..column.Start]);
            body.Write(column.Slice(_body.Span, from, to, Count));
            written = column.End;
        }
        body.Write(_body.Span[written..]);
        _given = to;
        return ValueTask.FromResult(to - from);
    }

    /// <summary>Finds the arrays that have a value for each text: of the members themselves, and of the objects of features and entities.</summary>
    private void FindColumns(RequestLimits limits)
    {
        var json = RequestJson.Open(_body.Span, limits);
        // A mark at the begin is not counted by the reader.
        var skipped = _body.Span.StartsWith("\uFEFF"u8) ? "\uFEFF"u8.Length : 0;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var isTexts = json.ValueTextEquals("texts"u8);
            var holdsColumns = json.ValueTextEquals("numeric_features"u8) || json.ValueTextEquals("categorical_features"u8) || json.ValueTextEquals("entities"u8);
            var isColumn = isTexts || json.ValueTextEquals("time"u8);
            json.Read();
            if (isColumn && json.TokenType == JsonTokenType.StartArray)
                AddColumn(ref json, skipped, isTexts);
            else if (holdsColumns && json.TokenType == JsonTokenType.StartObject)
                AddColumns(ref json, skipped);
            else
                json.Skip();
        }
        RequestJson.Close(ref json);
    }

    private void AddColumns(ref Utf8JsonReader json, int skipped)
    {
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            json.Read();
            if (json.TokenType == JsonTokenType.StartArray)
                AddColumn(ref json, skipped, isTexts: false);
            else
                json.Skip();
        }
    }

    private void AddColumn(ref Utf8JsonReader json, int skipped, bool isTexts)
    {
        var (start, starts) = (skipped + (int)json.BytesConsumed, new List<int>());
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            starts.Add(skipped + (int)json.TokenStartIndex);
            json.Skip();
        }
        var column = new Column(start, skipped + (int)json.TokenStartIndex, starts);
        _columns.Add(column);
        if (isTexts)
            _texts = _texts is null ? column : throw RequestJson.Invalid(new JsonPath("$.texts"), "must not be sent twice");
    }

    /// <param name="Start">Behind the bracket.</param>
    /// <param name="End">At the bracket that closes it.</param>
    /// <param name="Starts">Of its elements.</param>
    private sealed record Column(int Start, int End, List<int> Starts)
    {
        /// <summary>Its elements of the texts <paramref name="from"/> to <paramref name="to"/>; with the last of <paramref name="count"/> texts all that are left, so that too many are told.</summary>
        public ReadOnlySpan<byte> Slice(ReadOnlySpan<byte> body, int from, int to, int count)
        {
            var begin = from < Starts.Count ? Starts[from] : End;
            var end = to < count && to < Starts.Count ? Starts[to] : End;
            return body[begin..end].TrimEnd(", \t\r\n"u8);
        }
    }
}
