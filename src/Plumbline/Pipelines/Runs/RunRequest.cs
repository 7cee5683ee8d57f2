using System.Text.Json.Nodes;

namespace Plumbline.Pipelines.Runs;

/// <summary>What a run is asked for with.</summary>
/// <param name="Parameters">Those of the pipeline; what is left out has its default.</param>
public sealed record RunRequest(JsonObject Parameters, RunTrigger Trigger)
{
    /// <summary>Asked for twice under one key, there is one run of the pipeline; null: another one each time. At most 200 characters.</summary>
    public string? Key { get; init; }

    public RunInterval? Interval { get; init; }

    /// <summary>Names of nodes whose cached results are not taken; <see cref="All"/> for all.</summary>
    public IReadOnlyList<string> Forced { get; init; } = [];

    public const string All = "*";
}
