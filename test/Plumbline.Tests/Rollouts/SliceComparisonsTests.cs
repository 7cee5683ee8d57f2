using Plumbline.Rollouts;
using Plumbline.Rollouts.Gates;
using Plumbline.Statistics;
using Plumbline.Tests.Statistics;

namespace Plumbline.Tests.Rollouts;

public sealed class SliceComparisonsTests(ITestOutputHelper output)
{
    private const string Stable = "reviews/3", Candidate = "reviews/4";
    private const int Countries = 8, RowsALook = 50, Looks = 30;

    private static readonly RolloutDefinition Test = new("reviews-ab", RolloutKind.Ab, Stable, [new(Candidate, 0.5)])
    {
        // So small an effect that no test ends by finding none.
        Test = new AbTest(RolloutMetric.Accuracy, 0.001, Countries * RowsALook * Looks * 2, Slices: ["country"], MostSlices: Countries),
    };

    [Fact]
    public void Analyse_HundredTestsOfNoDifferenceInManySlices_ClaimOneInAnySliceInAtMostFive()
    {
        const int Runs = 100;
        var (alone, corrected) = (0, 0);
        SequenceErrors.Count(Runs, 21, random =>
        {
            var (claims, single) = Run(random, _ => 0.8);
            Interlocked.Add(ref corrected, claims.Count > 0 ? 1 : 0);
            Interlocked.Add(ref alone, single ? 1 : 0);
            return true;
        });
        output.WriteLine($"in any of {Countries} slices a difference was claimed in {corrected} of {Runs} tests; by bounds that hold for each alone in {alone}");
        corrected.ShouldBeLessThanOrEqualTo(5);
        alone.ShouldBeGreaterThan(corrected);
    }

    [Fact]
    public void Analyse_CandidateThatIsWorseInOneSlice_IsToldSoThere()
    {
        var (claims, _) = Run(new RandomSource(5), country => country == 3 ? 0.6 : 0.8);
        claims.ShouldBe(["c3"]);
    }

    [Fact]
    public void Analyse_BySlice_CountsArmsTellsLossesAndWhatIsInNoSlice()
    {
        var definition = Test with { Test = Test.Test! with { Horizon = 2000 } };
        var better = VersionSums.None with { Units = 3000, Confusion = [new("bad", "bad", 1400), new("bad", "good", 200), new("good", "good", 1400)], Slices = [Sums("DE", 300, 200), Sums("FR", 40, 10)] };
        var stable = VersionSums.None with { Units = 3000, Confusion = [new("bad", "bad", 900), new("bad", "good", 700), new("good", "good", 1400)], Slices = [Sums("DE", 480, 20), Sums("FR", 45, 5)] };
        var decision = Once(definition, stable, better);
        (decision.Action, decision.Reasons.Count).ShouldBe((RolloutAction.Promote, 2));
        decision.Reasons[1].ShouldBe(
            $"{Candidate} is worse in country DE: accuracy 0.6000 over 500 rows against stable's 0.9600 over 500, within {Words.Signed(Slice(0).Low)} and {Words.Signed(Slice(0).High)}, corrected for 8 slices");
        var report = decision.Test!;
        (report.MostSlices, report.Columns).ShouldBe((8, report.Columns));
        report.Columns.ShouldBe([new SlicedColumn("country", 6000, 4900)]);
        report.Slices!.Select(slice => (slice.Column, slice.Value, slice.Version, slice.Verdict, slice.CandidateRows, slice.StableRows)).ShouldBe(
            [("country", "DE", Candidate, AbVerdict.Worse, 500, 500), ("country", "FR", Candidate, AbVerdict.Undecided, 50, 50)]);
        (Slice(0).Candidate, Slice(0).Stable, Slice(0).Missing, Slice(1).Missing).ShouldBe((0.6, 0.96, null, "50 of 100 rows in an arm"));
        Slice(0).Effect!.Value.ShouldBe(-0.36, 1e-9);
        // The same numbers for all of the feedback are bounded more tightly.
        var alone = Once(definition with { Test = definition.Test! with { Slices = null, MostSlices = null } }, stable with { Confusion = stable.Slices[0].Confusion }, better with { Confusion = better.Slices[0].Confusion });
        alone.Test!.Slices.ShouldBeNull();
        (Slice(0).High - Slice(0).Low).ShouldBeGreaterThan(alone.Test.Comparisons[0].High - alone.Test.Comparisons[0].Low);

        SliceComparison Slice(int i) => decision.Test!.Slices![i];

        static SliceSums Sums(string country, long right, long wrong) => new("country", country, [new("good", "good", right), new("good", "bad", wrong)], []);
    }

    [Fact]
    public void Analyse_SlicesOfGatesAlone_AreTold()
    {
        var definition = Test with
        {
            Test = new AbTest(RolloutMetric.Accuracy, 0.05, 2000),
            Gates = [new() { Kind = GateKind.Accuracy, Column = "country", Value = "DE", Margin = 0.5 }],
        };
        var sums = VersionSums.None with { Units = 300, Confusion = [new("good", "good", 300)], Slices = [new("country", "DE", [new("good", "good", 150)], [])] };
        var report = Once(definition, sums, sums).Test!;
        (report.MostSlices, report.Slices!.ShouldHaveSingleItem().Value).ShouldBe((1, "DE"));
    }

    [Fact]
    public void Analyse_BeforeTheLeastDurationOrMismatched_ConcludesNothingOfSlicesEither()
    {
        var sums = VersionSums.None with { Units = 3000, Confusion = [new("good", "good", 3000)], Slices = [new("country", "DE", [new("good", "good", 1500)], [])] };
        var worse = sums with { Slices = [new("country", "DE", [new("good", "bad", 1500)], [])] };
        Once(Test with { Test = Test.Test! with { LeastDuration = TimeSpan.FromDays(7) } }, sums, worse).Test!.Slices!.ShouldHaveSingleItem().Missing.ShouldStartWith("the test lasts 7 days");
        Once(Test, sums, worse with { Units = 1500 }).Test!.Slices!.ShouldHaveSingleItem().Verdict.ShouldBe(AbVerdict.Invalid);
    }

    [Theory]
    [InlineData(RolloutMetric.Accuracy, new string[0], null, "test.slices: name categorical inputs")]
    [InlineData(RolloutMetric.Accuracy, new[] { "country", "country" }, null, "test.slices: name categorical inputs")]
    [InlineData(RolloutMetric.Outcome, new[] { "country" }, null, "test.slices: only scores of feedback")]
    [InlineData(RolloutMetric.Accuracy, new[] { "country" }, 0, "test.most_slices: 0 is not within 1 and 200")]
    [InlineData(RolloutMetric.Accuracy, new[] { "country" }, 201, "test.most_slices: 201 is not within 1 and 200")]
    [InlineData(RolloutMetric.Accuracy, null, 5, "test.most_slices: belongs to test.slices")]
    public void Validate_SlicesThatCannotBe_NamesTheKey(RolloutMetric metric, string[]? slices, int? most, string message) =>
        Should.Throw<ArgumentException>((Test with { Test = new AbTest(metric, 0.05, 1000, Slices: slices, MostSlices: most) }).Validate).Message.ShouldStartWith(message);

    /// <returns>Slices of which something was ever claimed, and whether it would have been of any by bounds that hold for each alone.</returns>
    private static (IReadOnlyCollection<string> Claims, bool Alone) Run(RandomSource random, Func<int, double> candidate)
    {
        var (state, claims, alone) = (RolloutAnalysis.Begin(Test, SimulatedRollout.Start), new SortedSet<string>(StringComparer.Ordinal), false);
        for (var look = 0; look < Looks && state.Phase == RolloutPhase.Running; look++)
        {
            var (from, until) = (SimulatedRollout.Start.AddMinutes(look), SimulatedRollout.Start.AddMinutes(look + 1));
            var decision = RolloutAnalysis.Analyse(
                Test, state, [new Measurement(Stable, "s", from, until, false, Count(random, _ => 0.8)), new Measurement(Candidate, "s", from, until, false, Count(random, candidate))], until);
            state = decision.State;
            claims.UnionWith(decision.Test!.Slices!.Where(slice => slice.Verdict is AbVerdict.Better or AbVerdict.Worse).Select(slice => slice.Value));
            alone |= Enumerable.Range(0, Countries).Select(country => new Slice("country", $"c{country}")).Any(slice => MetricEffect.Of(
                RolloutMetric.Accuracy, null, state.Sums(0, Candidate, false).Of(slice), state.Sums(0, Stable, false).Of(slice), Test.Test!.Horizon / Countries, 100, Test.Alpha) is { Missing: null } effect
                && (effect.Low > 0 || effect.High < 0));
        }
        return (claims, alone);
    }

    private static VersionSums Count(RandomSource random, Func<int, double> accuracy)
    {
        SliceSums[] slices = [.. Enumerable.Range(0, Countries).Select(country =>
        {
            var right = Binomial.Draw(random, RowsALook, accuracy(country));
            return new SliceSums("country", $"c{country}", [new("good", "bad", RowsALook - right), new("good", "good", right)], []);
        })];
        return new VersionSums { Units = Countries * RowsALook, Confusion = slices.Aggregate((IReadOnlyList<LabelPair>)[], (sum, slice) => LabelPair.Sum(sum, slice.Confusion)), Slices = slices };
    }

    private static RolloutDecision Once(RolloutDefinition definition, VersionSums stable, VersionSums candidate)
    {
        var state = RolloutAnalysis.Begin(definition, SimulatedRollout.Start);
        var until = state.Started.AddMinutes(1);
        return RolloutAnalysis.Analyse(definition, state, [new Measurement(Stable, "s", state.Started, until, false, stable), new Measurement(Candidate, "s", state.Started, until, false, candidate)], until);
    }
}
