using System.Text.Json.Nodes;
using Plumbline.Pipelines.Runs;

namespace Plumbline.Pipelines.Retention;

/// <summary>What retention does with a run that is neither young nor among the newest.</summary>
/// <param name="Reason">Why it stays or goes.</param>
public sealed record PrunedRun(string Id, string Pipeline, RunState State, DateTimeOffset Ended, bool Removed, string Reason)
{
    public JsonObject ToJson() => new()
    {
        ["run"] = Id,
        ["pipeline"] = Pipeline,
        ["state"] = RunWords.Of(State),
        ["ended"] = Ended,
        ["removed"] = Removed,
        ["reason"] = Reason,
    };
}
