using System.Text.Json.Nodes;
using Plumbline.Pipelines.Graphs;

namespace Plumbline.Pipelines.Runs;

/// <summary>A run as the store has it.</summary>
/// <param name="Project">Whose pipeline it is; may be empty.</param>
/// <param name="Parameters">JSON, with every default spelt out.</param>
/// <param name="Forced">Nodes whose cached results are not taken.</param>
public sealed record PipelineRun(
    string Id, string Project, string Pipeline, string GraphDigest, string Parameters, RunTrigger Trigger, IReadOnlyList<string> Forced, RunState State, DateTimeOffset Created)
{
    public string? Key { get; init; }

    public RunInterval? Interval { get; init; }

    /// <summary>Whether its tasks are held back.</summary>
    public bool IsPaused { get; init; }

    /// <summary>Null while it is queued.</summary>
    public DateTimeOffset? Started { get; init; }

    public DateTimeOffset? Ended { get; init; }

    public bool IsDone => State >= RunState.Succeeded;

    internal RunGraph Graph { get; init; } = new([]);

    internal string ActiveKey { get; init; } = "";

    /// <summary>The <c>traceparent</c> of the run's trace; empty where nobody listened.</summary>
    internal string Trace { get; init; } = "";

    internal string QueueOf(string pool) => Graphs.Pipeline.QueueOf(Project, Pipeline, GraphDigest, pool);

    internal bool Forces(string node) => Forced.Contains(node) || Forced.Contains(RunRequest.All);

    /// <summary>As JSON, for people and programs.</summary>
    public JsonObject ToJson() => new()
    {
        ["id"] = Id,
        ["project"] = Project,
        ["pipeline"] = Pipeline,
        ["state"] = RunWords.Of(State),
        ["paused"] = IsPaused,
        ["trigger"] = JsonNode.Parse(Trigger.ToJson()),
        ["interval"] = Interval is { } interval ? new JsonObject { ["from"] = interval.From, ["until"] = interval.Until } : null,
        ["parameters"] = JsonNode.Parse(Parameters),
        ["created"] = Created,
        ["started"] = Started,
        ["ended"] = Ended,
    };
}
