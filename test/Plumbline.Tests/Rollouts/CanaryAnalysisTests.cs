using System.Text.Json;
using Plumbline.Rollouts;
using Plumbline.Rollouts.Gates;

namespace Plumbline.Tests.Rollouts;

public sealed class CanaryAnalysisTests(ITestOutputHelper output)
{
    private const string Stable = "reviews/3", Candidate = "reviews/4";

    private static readonly RolloutDefinition Canary = new("reviews-4", RolloutKind.Canary, Stable, [new(Candidate)])
    {
        Gates =
        [
            new() { Kind = GateKind.LatencyP99, MostRatio = 1.5 },
            new() { Kind = GateKind.ErrorRate, Margin = 0.02 },
            new() { Kind = GateKind.ConfidenceShift, Most = 0.1 },
            new() { Kind = GateKind.Disagreement, Most = 0.3 },
            new() { Kind = GateKind.InputDrift, Most = 0.25 },
        ],
        Steps =
        [
            new(0.05) { Duration = TimeSpan.FromMinutes(10) },
            new(0.25) { Duration = TimeSpan.FromMinutes(10) },
            new(0.5) { Duration = TimeSpan.FromMinutes(10), Gates = [new() { Kind = GateKind.MacroF1, Margin = 0.05 }, new() { Kind = GateKind.Accuracy, Least = 0.6 }] },
        ],
    };

    [Fact]
    public void Analyse_BetterCandidate_PromotesItself()
    {
        var rollout = Simulate(Canary, new(Candidate) { Accuracy = 0.85, MedianMilliseconds = 15 }).Run(120);
        Show(rollout);
        (rollout.State.Phase, rollout.State.Winner, rollout.State.Weights).ShouldBe((RolloutPhase.Promoted, Candidate, rollout.State.Weights));
        rollout.State.Weights.ShouldBe([1.0]);
        rollout.Decisions.Count(decision => decision.Action == RolloutAction.Advance).ShouldBe(2);
        rollout.Minutes.ShouldBeGreaterThanOrEqualTo(30);
        rollout.Last.Reasons.ShouldContain(reason => reason.StartsWith("macro-F1 0.8", StringComparison.Ordinal));
    }

    public static TheoryData<string, double, double, double, double, double> Faults => new()
    {
        // What is broken; accuracy, errors, median ms, confidence, disagreement.
        { "p99", 0.8, 0.002, 36, 0.8, 0.1 },
        { "error rate", 0.8, 0.06, 18, 0.8, 0.1 },
        { "mean confidence", 0.8, 0.002, 18, 0.6, 0.1 },
        { "disagreement with stable", 0.8, 0.002, 18, 0.8, 0.5 },
        { "macro-F1", 0.7, 0.002, 18, 0.8, 0.1 },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void Analyse_WorseCandidate_RollsItselfBack(string fault, double accuracy, double errors, double milliseconds, double confidence, double disagreement)
    {
        var candidate = new SimulatedVersion(Candidate)
        {
            Accuracy = accuracy,
            ErrorRate = errors,
            MedianMilliseconds = milliseconds,
            Confidence = confidence,
            Disagreement = disagreement,
        };
        var rollout = Simulate(Canary, candidate).Run(300);
        Show(rollout);
        rollout.State.Phase.ShouldBe(RolloutPhase.RolledBack);
        rollout.State.Weights.ShouldBe([0.0]);
        rollout.Last.Action.ShouldBe(RolloutAction.RollBack);
        rollout.Last.Reasons.ShouldHaveSingleItem().ShouldStartWith($"{Candidate} fails: {fault} ");
        rollout.State.Journal[^1].Reasons.ShouldBe(rollout.Last.Reasons);
    }

    [Fact]
    public void Analyse_NoTraffic_Holds()
    {
        var rollout = new SimulatedRollout(Canary, [new(Stable)], 600, 1).Run(240);
        Show(rollout);
        (rollout.State.Phase, rollout.State.Step).ShouldBe((RolloutPhase.Running, 0));
        rollout.State.Weights.ShouldBe([0.05]);
        rollout.Last.Reasons.ShouldContain($"no request reached {Candidate} in step 1; only those that name a user can");
        rollout.Last.Reasons.ShouldContain("latency_p99: 0 of 1,000 requests, too few to judge");
    }

    [Theory]
    [InlineData(OverdueAction.Stay, RolloutPhase.Running)]
    [InlineData(OverdueAction.RollBack, RolloutPhase.RolledBack)]
    public void Analyse_NoTrafficUntilTheDeadline_DoesAsDefined(OverdueAction overdue, RolloutPhase phase)
    {
        var definition = Canary with { Steps = [Canary.Steps[0] with { Deadline = TimeSpan.FromMinutes(60), Overdue = overdue }] };
        var rollout = new SimulatedRollout(definition, [new(Stable)], 600, 1).Run(59);
        rollout.State.Phase.ShouldBe(RolloutPhase.Running);
        rollout.Run(1).State.Phase.ShouldBe(phase);
        rollout.Last.Reasons[0].ShouldBe("step 1 is undecided after its deadline of 60 min");
    }

    [Fact]
    public void Analyse_ReplayedTrafficWithoutLive_JudgesItOnlyWhereAllowed()
    {
        var idle = new SimulatedVersion(Candidate);
        var held = new SimulatedRollout(Canary, [new(Stable), idle], 0, 3).Run(60, replay: 300);
        (held.State.Phase, held.State.Step).ShouldBe((RolloutPhase.Running, 0));
        var judged = new SimulatedRollout(Canary with { JudgeReplayed = true }, [new(Stable), idle], 0, 3).Run(60, replay: 300);
        judged.State.Phase.ShouldBe(RolloutPhase.Promoted);
        judged.Last.Verdicts.Where(verdict => verdict.Gate != "input_drift").ShouldAllBe(verdict => verdict.Replayed);
        judged.Last.Reasons[0].ShouldEndWith("on replayed traffic");
        var slow = new SimulatedRollout(Canary with { JudgeReplayed = true }, [new(Stable), idle with { MedianMilliseconds = 40 }], 0, 3).Run(60, replay: 300);
        slow.State.Phase.ShouldBe(RolloutPhase.RolledBack);
    }

    [Fact]
    public void Analyse_CandidatesAtTheirLimits_AreRolledBackInAtMostAlphaOfRollouts()
    {
        // Each gate is exactly at its limit, looked at every minute.
        var definition = Canary with { Gates = [new() { Kind = GateKind.ErrorRate, Margin = 0.02 }, new() { Kind = GateKind.Disagreement, Most = 0.3 }], Steps = [Canary.Steps[0]] };
        const int Runs = 40;
        var count = Enumerable.Range(0, Runs).Count(run =>
            new SimulatedRollout(definition, [new(Stable), new(Candidate) { ErrorRate = 0.022, Disagreement = 0.3, Feedback = 0 }], 300, (ulong)run).Run(40).State.Phase == RolloutPhase.RolledBack);
        count.ShouldBeLessThanOrEqualTo(4);
    }

    [Fact]
    public void Analyse_StepThatNeedsApproval_WaitsForIt()
    {
        var definition = Canary with { Steps = [Canary.Steps[0] with { NeedsApproval = true }, Canary.Steps[1]] };
        var rollout = Simulate(definition, new(Candidate)).Run(60);
        rollout.State.Step.ShouldBe(0);
        rollout.Last.Reasons.ShouldBe(["step 1 waits for approval"]);
        var now = rollout.State.Time;
        RolloutAnalysis.Analyse(definition, RolloutAnalysis.Approve(rollout.State, 1), [], now).Action.ShouldBe(RolloutAction.Hold);
        var decision = RolloutAnalysis.Analyse(definition, RolloutAnalysis.Approve(rollout.State, 0), [], now);
        (decision.Action, decision.State.Step, decision.State.IsApproved).ShouldBe((RolloutAction.Advance, 1, false));
    }

    [Fact]
    public void Analyse_SameCallAgain_ChangesNothing()
    {
        var random = new Plumbline.Statistics.RandomSource(1);
        var now = SimulatedRollout.Start.AddMinutes(15);
        Measurement[] measurements = [.. new[] { Stable, Candidate }.Select(version =>
            new Measurement(version, "server-1", SimulatedRollout.Start, now, false, new SimulatedVersion(version).Answer(random, 5000)))];
        var first = RolloutAnalysis.Analyse(Canary, RolloutAnalysis.Begin(Canary, SimulatedRollout.Start), measurements, now);
        first.Action.ShouldBe(RolloutAction.Advance);
        var second = RolloutAnalysis.Analyse(Canary, first.State, measurements, now);
        second.Action.ShouldBe(RolloutAction.Hold);
        second.State.ShouldBeSameAs(first.State);
        // The order in which servers are heard makes no difference.
        var reversed = RolloutAnalysis.Analyse(Canary, RolloutAnalysis.Begin(Canary, SimulatedRollout.Start), measurements.Reverse(), now);
        Json(reversed.State).ShouldBe(Json(first.State));
    }

    [Fact]
    public void Analyse_ClockGoesBack_TimeDoesNot()
    {
        var rollout = Simulate(Canary, new(Candidate)).Run(5);
        var decision = RolloutAnalysis.Analyse(Canary, rollout.State, [], SimulatedRollout.Start.AddDays(-1));
        decision.State.ShouldBeSameAs(rollout.State);
        var late = new Measurement(Stable, "server-2", SimulatedRollout.Start, SimulatedRollout.Start.AddMinutes(1), false, VersionSums.None with { Requests = 7 });
        RolloutAnalysis.Analyse(Canary, rollout.State, [late], SimulatedRollout.Start.AddDays(-1)).State.Time.ShouldBe(rollout.State.Time);
    }

    [Fact]
    public void Analyse_StateThroughJson_GoesOnTheSame()
    {
        var whole = Simulate(Canary, new(Candidate)).Run(12);
        whole.State.Step.ShouldBe(1);
        var read = JsonSerializer.Deserialize(Json(whole.State), RolloutJson.Default.RolloutState)!;
        var measurement = new Measurement(Candidate, "server-1", whole.State.Time, whole.State.Time.AddMinutes(1), false, VersionSums.None with { Requests = 100, Errors = 100 });
        var (one, other) = (RolloutAnalysis.Analyse(Canary, whole.State, [measurement], whole.State.Time.AddMinutes(1)), RolloutAnalysis.Analyse(Canary, read, [measurement], whole.State.Time.AddMinutes(1)));
        Json(other.State).ShouldBe(Json(one.State));
    }

    [Fact]
    public void Analyse_WindowOfTheStepBefore_CountsThere()
    {
        var rollout = Simulate(Canary, new(Candidate)).Run(12);
        rollout.State.Step.ShouldBe(1);
        var late = new Measurement(Candidate, "server-9", SimulatedRollout.Start, SimulatedRollout.Start.AddMinutes(2), false, VersionSums.None with { Requests = 500, Errors = 500 });
        var decision = RolloutAnalysis.Analyse(Canary, rollout.State, [late], rollout.State.Time.AddMinutes(1));
        decision.Action.ShouldBe(RolloutAction.Hold);
        decision.State.Sums(0, Candidate, false).Errors.ShouldBeGreaterThanOrEqualTo(500);
        decision.State.Sums(1, Candidate, false).Errors.ShouldBeLessThan(500);
    }

    [Fact]
    public void Analyse_ForeignVersionsAndEarlierWindows_AreNotCounted()
    {
        var state = RolloutAnalysis.Begin(Canary, SimulatedRollout.Start);
        var sums = VersionSums.None with { Requests = 9 };
        Measurement[] measurements =
        [
            new("reviews/2", "server-1", state.Started, state.Started.AddMinutes(1), false, sums),
            new(Candidate, "server-1", state.Started.AddMinutes(-1), state.Started.AddMinutes(1), false, sums),
        ];
        RolloutAnalysis.Analyse(Canary, state, measurements, state.Started.AddMinutes(2)).State.Totals.ShouldBeEmpty();
    }

    [Fact]
    public void Analyse_EndedRollout_StaysEnded()
    {
        var rollout = Simulate(Canary, new(Candidate)).Run(5);
        var aborted = RolloutAnalysis.Abort(Canary, rollout.State, "on call asked for it", rollout.State.Time.AddMinutes(1));
        (aborted.Action, aborted.State.Phase).ShouldBe((RolloutAction.RollBack, RolloutPhase.RolledBack));
        aborted.State.Journal[^1].Reasons.ShouldBe(["aborted: on call asked for it"]);
        var after = RolloutAnalysis.Analyse(Canary, aborted.State, [], rollout.State.Time.AddHours(1));
        after.State.ShouldBeSameAs(aborted.State);
        after.Reasons.ShouldBe([$"{Stable} has all traffic again"]);
        RolloutAnalysis.Promote(Canary, aborted.State, Candidate, "too late", rollout.State.Time).State.ShouldBeSameAs(aborted.State);
        var promoted = RolloutAnalysis.Promote(Canary, rollout.State, Candidate, "measured elsewhere", rollout.State.Time.AddMinutes(1));
        (promoted.State.Phase, promoted.State.Winner).ShouldBe((RolloutPhase.Promoted, Candidate));
        Should.Throw<ArgumentException>(() => RolloutAnalysis.Promote(Canary, rollout.State, Stable, "", rollout.State.Time)).Message.ShouldContain("no candidate of reviews-4");
    }

    [Fact]
    public void Analyse_StateOfAnotherDefinition_IsRefused()
    {
        var rollout = Simulate(Canary, new(Candidate)).Run(12);
        Should.Throw<ArgumentException>(() => RolloutAnalysis.Analyse(Canary with { Steps = [Canary.Steps[0]] }, rollout.State, [], rollout.State.Time.AddMinutes(1)))
            .Message.ShouldStartWith("The state is not one of reviews-4");
    }

    [Fact]
    public void Journal_ManyAnalyses_IsBounded()
    {
        var rollout = new SimulatedRollout(Canary, [new(Stable)], 10, 1).Run(200);
        rollout.State.Journal.Count.ShouldBeLessThan(10);
        rollout.State.Journal.Sum(entry => entry.Analyses).ShouldBe(200);
    }

    private static SimulatedRollout Simulate(RolloutDefinition definition, SimulatedVersion candidate) => new(definition, [new(Stable), candidate], 3000, 5);

    private static string Json(RolloutState state) => JsonSerializer.Serialize(state, RolloutJson.Default.RolloutState);

    private void Show(SimulatedRollout rollout)
    {
        foreach (var entry in rollout.State.Journal)
            output.WriteLine($"{entry.Until:HH:mm} step {entry.Step + 1} {RolloutJson.NameOf(entry.Action)}: {string.Join("; ", entry.Reasons)}");
    }
}
