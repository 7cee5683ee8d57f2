using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Plumbline.Server.Predictions;
using Plumbline.Server.Problems;

namespace Plumbline.Server.Flags;

/// <summary>What a body says of a change of a flag.</summary>
/// <param name="Flag">What it is from now on; null where that is not said.</param>
/// <param name="Revision">Only if it has this one now; null: whatever it is.</param>
internal sealed record FlagChange(JsonElement? Flag, long? Revision, string Reason)
{
    private const int MostReason = 1000;
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    /// <exception cref="ProblemException">It is no JSON, or a member is not what it must be.</exception>
    public static FlagChange Read(ReadOnlyMemory<byte> body)
    {
        JsonElement root;
        try
        {
            using var document = JsonDocument.Parse(body, Strict);
            root = document.RootElement.Clone();
        }
        catch (JsonException exception)
        {
            throw new ProblemException(Problem.InvalidJson(exception.Message));
        }
        if (root.ValueKind != JsonValueKind.Object)
            throw RequestJson.Invalid(new JsonPath("$"), "must be an object");
        return new FlagChange(Member(root, "flag"), Revisions(Member(root, "revision")), Reasons(Member(root, "reason")));
    }

    private static JsonElement? Member(JsonElement root, string name) => root.TryGetProperty(name, out var member) && member.ValueKind != JsonValueKind.Null ? member : null;

    private static long? Revisions(JsonElement? sent) => sent switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } number when number.TryGetInt64(out var revision) && revision >= 0 => revision,
        _ => throw RequestJson.Invalid(new JsonPath("$.revision"), "must be a whole number from 0, or null"),
    };

    private static string Reasons(JsonElement? sent) => sent switch
    {
        null => "",
        { ValueKind: JsonValueKind.String } text when text.GetString() is { Length: <= MostReason } reason && !reason.Contains('\0', StringComparison.Ordinal) => reason,
        _ => throw RequestJson.Invalid(new JsonPath("$.reason"), $"must be a string of at most {MostReason} characters, or null"),
    };
}

[JsonSerializable(typeof(JsonObject))]
internal sealed partial class FlagsApiJson : JsonSerializerContext;
