using Plumbline.Rollouts;
using Plumbline.Rollouts.Gates;
using Plumbline.Tests.Statistics;

namespace Plumbline.Tests.Rollouts;

public sealed class AbAnalysisTests(ITestOutputHelper output)
{
    private const string Stable = "reviews/3", Candidate = "reviews/4", Other = "reviews/5";
    private const double Effect = 0.05;

    /// <summary>For an accuracy of 0.8, of which one row deviates by 0.4.</summary>
    private static readonly long Horizon = AbTest.RequiredRows(0.4, Effect);

    private static readonly RolloutDefinition Test = new("reviews-ab", RolloutKind.Ab, Stable, [new(Candidate, 0.5)])
    {
        Test = new AbTest(RolloutMetric.Accuracy, Effect, Horizon),
    };

    [Theory]
    [InlineData(Effect, AbVerdict.Better)]
    [InlineData(-Effect, AbVerdict.Worse)]
    [InlineData(0, AbVerdict.Equivalent)]
    public void Analyse_HundredTestsAtTheMinimumEffect_AreRightInNinetyFive(double effect, AbVerdict right)
    {
        const int Runs = 100;
        SequenceErrors.Count(Runs, 1, random => Run(random.NextUInt64(), effect).Test!.Verdict == right).ShouldBeGreaterThanOrEqualTo(95);
    }

    [Fact]
    public void Analyse_HundredTestsOfNoDifference_ClaimOneInAtMostFive()
    {
        const int Runs = 100;
        SequenceErrors.Count(Runs, 2, random => Run(random.NextUInt64(), 0).Test!.Verdict is not (AbVerdict.Equivalent or AbVerdict.Undecided)).ShouldBeLessThanOrEqualTo(5);
    }

    [Fact]
    public void Analyse_MacroF1_IsRightInNinetyFiveOfAHundred()
    {
        const int Runs = 100;
        // A row of macro-F1 deviates somewhat more than one of accuracy.
        var definition = Test with { Test = Test.Test! with { Metric = RolloutMetric.MacroF1, Horizon = AbTest.RequiredRows(0.43, Effect) } };
        SequenceErrors.Count(Runs, 3, random => Run(random.NextUInt64(), Effect, definition).Test!.Verdict == AbVerdict.Better).ShouldBeGreaterThanOrEqualTo(95);
    }

    // Shown in docs/specs/rollouts.md.
    [Fact(Explicit = true)]
    public void Analyse_ThousandTests_Report()
    {
        const int Runs = 1000;
        foreach (var metric in new[] { RolloutMetric.Accuracy, RolloutMetric.MacroF1 })
        {
            var definition = Test with { Test = Test.Test! with { Metric = metric, Horizon = AbTest.RequiredRows(metric == RolloutMetric.Accuracy ? 0.4 : 0.43, Effect) } };
            foreach (var effect in new[] { 0, Effect, -Effect, Effect / 2 })
            {
                var (counts, rows) = (new int[Enum.GetValues<AbVerdict>().Length], 0L);
                SequenceErrors.Count(Runs, 4, random =>
                {
                    var test = Run(random.NextUInt64(), effect, definition).Test!;
                    Interlocked.Increment(ref counts[(int)test.Verdict]);
                    Interlocked.Add(ref rows, test.Arms.Min(arm => arm.Rows));
                    return true;
                });
                var verdicts = Enum.GetValues<AbVerdict>().Where(verdict => counts[(int)verdict] > 0).Select(verdict => $"{RolloutJson.NameOf(verdict)} {counts[(int)verdict]}");
                output.WriteLine($"{RolloutJson.NameOf(metric)}, effect {effect}: {string.Join(", ", verdicts)}, after {rows / Runs} of {definition.Test!.Horizon} rows an arm");
            }
        }
    }

    [Fact]
    public void Analyse_BetterCandidate_PromotesWithEffectIntervalSamplesAndLabels()
    {
        var decision = Run(7, Effect);
        output.WriteLine(string.Join("\n", decision.Reasons));
        (decision.Action, decision.State.Winner).ShouldBe((RolloutAction.Promote, Candidate));
        var report = decision.Test!;
        var comparison = report.Comparisons.ShouldHaveSingleItem();
        comparison.Low.ShouldBeGreaterThan(0);
        comparison.Effect!.Value.ShouldBeInRange(comparison.Low, comparison.High);
        comparison.LogEvidence.ShouldBeGreaterThan(Math.Log(1 / 0.05));
        report.Arms.Select(arm => arm.Version).ShouldBe([Stable, Candidate]);
        report.Arms.ShouldAllBe(arm => arm.Units > 400 && arm.Rows == arm.Units && arm.Share == 0.5);
        comparison.Labels.Select(label => label.Label).ShouldBe(["bad", "good"]);
        comparison.Labels.ShouldAllBe(label => label.CandidateRecall > 0.75 && label.Low <= label.Effect && label.Effect <= label.High);
        decision.Reasons.ShouldHaveSingleItem().ShouldStartWith($"{Candidate} is better: accuracy 0.8");
        var after = RolloutAnalysis.Analyse(Test, decision.State, [], decision.State.Time.AddDays(1));
        (after.Action, after.Test!.Verdict, after.Test.Comparisons[0].Explanation).ShouldBe((RolloutAction.Hold, AbVerdict.Better, comparison.Explanation));
    }

    [Fact]
    public void Analyse_ArmThatLosesUsers_IsInvalidForGood()
    {
        var users = new SimulatedUsers(Test with { Test = Test.Test! with { Horizon = 50_000 } }, Accuracies(0), 11) { Loss = 0.15 };
        var decision = users.Run(20_000);
        output.WriteLine(decision.Reasons[0]);
        (decision.Action, decision.Test!.Verdict, decision.State.Phase).ShouldBe((RolloutAction.Hold, AbVerdict.Invalid, RolloutPhase.Running));
        decision.Test.Comparisons.ShouldAllBe(comparison => comparison.Verdict == AbVerdict.Invalid);
        decision.Reasons.ShouldHaveSingleItem().ShouldContain("which chance does not explain");
    }

    [Fact]
    public void Analyse_UnitsThatNobodyCounted_ConcludesNothing()
    {
        var sums = VersionSums.None with { Confusion = [new("bad", "bad", 4000), new("good", "good", 4000)] };
        var decision = Once(Test, (Stable, sums with { Confusion = [new("bad", "good", 4000), new("good", "good", 4000)] }), (Candidate, sums));
        (decision.Action, decision.Test!.Verdict).ShouldBe((RolloutAction.Hold, AbVerdict.Undecided));
        decision.Reasons.ShouldHaveSingleItem().ShouldStartWith("no units were counted");
    }

    [Fact]
    public void Analyse_FailingGuardrail_IsHarmfulThoughTheMetricIsBetter()
    {
        var definition = Test with { Gates = [new() { Kind = GateKind.ErrorRate, Most = 0.02 }] };
        var sums = VersionSums.None with { Units = 3000, Requests = 3000, Confusion = [new("bad", "bad", 900), new("bad", "good", 600), new("good", "good", 1500)] };
        var better = sums with { Confusion = [new("bad", "bad", 1400), new("bad", "good", 100), new("good", "good", 1500)] };
        Once(definition, (Stable, sums), (Candidate, better)).Test!.Verdict.ShouldBe(AbVerdict.Better);
        var decision = Once(definition, (Stable, sums), (Candidate, better with { Errors = 200 }));
        (decision.Action, decision.Test!.Verdict).ShouldBe((RolloutAction.RollBack, AbVerdict.Harmful));
        decision.Reasons.ShouldHaveSingleItem().ShouldStartWith($"{Candidate} fails: error rate 6.667 % over 3,000 requests, at most 2 %");
        decision.Test.Comparisons[0].Explanation.ShouldStartWith($"{Candidate} is harmful: error rate");
        // Lost units make the test invalid, but harm is not waited out.
        var mismatched = Once(definition, (Stable, sums), (Candidate, better with { Errors = 200, Units = 2000 }));
        (mismatched.Action, mismatched.Test!.Verdict, mismatched.Reasons.Count).ShouldBe((RolloutAction.RollBack, AbVerdict.Invalid, 2));
    }

    [Fact]
    public void Analyse_GuardrailThatIsOpen_HoldsABetterCandidate()
    {
        var definition = Test with { Gates = [new() { Kind = GateKind.LatencyP99, Most = 100 }] };
        var sums = VersionSums.None with { Units = 3000, Requests = 3000, Confusion = [new("bad", "bad", 900), new("bad", "good", 600), new("good", "good", 1500)] };
        var decision = Once(definition, (Stable, sums), (Candidate, sums with { Confusion = [new("bad", "bad", 1400), new("bad", "good", 100), new("good", "good", 1500)] }));
        (decision.Action, decision.Test!.Verdict).ShouldBe((RolloutAction.Hold, AbVerdict.Better));
        decision.Reasons[1].ShouldBe("latency_p99: 0 of 1,000 requests, too few to judge");
    }

    [Fact]
    public void Analyse_SeveralCandidates_PromotesTheBest()
    {
        var definition = Test with { Candidates = [new(Candidate, 0.3), new(Other, 0.3)], Test = Test.Test! with { Horizon = 2 * Horizon } };
        var decision = new SimulatedUsers(definition, new Dictionary<string, double> { [Stable] = 0.8, [Candidate] = 0.86, [Other] = 0.72 }, 5).Run(100_000);
        (decision.Action, decision.State.Winner).ShouldBe((RolloutAction.Promote, Candidate));
        decision.Test!.Comparisons.Select(comparison => comparison.Verdict).ShouldBe([AbVerdict.Better, AbVerdict.Worse]);
        decision.State.Weights.ShouldBe([1, 0]);
    }

    [Fact]
    public void Analyse_UndecidedAtTheHorizon_HoldsAndSaysHowManyRowsItTakes()
    {
        var definition = Test with { Test = Test.Test! with { Horizon = 1000 } };
        var decision = new SimulatedUsers(definition, Accuracies(Effect / 2), 13).Run(100_000);
        output.WriteLine(decision.Reasons[0]);
        (decision.Action, decision.Test!.Verdict, decision.Test.HasEnded).ShouldBe((RolloutAction.Hold, AbVerdict.Undecided, true));
        decision.Reasons.ShouldHaveSingleItem().ShouldContain("the horizon is reached, but the minimum effect takes about");
        ((double)decision.Test.Comparisons[0].RowsNeeded!.Value).ShouldBe(Horizon, Horizon * 0.15);
    }

    [Fact]
    public void Analyse_BeforeTheLeastDuration_ConcludesNothing()
    {
        var definition = Test with { Test = Test.Test! with { LeastDuration = TimeSpan.FromDays(7) } };
        var decision = Run(7, Effect, definition);
        (decision.Action, decision.Test!.Verdict, decision.Test.HasEnded).ShouldBe((RolloutAction.Hold, AbVerdict.Undecided, false));
        decision.Reasons.ShouldHaveSingleItem().ShouldStartWith($"{Candidate} is undecided: the test lasts 7 days, ");
        RolloutAnalysis.Analyse(definition, decision.State, [], SimulatedRollout.Start.AddDays(7)).Action.ShouldBe(RolloutAction.Promote);
    }

    [Fact]
    public void Analyse_RareLabel_LeavesMacroF1UndecidedAndNamesIt()
    {
        var definition = Test with { Test = Test.Test! with { Metric = RolloutMetric.MacroF1 } };
        var sums = VersionSums.None with { Units = 3000, Confusion = [new("bad", "bad", 1400), new("rare", "good", 7), new("good", "good", 1500)] };
        Once(definition, (Stable, sums), (Candidate, sums)).Reasons.ShouldBe([$"{Candidate} is undecided: label rare has 7 of 30 rows in an arm"]);
    }

    /// <summary>Rows of one user are alike, so that they say less than as many users; without groups that would not be seen.</summary>
    [Theory]
    [InlineData(true, 0, 5)]
    [InlineData(false, 15, 100)]
    public void Analyse_ManyRowsOfAUser_CountAsWhatTheyAreOnlyByGroups(bool keepsGroups, int fewest, int most)
    {
        const int Runs = 100;
        var definition = Test with { Test = Test.Test! with { Horizon = 20_000, MinimumEffect = 0.001 } };
        SequenceErrors.Count(Runs, 6, random =>
            new SimulatedUsers(definition, Accuracies(0), random.NextUInt64()) { RowsEach = 10, Spread = 0.5, KeepsGroups = keepsGroups }.Run(4000).Test!.Verdict is AbVerdict.Better or AbVerdict.Worse)
            .ShouldBeInRange(fewest, most);
    }

    private static RolloutDecision Run(ulong seed, double effect, RolloutDefinition? definition = null) => new SimulatedUsers(definition ?? Test, Accuracies(effect), seed).Run(100_000);

    private static RolloutDecision Once(RolloutDefinition definition, params (string Version, VersionSums Sums)[] arms)
    {
        var state = RolloutAnalysis.Begin(definition, SimulatedRollout.Start);
        return RolloutAnalysis.Analyse(definition, state, arms.Select(arm => new Measurement(arm.Version, "s", state.Started, state.Started.AddMinutes(1), false, arm.Sums)), state.Started.AddMinutes(1));
    }

    private static Dictionary<string, double> Accuracies(double effect) => new() { [Stable] = 0.8, [Candidate] = 0.8 + effect };
}
