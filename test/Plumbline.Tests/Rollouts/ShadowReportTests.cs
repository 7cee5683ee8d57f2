using System.Text;
using System.Text.Json;
using Plumbline.Rollouts;
using Plumbline.Statistics;

namespace Plumbline.Tests.Rollouts;

public sealed class ShadowReportTests
{
    [Fact]
    public void Of_ComparedRows_SaysHowTheyDiffer()
    {
        var random = new RandomSource(1);
        var stable = new SimulatedVersion("reviews/3").Answer(random, 5000);
        var candidate = new SimulatedVersion("reviews/4") { MedianMilliseconds = 27 }.Answer(random, 5000) with
        {
            Compared = new ComparedSums([new("bad", "good", 300), new("good", "bad", 200), new("good", "good", 4500)], 600, []),
        };
        var report = ShadowReport.Of("reviews/3", stable, "reviews/4", candidate);
        (report.Rows, report.Disagreements, report.Rate, report.MeanDistance).ShouldBe((5000, 500, 0.1, 0.12));
        report.Low.ShouldBeInRange(0.08, 0.1);
        report.High.ShouldBeInRange(0.1, 0.12);
        report.Pairs.ShouldBe([new("bad", "good", 300), new("good", "bad", 200)]);
        report.P50!.Ratio.ShouldBe(1.5, 0.05);
        report.P99!.Low.ShouldBeLessThan(1.5);
        report.P99.High!.Value.ShouldBeGreaterThan(1.5);
        report.ErrorRate.ShouldNotBeNull();
    }

    [Fact]
    public void Of_NothingCounted_IsUndefined()
    {
        var report = ShadowReport.Of("reviews/3", VersionSums.None, "reviews/4", VersionSums.None);
        (report.Rate, report.Low, report.High, report.MeanDistance, report.P50, report.ErrorRate).ShouldBe((null, 0, 1, null, null, null));
        JsonSerializer.Serialize(report, RolloutJson.Default.ShadowReport).ShouldNotContain("NaN");
    }

    [Fact]
    public void Examples_InAnyOrderOfServers_AreOneUniformSample()
    {
        ComparedExample[] all = [.. Enumerable.Range(0, 3000).Select(id => new ComparedExample(
            $"p{id}", ComparedExample.KeyOf(Encoding.UTF8.GetBytes($"p{id}"), 7), "good", 0.6, "bad", 0.7, "a text"))];
        var forward = all.Chunk(37).Aggregate(ComparedSums.None, Add);
        var backward = all.Reverse().Chunk(101).Aggregate(ComparedSums.None, Add);
        forward.Examples.ShouldBe(backward.Examples);
        forward.Examples.Count.ShouldBe(ComparedSums.MostExamples);
        // The mean place of a uniform sample of 20 is within five standard errors of the middle.
        forward.Examples.Average(example => int.Parse(example.Prediction[1..], null)).ShouldBe(1500, 5 * 3000 / Math.Sqrt(12 * 20));

        static ComparedSums Add(ComparedSums sum, ComparedExample[] more) => ComparedSums.Sum(sum, new ComparedSums([new("good", "bad", more.Length)], 0.1, more));
    }

    [Fact]
    public void Of_Texts_AreShownOnlyWhereAllowed()
    {
        var sums = VersionSums.None with { Compared = new ComparedSums([new("a", "b", 1)], 0.5, [new ComparedExample("p1", 3, "a", 0.9, "b", 0.8, "a private text")]) };
        ShadowReport.Of("reviews/3", VersionSums.None, "reviews/4", sums).Examples.ShouldHaveSingleItem().Text.ShouldBeNull();
        ShadowReport.Of("reviews/3", VersionSums.None, "reviews/4", sums, withTexts: true).Examples[0].Text.ShouldBe("a private text");
    }
}
