using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Plumbline.Pipelines.Lineage;

/// <param name="Distance">Steps from what was asked for; below 0 for what that was made from.</param>
/// <param name="IsMissing">Whether something refers to it, but it is not there: removed, or on another machine.</param>
/// <param name="Facts">What is known of it, in words.</param>
public sealed record LineageNode(LineageKey Key, int Distance, bool IsMissing, IReadOnlyList<KeyValuePair<string, string>> Facts);

/// <param name="To">What was made from the other.</param>
public readonly record struct LineageEdge(LineageKey From, LineageKey To);

/// <summary>What something was made from, and what was made from it. Has no cycles. Immutable.</summary>
/// <param name="Roots">What was asked for: several where a path had several contents.</param>
/// <param name="Nodes">The furthest ancestors first; of one distance by kind and name.</param>
/// <param name="IsCut">Whether there are more nodes than are shown.</param>
public sealed record LineageGraph(IReadOnlyList<LineageKey> Roots, IReadOnlyList<LineageNode> Nodes, IReadOnlyList<LineageEdge> Edges, bool IsCut)
{
    private static readonly JsonSerializerOptions Readable = new(JsonSerializerOptions.Default) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>On one line; docs/specs/lineage.md.</summary>
    public string ToJson() => ToJsonObject().ToJsonString(Readable);

    public JsonObject ToJsonObject() => new()
    {
        ["roots"] = new JsonArray([.. Roots.Select(root => JsonValue.Create(root.ToString()))]),
        ["nodes"] = new JsonArray([.. Nodes.Select(ToJson)]),
        ["edges"] = new JsonArray([.. Edges.Select(edge => new JsonObject { ["from"] = edge.From.ToString(), ["to"] = edge.To.ToString() })]),
        ["cut"] = IsCut,
    };

    private static JsonObject ToJson(LineageNode node) => new()
    {
        ["id"] = node.Key.ToString(),
        ["kind"] = node.Key.Kind.ToString().ToLowerInvariant(),
        ["title"] = node.Key.Title,
        ["distance"] = node.Distance,
        ["missing"] = node.IsMissing,
        ["facts"] = new JsonObject(node.Facts.Select(fact => KeyValuePair.Create(fact.Key, (JsonNode?)fact.Value))),
    };
}
