using Plumbline.Learning;
using Plumbline.Learning.Contests;
using Plumbline.Statistics;
using Plumbline.Tests.Learning.Evaluation;
using Plumbline.Tests.Reporting;
using Plumbline.Tests.Tuning.Pictures;
using Plumbline.Tuning;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tests.Learning.Contests;

public sealed class ContestPageTests
{
    public static TheoryData<int> FamilyCounts { get; } = [1, 2, 5, 9];

    [Theory]
    [MemberData(nameof(FamilyCounts))]
    public void Render_AnyContest_IsAccessible(int families) => Render(families, "plain").ShouldBeAccessible();

    [Theory]
    [MemberData(nameof(FamilyCounts))]
    public void Render_AnyContest_AsksForNothingOutside(int families) => Render(families, "https://example.com/x.png").ShouldAskForNothingOutside();

    [Theory]
    [MemberData(nameof(FamilyCounts))]
    public void Render_HostileNames_StaysMarkupOfOurs(int families) => Render(families, EvaluationReports.Hostile).ShouldHaveNoMarkupBut(Render(families, "plain"));

    [Fact]
    public void Render_Families_ShowsWhyAndEveryNumber()
    {
        var page = PageAssertions.Parse(Render(3, "plain"));
        var text = page.Root!.Value;
        text.ShouldContain("plain because");
        text.ShouldContain("skipped: plain library");
        text.ShouldContain("0.0100 to 0.0300");
        page.Descendants("tr").Count(row => row.Value.Contains("✓ chosen")).ShouldBe(1);
        page.Descendants("h2").Select(heading => heading.Value).ShouldBe(["Families", "plain 0", "plain 1", "plain 2"]);
        page.Descendants("a").Select(link => link.Attribute("href")!.Value).ShouldContain("report.html");
    }

    [Fact]
    public void Render_SameContest_SameBytes() => Render(3, "x").ShouldBe(Render(3, "x"));

    [Theory]
    [InlineData("plain")]
    [InlineData(EvaluationReports.Hostile)]
    public void Render_SeveralObjectives_ShowsFrontCostsAndWhyItMayDiffer(string text)
    {
        var page = Render(3, text, 3);
        page.ShouldBeAccessible();
        page.ShouldAskForNothingOutside();
        page.ShouldHaveNoMarkupBut(Render(3, "plain", 3));
        page.ShouldContain("may give another result");
        page.ShouldContain("Pareto front: macro-F1 on valid and latency in µs");
        page.ShouldContain("Pareto front: latency in µs and size in MB");
        page.ShouldContain("12.5");
        Render(3, text).ShouldNotContain("Pareto");
    }

    private static string Render(int families, string text, int objectives = 1)
    {
        var standings = Enumerable.Range(0, families).Select(index => new FamilyStanding(
            $"{text} {index}", $"{text}/{index}", 20, 6, 3, new CandidateResult(new Candidate($"{text} {index}", new TrialParameters([new(text, text)])), 0.6 - (index * 0.02), 0.6, 1, 3),
            BehindBest: index == 0 ? null : new PairedComparison(0.02 * index, 0.01, 0.01 * index, 0.03 * index, 0.04))).ToList();
        standings.Add(new FamilyStanding($"{text} skipped", $"{text}/skipped", 0, 0, 0, null, $"{text} library is missing"));
        StudySummary[] studies = [.. Enumerable.Range(0, families).Select(index => GeneratedStudies.Of(index == 4 ? 0 : 20, text, objectives: objectives, name: $"{text}/{index}"))];
        var report = new ContestReport(standings, $"{text} 0", $"{text} because");
        if (objectives > 1)
        {
            ContestObjective[] all = [.. Enum.GetValues<ContestObjective>().Take(objectives)];
            report = report with
            {
                Families = [.. standings.Select(standing => standing with { Costs = new ModelCosts(12.5, 0.125), Note = $"{text} note" })],
                Objectives = all,
                Front = ContestFront.Of(studies.Index().Select(study => ($"{text} {study.Index}", study.Item.Trials)), all),
                NotReproducible = $"{text} reason",
            };
        }
        return ContestPage.Render(text, report, studies, "report.html");
    }
}
