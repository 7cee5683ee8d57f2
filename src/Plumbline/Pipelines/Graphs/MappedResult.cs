using Plumbline.Pipelines.Runs;

namespace Plumbline.Pipelines.Graphs;

/// <summary>What came of one task of a mapped node.</summary>
/// <param name="Item">From 0, in the order of the list.</param>
/// <param name="Value">Default where it did not succeed.</param>
/// <param name="Reason">Why it did not; else empty.</param>
public sealed record MappedResult<T>(int Item, TaskState State, T? Value, string Reason)
{
    public bool Succeeded => State.IsSuccess();
}
