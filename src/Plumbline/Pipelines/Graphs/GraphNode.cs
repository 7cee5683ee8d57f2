using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Plumbline.Pipelines.Runs;

namespace Plumbline.Pipelines.Graphs;

/// <summary>What a run keeps of a node: all that decides when it runs, and nothing of what it does.</summary>
/// <param name="After">Names of the nodes that it comes after, its list included.</param>
/// <param name="Over">The node whose list it is mapped over; null for one task.</param>
internal sealed record GraphNode(string Name, IReadOnlyList<string> After, string? Over, NodeOptions Options);

/// <summary>The nodes of a pipeline, each after those that it names.</summary>
internal sealed record RunGraph(IReadOnlyList<GraphNode> Nodes)
{
    private const int DigestDigits = 12;

    public GraphNode Of(string node) => Nodes.First(one => one.Name == node);

    public string ToJson() => JsonSerializer.Serialize(this, GraphJson.Default.RunGraph);

    public static RunGraph Parse(string json) => JsonSerializer.Deserialize(json, GraphJson.Default.RunGraph)!;

    /// <summary>Runs of one graph are known by it to workers that have its code.</summary>
    public string Digest() => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(this, GraphJson.Default.RunGraph)))[..DigestDigits];
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(WordConverter<TriggerRule>)], DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RunGraph))]
internal sealed partial class GraphJson : JsonSerializerContext;
