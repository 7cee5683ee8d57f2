using System.Text.Json.Nodes;

namespace Plumbline.Pipelines.Runs;

/// <summary>A task as it stands; of a node that waits there is one without attempts.</summary>
/// <param name="Item">Of a mapped node, from 0; else null.</param>
/// <param name="Reason">Why it failed, was skipped, or is tried again; else empty.</param>
/// <param name="WhyNotYet">Why it has not begun; null where it has, or need not.</param>
public sealed record PipelineTask(
    string Node, int? Item, TaskState State, string Reason, long Attempts, string? Worker, DateTimeOffset? Started, DateTimeOffset? Ended, string? WhyNotYet)
{
    /// <summary>The item of a mapped node as JSON; null where there is none.</summary>
    public string? Input { get; init; }

    public string Name => Item is { } item ? FormattableString.Invariant($"{Node}[{item}]") : Node;

    public JsonObject ToJson() => new()
    {
        ["node"] = Node,
        ["item"] = Item,
        ["input"] = Input is null ? null : JsonNode.Parse(Input),
        ["state"] = RunWords.Of(State),
        ["reason"] = Reason,
        ["attempts"] = Attempts,
        ["worker"] = Worker,
        ["started"] = Started,
        ["ended"] = Ended,
        ["why_not_yet"] = WhyNotYet,
    };
}
