using System.Globalization;
using System.Xml.Linq;
using Plumbline.Tests.Learning.Evaluation;
using Plumbline.Tests.Reporting;
using Plumbline.Tuning;
using Plumbline.Tuning.Pictures;

namespace Plumbline.Tests.Tuning.Pictures;

public sealed class StudyPageTests
{
    public static TheoryData<int, int> Studies { get; } = new() { { 0, 1 }, { 1, 1 }, { 4, 1 }, { 60, 1 }, { 300, 1 }, { 40, 2 }, { 40, 3 } };

    [Theory]
    [MemberData(nameof(Studies))]
    public void Render_AnyStudy_IsAccessible(int trials, int objectives) => StudyPage.Render(GeneratedStudies.Of(trials, objectives: objectives)).ShouldBeAccessible();

    [Theory]
    [MemberData(nameof(Studies))]
    public void Render_AnyStudy_AsksForNothingOutside(int trials, int objectives) =>
        StudyPage.Render(GeneratedStudies.Of(trials, "https://example.com/x.png", objectives: objectives)).ShouldAskForNothingOutside();

    [Theory]
    [MemberData(nameof(Studies))]
    public void Render_HostileNames_StaysMarkupOfOurs(int trials, int objectives) =>
        StudyPage.Render(GeneratedStudies.Of(trials, EvaluationReports.Hostile, objectives: objectives)).ShouldHaveNoMarkupBut(StudyPage.Render(GeneratedStudies.Of(trials, objectives: objectives)));

    [Theory]
    [MemberData(nameof(Studies))]
    public void Render_AnyStudy_HasNoNumberThatIsNone(int trials, int objectives)
    {
        var html = StudyPage.Render(GeneratedStudies.Of(trials, objectives: objectives));
        html.ShouldNotContain("NaN");
        html.ShouldNotContain("∞");
        Coordinates(html).ShouldAllBe(coordinate => Math.Abs(coordinate) < 2_000);
    }

    [Theory]
    [InlineData(TrialState.Failed)]
    [InlineData(TrialState.Pruned)]
    [InlineData(TrialState.Running)]
    [InlineData(TrialState.Waiting)]
    public void Render_NoTrialComplete_SaysSo(TrialState state)
    {
        var html = StudyPage.Render(GeneratedStudies.Of(12, state: _ => state));
        html.ShouldBeAccessible();
        html.ShouldNotContain("NaN");
        PageAssertions.Parse(html).Root!.Value.ShouldContain("No trial is complete");
    }

    [Fact]
    public void Render_EqualValues_IsAccessible()
    {
        var study = GeneratedStudies.Of(20, state: _ => TrialState.Complete);
        StudyPage.Render(study with { Trials = [.. study.Trials.Select(trial => trial with { Values = [0.5] })] }).ShouldBeAccessible();
    }

    [Fact]
    public void Render_OneObjective_ShowsEveryPictureAndTheNumbers()
    {
        var study = GeneratedStudies.Of(60);
        var page = PageAssertions.Parse(StudyPage.Render(study, "macro-F1"));
        page.Descendants("svg").Select(svg => svg.Element("title")!.Value).ShouldBe(
            ["Optimisation history: macro-F1", "Intermediate values", "Timeline", "Importance of parameters for macro-F1", "Parallel coordinates", .. study.Definition.Space.Parameters.Select(parameter => parameter.Name)]);
        page.Root!.Value.ShouldContain(study.Best!.Values[0].ToString("0.0000", CultureInfo.InvariantCulture));
        page.Root!.Value.ShouldContain("plain ran out of memory");
        page.Descendants("tr").Count(row => row.Value.Contains("✓ best")).ShouldBe(1);
        page.Descendants("desc").Select(description => description.Value).ShouldContain(description => description.Contains("its line passes below the axis"));
    }

    [Fact]
    public void Render_SeveralObjectives_ShowsAFrontForEachPair()
    {
        var titles = PageAssertions.Parse(StudyPage.Render(GeneratedStudies.Of(40, objectives: 3), "f1", "ms", "bytes")).Descendants("svg").Select(svg => svg.Element("title")!.Value).ToArray();
        titles.Where(title => title.StartsWith("Pareto", StringComparison.Ordinal)).ShouldBe(["Pareto front: f1 and ms", "Pareto front: f1 and bytes", "Pareto front: ms and bytes"]);
        titles.Count(title => title.StartsWith("Optimisation history", StringComparison.Ordinal)).ShouldBe(3);
    }

    [Fact]
    public void Render_SameStudy_SameBytes() => StudyPage.Render(GeneratedStudies.Of(60)).ShouldBe(StudyPage.Render(GeneratedStudies.Of(60)));

    private static IEnumerable<double> Coordinates(string html) => PageAssertions.Parse(html).Descendants()
        .Attributes().Where(attribute => attribute.Name.LocalName is "x" or "y" or "cx" or "cy" or "width" or "height" && attribute.Parent!.Name != "meta")
        .Select(attribute => double.Parse(attribute.Value, CultureInfo.InvariantCulture));
}
