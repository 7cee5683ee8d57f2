using System.Text.Json;
using System.Text.Json.Nodes;

namespace Plumbline.Rollouts;

/// <summary>A rollout as the metadata store has it.</summary>
/// <param name="Model">Registered name.</param>
/// <param name="Revision">Counts the changes of the state, from 1.</param>
public sealed record StoredRollout(long Id, string Model, RolloutDefinition Definition, RolloutState State, long Revision)
{
    /// <summary>How it stands, in words.</summary>
    public string Words => State.Phase switch
    {
        RolloutPhase.Promoted => $"promoted {State.Winner}",
        RolloutPhase.RolledBack => "rolled back",
        _ => Definition.Kind == RolloutKind.Canary ? FormattableString.Invariant($"in step {State.Step + 1} of {Definition.Steps.Count}") : "running",
    };

    /// <summary>The last measurement that the state contains.</summary>
    internal long Counted { get; init; }

    /// <summary>Slices by which its feedback is counted.</summary>
    internal IReadOnlyList<Slice> Slices { get; init; } = [];

    /// <summary>As JSON, for people and programs: name, model, phase, how it stands in words, and the definition.</summary>
    /// <param name="withState">Also all that was measured and found, and of an A/B test what is known by it.</param>
    public JsonObject ToJson(bool withState)
    {
        var json = new JsonObject
        {
            ["name"] = Definition.Name,
            ["model"] = Model,
            ["phase"] = RolloutJson.NameOf(State.Phase),
            ["words"] = Words,
            ["definition"] = JsonSerializer.SerializeToNode(Definition, RolloutJson.Default.RolloutDefinition),
        };
        if (!withState)
            return json;
        json["state"] = JsonSerializer.SerializeToNode(State, RolloutJson.Default.RolloutState);
        if (RolloutAnalysis.Report(Definition, State) is { } report)
            json["test"] = JsonSerializer.SerializeToNode(report, RolloutJson.Default.AbReport);
        return json;
    }
}
