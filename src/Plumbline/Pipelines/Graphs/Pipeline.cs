using System.Text.Json.Nodes;

namespace Plumbline.Pipelines.Graphs;

/// <summary>A graph of work, declared in code by a <see cref="PipelineBuilder{TParameters}"/>. Immutable and thread-safe.</summary>
public sealed class Pipeline
{
    private readonly Func<JsonObject, CheckedParameters> _check;

    internal Pipeline(string name, string description, RunGraph graph, IReadOnlyDictionary<string, NodeCode> code, Func<JsonObject, CheckedParameters> check)
    {
        (Name, Description, Graph, Code, _check) = (name, description, graph, code, check);
        GraphDigest = graph.Digest();
    }

    public string Name { get; }

    /// <summary>In one line.</summary>
    public string Description { get; }

    /// <summary>Names of the nodes, each after those that it comes after.</summary>
    public IEnumerable<string> Nodes => Graph.Nodes.Select(node => node.Name);

    /// <summary>Of its nodes and how they hang together: workers take tasks of runs of the same digest alone.</summary>
    public string GraphDigest { get; }

    internal RunGraph Graph { get; }

    internal IReadOnlyDictionary<string, NodeCode> Code { get; }

    internal string QueueOf(string pool) => QueueOf(Name, GraphDigest, pool);

    internal static string QueueOf(string pipeline, string digest, string pool) => $"{pipeline}:{digest}:{pool}";

    /// <exception cref="ArgumentException">They are not those of the pipeline; the message names the key.</exception>
    internal CheckedParameters Check(JsonObject parameters) => _check(parameters);
}

/// <param name="Json">With every default spelt out.</param>
/// <param name="ActiveKey">Of runs with one key one runs at a time; empty: any number may.</param>
internal sealed record CheckedParameters(string Json, string ActiveKey);
