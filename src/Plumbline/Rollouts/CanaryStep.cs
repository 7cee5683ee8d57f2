using System.Text.Json.Serialization;
using Plumbline.Rollouts.Gates;

namespace Plumbline.Rollouts;

/// <summary>One step of a canary. It ends when its gates succeed, not before its duration is over.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CanaryStep
{
    /// <summary>Share of units of the candidate, above that of the step before.</summary>
    public required double Weight { get; init; }

    /// <summary>The least.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Besides those of the rollout.</summary>
    public IReadOnlyList<RolloutGate> Gates { get; init; } = [];

    /// <summary>Whether somebody must approve before it ends.</summary>
    public bool NeedsApproval { get; init; }

    /// <summary>How long it may be undecided, from its beginning; null: for ever.</summary>
    public TimeSpan? Deadline { get; init; }

    /// <summary>What then.</summary>
    public OverdueAction Overdue { get; init; }

    internal void Validate(string key, int commonGates, double before)
    {
        if (!(Weight > before && Weight <= 1))
            throw new ArgumentException(FormattableString.Invariant($"{key}.weight: {Weight} is not above the step before, {before}, and at most 1."));
        if (Duration < TimeSpan.Zero)
            throw new ArgumentException($"{key}.duration: {Duration} is below 0.");
        if (Deadline <= Duration)
            throw new ArgumentException($"{key}.deadline: {Deadline} is not after the duration, {Duration}.");
        if (Gates.Count + commonGates == 0)
            throw new ArgumentException($"{key}.gates: no gate judges this step; declare one here or under gates.");
        for (var i = 0; i < Gates.Count; i++)
            Gates[i].Validate($"{key}.gates[{i}]");
    }
}

public enum OverdueAction
{
    Stay,
    RollBack,
}
