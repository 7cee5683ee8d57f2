using Plumbline.Monitoring;

namespace Plumbline.Pipelines.Retraining;

/// <summary>What is done about signals now.</summary>
internal enum RetrainingStep
{
    Wait,
    Propose,
    Begin,
}

/// <param name="Signal">What it is done about; null while waiting.</param>
/// <param name="Why">Why nothing is done; else empty.</param>
internal sealed record RetrainingVerdict(RetrainingStep Step, RetrainingSignal? Signal, string Why);

/// <summary>Decides by the policy, what asks for a retraining, and what was done before: docs/specs/retraining.md. Reads no clock and no store.</summary>
internal static class RetrainingDecider
{
    /// <param name="cycles">All of the model of the budget's period, and the last one, in any order.</param>
    /// <param name="labels">Joined since the champion was registered, and the last cycle began.</param>
    public static RetrainingVerdict Decide(RetrainingPolicy policy, IReadOnlyCollection<RetrainingCycle> cycles, IReadOnlyList<RetrainingSignal> signals, long labels, DateTimeOffset now)
    {
        if (policy.Mode == RetrainingMode.Off)
            return Wait("retraining.mode is off");
        // What may begin by itself stands before what needs approval; of equal ones the first.
        var asking = signals.Where(signal => signal.Asks).OrderBy(signal => signal.Action).ToArray();
        if (asking.Length == 0)
            return Wait("nothing asks for it");
        if (cycles.FirstOrDefault(cycle => cycle.IsOpen) is { } open)
            return Wait($"cycle {open.Id} is open");
        if (cycles.Max(cycle => cycle.Ended) is { } ended && now - ended < policy.CoolDown)
            return Wait(FormattableString.Invariant($"the last cycle ended at {ended:yyyy-MM-dd HH:mm:ss}Z, and cools down until {ended + policy.CoolDown:yyyy-MM-dd HH:mm:ss}Z"));
        var spent = cycles.Where(cycle => IsSpent(cycle) && cycle.Created > now - policy.Budget.Period).ToArray();
        if (spent.Length >= policy.Budget.Runs)
            return Wait(FormattableString.Invariant($"{spent.Length} of {policy.Budget.Runs} runs of the budget are spent until {spent.Min(cycle => cycle.Created) + policy.Budget.Period:yyyy-MM-dd HH:mm:ss}Z"));
        if (labels < policy.Data.WaitForLabels)
            return Wait(FormattableString.Invariant($"{labels:n0} new labels have come, of {policy.Data.WaitForLabels:n0} that are waited for"));
        var isProposed = policy.Mode == RetrainingMode.Approve || asking[0].Action == DriftAction.Approve;
        return new RetrainingVerdict(isProposed ? RetrainingStep.Propose : RetrainingStep.Begin, asking[0] with { Why = [.. asking.SelectMany(signal => signal.Why)] }, "");
    }

    /// <summary>What was rejected or expired had no run.</summary>
    private static bool IsSpent(RetrainingCycle cycle) => cycle.State is not (CycleState.Rejected or CycleState.Expired);

    private static RetrainingVerdict Wait(string why) => new(RetrainingStep.Wait, null, why);
}
