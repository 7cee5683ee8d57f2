using System.Text.Json.Nodes;

namespace Plumbline.Pipelines.Runs;

/// <summary>A task as it stands; of a node that waits there is one without attempts.</summary>
/// <param name="Item">Of a mapped node, from 0; else null.</param>
/// <param name="Reason">Why it failed, was skipped, or is tried again; else empty.</param>
/// <param name="WhyNotYet">Why it has not begun; null where it has, or need not.</param>
public sealed record PipelineTask(
    string Node, int? Item, TaskState State, string Reason, long Attempts, string? Worker, DateTimeOffset? Started, DateTimeOffset? Ended, string? WhyNotYet)
{
    public string Name => Item is { } item ? FormattableString.Invariant($"{Node}[{item}]") : Node;

    public JsonObject ToJson() => new()
    {
        ["node"] = Node,
        ["item"] = Item,
        ["state"] = RunWords.Of(State),
        ["reason"] = Reason,
        ["attempts"] = Attempts,
        ["worker"] = Worker,
        ["started"] = Started,
        ["ended"] = Ended,
        ["why_not_yet"] = WhyNotYet,
    };
}
