using System.Text;
using System.Text.Json;
using Plumbline.Features.Online;
using Plumbline.Server.Predictions;

namespace Plumbline.Server.EntityEvents;

/// <summary>Reads a body of events: one array of objects.</summary>
/// <param name="labels">Labels of the model, with their <paramref name="values"/>; for events of labels.</param>
/// <param name="now">Time of events that name none, in microseconds since 1970 UTC.</param>
internal sealed class EntityEventReader(EntityEventKind kind, IReadOnlyList<string> labels, IReadOnlyList<long> values, RequestLimits limits, long now)
{
    private readonly string _member = kind == EntityEventKind.Observation ? "observations" : "labels";

    private string Root => "$." + _member;

    /// <exception cref="JsonException">The body is not JSON.</exception>
    /// <exception cref="InvalidOperationException">A string holds a lone surrogate.</exception>
    public List<EntityEvent> Read(ReadOnlySpan<byte> body)
    {
        var json = RequestJson.Open(body, limits);
        List<EntityEvent>? events = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (!json.ValueTextEquals(_member))
            {
                json.Skip();
                continue;
            }
            if (events is not null)
                throw RequestJson.Invalid(new JsonPath(Root), "must not be sent twice");
            json.Read();
            events = ReadAll(ref json);
        }
        RequestJson.Close(ref json);
        return events ?? throw RequestJson.Invalid(new JsonPath("$"), $"must have {_member}");
    }

    private List<EntityEvent> ReadAll(ref Utf8JsonReader json)
    {
        RequestJson.Expect(in json, JsonTokenType.StartArray, new JsonPath(Root), "an array of objects");
        var events = new List<EntityEvent>();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (events.Count == limits.Items)
                throw RequestJson.Invalid(new JsonPath(Root), $"must not have more than {limits.Items} events");
            RequestJson.Expect(in json, JsonTokenType.StartObject, new JsonPath(Root, events.Count), "an object");
            events.Add(ReadOne(ref json, events.Count));
        }
        return events.Count > 0 ? events : throw RequestJson.Invalid(new JsonPath(Root), "must not be empty");
    }

    private EntityEvent ReadOne(ref Utf8JsonReader json, int index)
    {
        var members = new Members();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var path = new JsonPath(Root, index, json.GetString());
            json.Read();
            if (!IsKnown(path.Member!))
            {
                json.Skip();
                continue;
            }
            if (!members.Seen.Add(path.Member!))
                throw RequestJson.Invalid(path, "must not be sent twice");
            ReadMember(ref json, path, members);
        }
        return Make(new JsonPath(Root, index), members);
    }

    private bool IsKnown(string member) => member switch
    {
        "id" or "user" or "item" or "time" => true,
        "characters" or "text" => kind == EntityEventKind.Observation,
        "label" => kind == EntityEventKind.Label,
        _ => false,
    };

    private void ReadMember(ref Utf8JsonReader json, JsonPath path, Members members)
    {
        switch (path.Member)
        {
            case "id":
                RequestJson.Expect(in json, JsonTokenType.String, path, "a string");
                members.Id = json.GetString();
                break;
            case "user":
                members.User = ReadKey(ref json, path);
                break;
            case "item":
                members.Item = ReadKey(ref json, path);
                break;
            case "time":
                members.Time = EntityColumns.ReadTime(ref json, path);
                break;
            case "label":
                members.Value = ReadLabel(ref json, path);
                break;
            default:
                if (members.Value is not null)
                    throw RequestJson.Invalid(path with { Member = null }, "must have characters or text, not both");
                members.Value = ReadCharacters(ref json, path);
                break;
        }
    }

    private EntityEvent Make(JsonPath path, Members members)
    {
        if (string.IsNullOrEmpty(members.Id))
            throw RequestJson.Invalid(path, "must have an id, by which a retry is known");
        if (members.Value is not { } value)
            throw RequestJson.Invalid(path, kind == EntityEventKind.Observation ? "must have characters or text" : "must have a label");
        var read = new EntityEvent(kind, members.Id, members.User, members.Item, value, members.Time ?? now);
        try
        {
            read.Validate();
            return read;
        }
        catch (ArgumentException exception)
        {
            throw RequestJson.Invalid(path, $"cannot be taken: {exception.Message.TrimEnd('.')}");
        }
    }

    private static string? ReadKey(ref Utf8JsonReader json, JsonPath path) => json.TokenType switch
    {
        JsonTokenType.String => json.GetString(),
        JsonTokenType.Number => Encoding.UTF8.GetString(json.ValueSpan),
        JsonTokenType.Null => null,
        var other => throw RequestJson.Invalid(path, $"must be a string, a number or null, not {RequestJson.Describe(other)}"),
    };

    private long ReadCharacters(ref Utf8JsonReader json, JsonPath path)
    {
        if (path.Member == "text")
        {
            RequestJson.Expect(in json, JsonTokenType.String, path, "a string");
            var characters = json.GetString()!.EnumerateRunes().Count();
            return characters <= limits.TextLength ? characters : throw RequestJson.Invalid(path, $"has {characters} characters; {limits.TextLength} are allowed");
        }
        if (json.TokenType == JsonTokenType.Number && json.TryGetInt32(out var count) && count >= 0)
            return count;
        throw RequestJson.Invalid(path, $"must be a whole number from 0 to {int.MaxValue}");
    }

    private long ReadLabel(ref Utf8JsonReader json, JsonPath path)
    {
        var label = ReadKey(ref json, path);
        for (var i = 0; i < labels.Count; i++)
        {
            if (labels[i] == label)
                return values[i];
        }
        throw RequestJson.Invalid(path, "must be a label of the model; /metadata lists them");
    }

    private sealed class Members
    {
        public HashSet<string> Seen { get; } = new(StringComparer.Ordinal);

        public string? Id { get; set; }

        public string? User { get; set; }

        public string? Item { get; set; }

        public long? Value { get; set; }

        public long? Time { get; set; }
    }
}
