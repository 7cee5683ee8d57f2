using System.Text.Json.Nodes;

namespace Plumbline.Pipelines.Graphs;

/// <summary>A graph of work, declared in code by a <see cref="PipelineBuilder{TParameters}"/>. Immutable and thread-safe.</summary>
public sealed class Pipeline
{
    private readonly Func<JsonObject, CheckedParameters> _check;

    internal Pipeline(string project, string name, string description, RunGraph graph, IReadOnlyDictionary<string, NodeCode> code, Func<JsonObject, CheckedParameters> check)
    {
        (Project, Name, Description, Graph, Code, _check) = (project, name, description, graph, code, check);
        GraphDigest = graph.Digest();
    }

    /// <summary>Whose it is: workers of one project take nothing of another. Empty where there is but one.</summary>
    public string Project { get; }

    public string Name { get; }

    /// <summary>In one line.</summary>
    public string Description { get; }

    /// <summary>Names of the nodes, each after those that it comes after.</summary>
    public IEnumerable<string> Nodes => Graph.Nodes.Select(node => node.Name);

    /// <summary>Of its nodes and how they hang together: workers take tasks of runs of the same digest alone.</summary>
    public string GraphDigest { get; }

    internal RunGraph Graph { get; }

    internal IReadOnlyDictionary<string, NodeCode> Code { get; }

    internal string QueueOf(string pool) => QueueOf(Project, Name, GraphDigest, pool);

    internal static string QueueOf(string project, string pipeline, string digest, string pool) => $"{project}/{pipeline}:{digest}:{pool}";

    /// <exception cref="ArgumentException">They are not those of the pipeline; the message names the key.</exception>
    public CheckedParameters Check(JsonObject parameters) => _check(parameters);
}

/// <summary>Parameters that are the pipeline's.</summary>
/// <param name="Json">With every default spelt out.</param>
/// <param name="ActiveKey">Of runs with one key one runs at a time; empty: any number may.</param>
public sealed record CheckedParameters(string Json, string ActiveKey);
