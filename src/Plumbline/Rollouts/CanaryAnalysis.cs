using Plumbline.Rollouts.Gates;

namespace Plumbline.Rollouts;

/// <summary>One gate that fails rolls back; when all succeed and the step has lasted, the next one begins; else it holds.</summary>
internal static class CanaryAnalysis
{
    public static RolloutDecision Analyse(RolloutDefinition definition, RolloutState state)
    {
        var step = definition.Steps[state.Step];
        var version = definition.Candidates[0].Version;
        GateVerdict[] verdicts = [.. definition.GatesOf(state.Step).Select(gate => Judge(definition, state, gate, version))];
        string[] failures = [.. verdicts.Where(verdict => verdict.Outcome == GateOutcome.Failure).Select(verdict => verdict.Explanation)];
        if (failures.Length > 0)
            return RolloutAnalysis.RollBack(state, [.. failures.Select(failure => $"{version} fails: {failure}")], verdicts);
        string[] pending = [.. Pending(definition, state, step, version, verdicts)];
        if (pending.Length == 0)
            return Advance(definition, state, version, verdicts);
        var elapsed = state.Time - state.StepStarted;
        if (elapsed < step.Deadline || step.Deadline is null)
            return new RolloutDecision(state, RolloutAction.Hold, pending, verdicts);
        var overdue = $"step {state.Step + 1} is undecided after its deadline of {Words.Time(step.Deadline.Value)}";
        return step.Overdue == OverdueAction.RollBack ? RolloutAnalysis.RollBack(state, [overdue, .. pending], verdicts)
            : new RolloutDecision(state, RolloutAction.Hold, [overdue, .. pending], verdicts);
    }

    private static GateVerdict Judge(RolloutDefinition definition, RolloutState state, RolloutGate gate, string version)
    {
        (VersionSums, VersionSums) Pair(bool replayed) => (state.Sums(state.Step, version, replayed), state.Sums(state.Step, definition.Stable, replayed));
        return GateJudge.Judge(gate, version, Pair(false), definition.JudgesReplayed ? Pair(true) : null, definition.GateAlpha);
    }

    private static string Reachable(RolloutUnit unit) => unit == RolloutUnit.Request ? "" : $"; only those that name {(unit == RolloutUnit.User ? "a user" : "an item")} can";

    private static IEnumerable<string> Pending(RolloutDefinition definition, RolloutState state, CanaryStep step, string version, GateVerdict[] verdicts)
    {
        var elapsed = state.Time - state.StepStarted;
        if (state.Sums(state.Step, version, false).Requests == 0 && !verdicts.Any(verdict => verdict.Replayed))
            yield return $"no request reached {version} in step {state.Step + 1}{Reachable(definition.Unit)}";
        if (elapsed < step.Duration)
            yield return $"step {state.Step + 1} of {definition.Steps.Count} at {Words.Percent(step.Weight)} lasts {Words.Time(step.Duration)}, {Words.Time(step.Duration - elapsed)} more";
        foreach (var verdict in verdicts.Where(verdict => verdict.Outcome == GateOutcome.Inconclusive))
            yield return verdict.Explanation;
        if (step.NeedsApproval && !state.IsApproved)
            yield return $"step {state.Step + 1} waits for approval";
    }

    private static RolloutDecision Advance(RolloutDefinition definition, RolloutState state, string version, GateVerdict[] verdicts)
    {
        string[] reasons = [.. verdicts.Select(verdict => verdict.Explanation)];
        if (state.Step == definition.Steps.Count - 1)
            return RolloutAnalysis.Promote(definition, state, version, reasons, verdicts);
        var next = state with
        {
            Step = state.Step + 1,
            StepStarts = [.. state.StepStarts, state.Time],
            IsApproved = false,
            Weights = [definition.Steps[state.Step + 1].Weight],
        };
        return new RolloutDecision(next, RolloutAction.Advance, reasons, verdicts);
    }
}
