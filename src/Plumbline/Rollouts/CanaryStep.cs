using System.Text.Json.Serialization;
using Plumbline.Rollouts.Gates;

namespace Plumbline.Rollouts;

/// <summary>One step of a canary. It ends when its gates succeed, not before its duration is over.</summary>
/// <param name="Weight">Share of units of the candidate, above that of the step before.</param>
/// <param name="Duration">The least.</param>
/// <param name="Gates">Besides those of the rollout.</param>
/// <param name="NeedsApproval">Whether somebody must approve before it ends.</param>
/// <param name="Deadline">How long it may be undecided, from its beginning; null: for ever.</param>
/// <param name="Overdue">What then.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CanaryStep(
    double Weight, TimeSpan Duration = default, IReadOnlyList<RolloutGate>? Gates = null, bool NeedsApproval = false, TimeSpan? Deadline = null, OverdueAction Overdue = OverdueAction.Stay)
{
    public IReadOnlyList<RolloutGate> Gates { get; init; } = Gates ?? [];

    internal void Validate(string key, IReadOnlyList<RolloutGate> commonGates, double before)
    {
        if (!(Weight > before && Weight <= 1))
            throw new ArgumentException(FormattableString.Invariant($"{key}.weight: {Weight} is not above the step before, {before}, and at most 1."));
        if (Duration < TimeSpan.Zero)
            throw new ArgumentException($"{key}.duration: {Duration} is below 0.");
        if (Deadline <= Duration)
            throw new ArgumentException($"{key}.deadline: {Deadline} is not after the duration, {Duration}.");
        if (Gates.Count + commonGates.Count == 0)
            throw new ArgumentException($"{key}.gates: no gate judges this step; declare one here or under gates.");
        RolloutDefinition.CheckObjects($"{key}.gates", Gates);
        for (var i = 0; i < Gates.Count; i++)
            Gates[i].Validate($"{key}.gates[{i}]");
        if (Weight == 1 && commonGates.Concat(Gates).FirstOrDefault(gate => gate.ComparesWithStable) is { } gate)
            throw new ArgumentException($"{key}.weight: 1 leaves the stable version nothing that {gate.Text} could compare with; end with less, the promotion gives all.");
    }
}

public enum OverdueAction
{
    Stay,
    RollBack,
}
