using FsCheck.Xunit;
using Plumbline.Monitoring;
using Plumbline.Pipelines.Retraining;
using Plumbline.Pipelines.Runs;
using Plumbline.Statistics;

namespace Plumbline.Tests.Pipelines.Retraining;

public sealed class RetrainingDeciderTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 26, 12, 0, 0, TimeSpan.Zero);
    private static readonly RetrainingSignal Drift = new(TriggerKind.Drift, DriftAction.Retrain, ["text_len moved: PSI 0.41"]);
    private static readonly RetrainingPolicy Auto = new() { Mode = RetrainingMode.Auto, CoolDown = TimeSpan.FromHours(6), Budget = new RetrainingBudget(3) { Period = TimeSpan.FromDays(2) } };

    [Theory]
    [InlineData(RetrainingMode.Auto, DriftAction.Retrain, RetrainingStep.Begin)]
    [InlineData(RetrainingMode.Auto, DriftAction.Approve, RetrainingStep.Propose)]
    [InlineData(RetrainingMode.Auto, DriftAction.Watch, RetrainingStep.Wait)]
    [InlineData(RetrainingMode.Approve, DriftAction.Retrain, RetrainingStep.Propose)]
    [InlineData(RetrainingMode.Approve, DriftAction.None, RetrainingStep.Wait)]
    [InlineData(RetrainingMode.Off, DriftAction.Retrain, RetrainingStep.Wait)]
    public void Decide_ModeAndSignal_SayWhatIsDone(object mode, DriftAction action, object step) =>
        RetrainingDecider.Decide(Auto with { Mode = (RetrainingMode)mode }, [], [Drift with { Action = action }], 0, Noon).Step.ShouldBe((RetrainingStep)step);

    [Fact]
    public void Decide_SeveralSignals_TellsOfAllAndNeedsNoApprovalWhereOneDoesNot()
    {
        var grown = new RetrainingSignal(TriggerKind.Data, DriftAction.Retrain, ["the source has grown"]);
        var verdict = RetrainingDecider.Decide(Auto, [], [Drift with { Action = DriftAction.Approve }, grown, new RetrainingSignal(TriggerKind.Quality, DriftAction.None, ["all is well"])], 0, Noon);
        verdict.Step.ShouldBe(RetrainingStep.Begin);
        verdict.Signal!.Kind.ShouldBe(TriggerKind.Data);
        verdict.Signal.Why.ShouldBe(["the source has grown", "text_len moved: PSI 0.41"]);
    }

    [Fact]
    public void Decide_WhileItCoolsDown_SaysUntilWhen() =>
        RetrainingDecider.Decide(Auto, [Ended(CycleState.Promoted, Noon.AddHours(-2), Noon.AddHours(-1))], [Drift], 0, Noon).Why.ShouldBe("the last cycle ended at 2026-11-26 11:00:00Z, and cools down until 2026-11-26 17:00:00Z");

    [Fact]
    public void Decide_BudgetSpent_SaysUntilWhen()
    {
        var cycles = Enumerable.Range(1, 3).Select(i => Ended(CycleState.Refused, Noon.AddHours(-10 * i), Noon.AddHours((-10 * i) + 1))).ToArray();
        RetrainingDecider.Decide(Auto, cycles, [Drift], 0, Noon).Why.ShouldBe("3 of 3 runs of the budget are spent until 2026-11-27 06:00:00Z");
        cycles[0] = cycles[0] with { State = CycleState.Rejected };
        RetrainingDecider.Decide(Auto, cycles, [Drift], 0, Noon).Step.ShouldBe(RetrainingStep.Begin);
    }

    [Property(MaxTest = 50)]
    public void Decide_OverMonths_KeepsTheRules(int seed)
    {
        var random = new RandomSource((ulong)seed);
        var policy = new RetrainingPolicy
        {
            Mode = RetrainingMode.Auto,
            CoolDown = TimeSpan.FromHours(random.NextInt32(30)),
            Data = new RetrainingData { WaitForLabels = random.NextInt32(3) },
            Budget = new RetrainingBudget(1 + random.NextInt32(4)) { Period = TimeSpan.FromDays(1 + random.NextInt32(5)) },
        };
        var cycles = new List<RetrainingCycle>();
        for (var now = Noon; now < Noon.AddDays(40); now += TimeSpan.FromMinutes(20 + random.NextInt32(200)))
        {
            if (cycles is [.., { IsOpen: true } open] && random.NextInt32(3) == 0)
                cycles[^1] = open with { State = CycleState.Promoted + random.NextInt32(5), Ended = now };
            var signal = Drift with { Action = (DriftAction)random.NextInt32(4) };
            var labels = random.NextInt32(4);
            var verdict = RetrainingDecider.Decide(policy, cycles, [signal], labels, now);
            verdict.Step.ShouldBe(labels < policy.Data.WaitForLabels ? RetrainingStep.Wait : Expected(policy, cycles, signal, now));
            if (verdict.Step != RetrainingStep.Wait)
                cycles.Add(new RetrainingCycle($"{cycles.Count}", "reviews", verdict.Step == RetrainingStep.Begin ? CycleState.Approved : CycleState.Proposed, TriggerKind.Drift, [], "test", now));
        }
        cycles.Count(cycle => cycle.IsOpen).ShouldBeLessThanOrEqualTo(1);
        foreach (var (before, after) in cycles.Zip(cycles.Skip(1)))
            (after.Created - before.Ended!.Value).ShouldBeGreaterThanOrEqualTo(policy.CoolDown);
    }

    /// <summary>The rules once more, in other words.</summary>
    private static RetrainingStep Expected(RetrainingPolicy policy, List<RetrainingCycle> cycles, RetrainingSignal signal, DateTimeOffset now)
    {
        var isFree = cycles.TrueForAll(cycle => cycle.Ended is { } ended && ended + policy.CoolDown <= now);
        var spent = cycles.Count(cycle => now - cycle.Created < policy.Budget.Period && cycle.State is not (CycleState.Rejected or CycleState.Expired));
        if (signal.Action is DriftAction.None or DriftAction.Watch || !isFree || spent >= policy.Budget.Runs)
            return RetrainingStep.Wait;
        return signal.Action == DriftAction.Approve ? RetrainingStep.Propose : RetrainingStep.Begin;
    }

    private static RetrainingCycle Ended(CycleState state, DateTimeOffset created, DateTimeOffset ended) =>
        new("1", "reviews", state, TriggerKind.Drift, [], "test", created) { Ended = ended };
}
