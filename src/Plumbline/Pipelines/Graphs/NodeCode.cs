namespace Plumbline.Pipelines.Graphs;

/// <summary>What a node does.</summary>
/// <param name="Run">Given the context and the item's JSON, which is empty for a node that is not mapped; gives the output as JSON.</param>
internal sealed record NodeCode(Func<NodeContext, string, Task<string>> Run)
{
    /// <summary>Whether what a cached output names is there.</summary>
    public Func<string, bool> IsThere { get; init; } = static _ => true;
}
