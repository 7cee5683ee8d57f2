using System.Text.Json.Nodes;

namespace Plumbline.Pipelines.Runs;

/// <summary>One execution of a task.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Fault">Why it did not succeed; else empty.</param>
public sealed record PipelineAttempt(string Node, int Item, long Number, string Worker, AttemptState State, string Fault, DateTimeOffset Started, DateTimeOffset? Ended)
{
    public JsonObject ToJson() => new()
    {
        ["attempt"] = Number,
        ["worker"] = Worker,
        ["state"] = RunWords.Of(State),
        ["fault"] = Fault,
        ["started"] = Started,
        ["ended"] = Ended,
    };
}
