using Plumbline.Rollouts;
using Plumbline.Rollouts.Gates;
using Plumbline.Tests.Learning.Evaluation;
using Plumbline.Tests.Reporting;

namespace Plumbline.Tests.Rollouts;

public sealed class RolloutPageTests
{
    private const string Stable = "reviews/3", Candidate = "reviews/4";

    [Theory]
    [InlineData("plain")]
    [InlineData(EvaluationReports.Hostile)]
    public void Render_TestBySlice_IsAccessibleAndMarkupOfOursAlone(string value)
    {
        var page = OfTest(value);
        page.ShouldBeAccessible();
        page.ShouldAskForNothingOutside();
        page.ShouldHaveNoMarkupBut(OfTest("plain"));
        OfTest(value).ShouldBe(page);
    }

    [Fact]
    public void Render_TestBySlice_ShowsArmsSlicesAndWhy()
    {
        var page = PageAssertions.Parse(OfTest("DE"));
        page.Descendants("h2").Select(heading => heading.Value).ShouldBe(["accuracy: better", "Slices", "Journal"]);
        var text = page.Root!.Value;
        text.ShouldContain("corrected for 8");
        text.ShouldContain("4,900 of 6,000 rows are in no slice");
        text.ShouldContain($"{Candidate} is worse in country DE");
        page.Descendants("tr").Single(row => row.Value.StartsWith("country DE", StringComparison.Ordinal)).Value.ShouldContain("0.6000");
        page.Descendants("tr").Single(row => row.Value.StartsWith("country FR", StringComparison.Ordinal)).Value.ShouldContain("50 of 100 rows in an arm");
    }

    [Fact]
    public void Render_Canary_HasItsJournalAlone()
    {
        var definition = new RolloutDefinition("reviews-4", RolloutKind.Canary, Stable, [new(Candidate, 0.05)])
        {
            Gates = [new() { Kind = GateKind.ErrorRate, Margin = 0.005 }],
            Steps = [new CanaryStep(0.05, TimeSpan.FromMinutes(10))],
        };
        var begun = RolloutAnalysis.Begin(definition, SimulatedRollout.Start);
        var state = RolloutAnalysis.Analyse(definition, begun, [], begun.Started.AddMinutes(1)).State;
        var page = Render(definition, state);
        page.ShouldBeAccessible();
        PageAssertions.Parse(page).Descendants("h2").Select(heading => heading.Value).ShouldBe(["Journal"]);
        page.ShouldContain("no request reached");
    }

    private static string OfTest(string value)
    {
        var definition = new RolloutDefinition("reviews-ab", RolloutKind.Ab, Stable, [new(Candidate, 0.5)])
        {
            Test = new AbTest(RolloutMetric.Accuracy, 0.001, 2000, Slices: ["country"], MostSlices: 8),
        };
        var candidate = VersionSums.None with { Units = 3000, Confusion = [new("bad", "bad", 1400), new("bad", "good", 200), new("good", "good", 1400)], Slices = [Sums(value, 300, 200), Sums("FR", 40, 10)] };
        var stable = VersionSums.None with { Units = 3000, Confusion = [new("bad", "bad", 900), new("bad", "good", 700), new("good", "good", 1400)], Slices = [Sums(value, 480, 20), Sums("FR", 45, 5)] };
        var state = RolloutAnalysis.Begin(definition, SimulatedRollout.Start);
        var until = state.Started.AddMinutes(1);
        return Render(definition, RolloutAnalysis.Analyse(definition, state, [new Measurement(Stable, "s", state.Started, until, false, stable), new Measurement(Candidate, "s", state.Started, until, false, candidate)], until).State);
    }

    private static SliceSums Sums(string country, long right, long wrong) => new("country", country, [new("good", "good", right), new("good", "bad", wrong)], []);

    private static string Render(RolloutDefinition definition, RolloutState state) => RolloutPage.Render(new StoredRollout(1, "reviews", definition, state, 2));
}
