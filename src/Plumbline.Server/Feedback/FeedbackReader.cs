using System.Text.Json;
using Plumbline.Inference.Feedback;
using Plumbline.Server.Predictions;

namespace Plumbline.Server.Feedback;

/// <summary>Reads a body of feedback: one object, or an array of them. What several are named by is read for all before any is taken.</summary>
internal static class FeedbackReader
{
    public const int Most = 1000;

    private const string Root = "$.feedback";

    /// <exception cref="JsonException">The body is not JSON.</exception>
    /// <exception cref="InvalidOperationException">A string holds a lone surrogate.</exception>
    public static List<FeedbackItem> Read(ReadOnlySpan<byte> body, RequestLimits limits)
    {
        var json = RequestJson.Open(body, limits);
        var single = new Members();
        List<FeedbackItem>? several = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (!json.ValueTextEquals("feedback"u8))
            {
                single.Read(ref json, new JsonPath("$"));
                continue;
            }
            if (several is not null)
                throw RequestJson.Invalid(new JsonPath(Root), "must not be sent twice");
            json.Read();
            several = ReadAll(ref json);
        }
        RequestJson.Close(ref json);
        if (several is null)
            return [single.ToItem(new JsonPath("$"))];
        return single.IsEmpty ? several : throw RequestJson.Invalid(new JsonPath("$"), "must have feedback or prediction_id, not both");
    }

    private static List<FeedbackItem> ReadAll(ref Utf8JsonReader json)
    {
        RequestJson.Expect(in json, JsonTokenType.StartArray, new JsonPath(Root), "an array of objects");
        var items = new List<FeedbackItem>();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            var path = new JsonPath(Root, items.Count);
            if (items.Count == Most)
                throw RequestJson.Invalid(new JsonPath(Root), $"must not have more than {Most} objects");
            RequestJson.Expect(in json, JsonTokenType.StartObject, path, "an object");
            var members = new Members();
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
                members.Read(ref json, path);
            items.Add(members.ToItem(path));
        }
        return items.Count > 0 ? items : throw RequestJson.Invalid(new JsonPath(Root), "must not be empty");
    }

    private sealed class Members
    {
        private Guid? _prediction;
        private string? _label;
        private string? _id;
        private DateTimeOffset? _time;
        private bool _hasTime;

        public bool IsEmpty => _prediction is null && _label is null && _id is null && !_hasTime;

        /// <summary>Reads the member whose name the reader stands at.</summary>
        public void Read(ref Utf8JsonReader json, JsonPath path)
        {
            path = path with { Member = json.GetString() };
            json.Read();
            var isNew = path.Member switch
            {
                "prediction_id" => IsFirst(ref _prediction, ReadPrediction(ref json, path)),
                "label" => IsFirst(ref _label, ReadText(ref json, path, FeedbackItem.MostLabelLength)),
                "id" => json.TokenType == JsonTokenType.Null || IsFirst(ref _id, ReadText(ref json, path, FeedbackItem.MostIdLength)),
                "time" => ReadTime(ref json, path),
                _ => Skip(ref json),
            };
            if (!isNew)
                throw RequestJson.Invalid(path, "must not be sent twice");
        }

        public FeedbackItem ToItem(JsonPath path) => new(
            _prediction ?? throw RequestJson.Invalid(path with { Member = "prediction_id" }, "must be there: take it from the answer"),
            _label ?? throw RequestJson.Invalid(path with { Member = "label" }, "must be there"), _time, _id);

        private static bool IsFirst<T>(ref T? member, T value)
        {
            var isFirst = member is null;
            member = value;
            return isFirst;
        }

        private static Guid? ReadPrediction(ref Utf8JsonReader json, JsonPath path) =>
            json.TokenType == JsonTokenType.String && json.TryGetGuid(out var id) && id.Version == 7 ? id : throw RequestJson.Invalid(path, "must be a UUID of version 7, the prediction_id of an answer");

        /// <summary>A string, or a number as it is written.</summary>
        private static string ReadText(ref Utf8JsonReader json, JsonPath path, int most)
        {
            if (json.TokenType is not (JsonTokenType.String or JsonTokenType.Number))
                throw RequestJson.Invalid(path, $"must be a string or a number, not {RequestJson.Describe(json.TokenType)}");
            var text = json.TokenType == JsonTokenType.String ? json.GetString()! : System.Text.Encoding.UTF8.GetString(json.ValueSpan);
            if (text.Length > most)
                throw RequestJson.Invalid(path, $"has {text.Length} characters; {most} are allowed");
            if (string.IsNullOrWhiteSpace(text) || text.Contains('\0', StringComparison.Ordinal))
                throw RequestJson.Invalid(path, "must not be blank or hold U+0000");
            return text;
        }

        private static bool Skip(ref Utf8JsonReader json)
        {
            json.Skip();
            return true;
        }

        private bool ReadTime(ref Utf8JsonReader json, JsonPath path)
        {
            _time = EntityColumns.ReadTime(ref json, path) is { } micros ? DateTimeOffset.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond) : null;
            var isFirst = !_hasTime;
            _hasTime = true;
            return isFirst;
        }
    }
}
