using System.Globalization;
using System.Xml.Linq;
using Plumbline.Learning.Evaluation;
using Plumbline.Statistics;
using Plumbline.Tests.Reporting;

namespace Plumbline.Tests.Learning.Evaluation;

public sealed class EvaluationPageTests
{
    public static TheoryData<int> ClassCounts { get; } = [1, 2, 5, 10, 11, 20, 30, 77];

    [Theory]
    [MemberData(nameof(ClassCounts))]
    public void Render_HostileTexts_StaysMarkupOfOurs(int classes)
    {
        var html = EvaluationPage.Render(EvaluationReports.Generate(classes, EvaluationReports.Hostile));
        html.ShouldHaveNoMarkupBut(EvaluationPage.Render(EvaluationReports.Generate(classes)));
        html.ShouldContain("[U+202E]override");
    }

    [Theory]
    [MemberData(nameof(ClassCounts))]
    public void Render_AnyReport_AsksForNothingOutside(int classes) => EvaluationPage.Render(EvaluationReports.Generate(classes)).ShouldAskForNothingOutside();

    [Theory]
    [MemberData(nameof(ClassCounts))]
    public void Render_AnyReport_IsAccessible(int classes) => EvaluationPage.Render(EvaluationReports.Generate(classes)).ShouldBeAccessible();

    [Fact]
    public void Render_FewClasses_ShowsNumbersTextsAndChoice()
    {
        var report = EvaluationReports.Generate(3);
        var text = PageAssertions.Parse(EvaluationPage.Render(report)).Root!.Value;
        text.ShouldContain(report.Test.MacroF1.Value.ToString("0.000", CultureInfo.InvariantCulture));
        text.ShouldContain("✓ chosen");
        text.IndexOf("name surest", StringComparison.Ordinal).ShouldBeGreaterThan(0);
        text.ShouldContain(report.Test.ConfusionMatrix[0][1].ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Render_OnlyScores_LeavesOtherSectionsOut()
    {
        var html = EvaluationPage.Render(new EvaluationReport { Title = "bare", Test = EvaluationReports.Generate(2).Test });
        PageAssertions.Parse(html).Descendants("h2").Select(heading => heading.Value).ShouldBe(["Results", "Classes", "Confusion", "Probabilities"]);
    }

    [Fact]
    public void Render_ScoresUndefined_ShowsDashesAndNoRocCurve()
    {
        var test = ClassificationReport.Compute(["a", "b"], [0, 0], [0, 1], [.6f, .4f, .4f, .6f], seed: 1, resamples: 0);
        var html = EvaluationPage.Render(new EvaluationReport { Title = "one class in truth", Test = test });
        html.ShouldNotContain("NaN");
        html.ShouldNotContain("roc-title");
        html.ShouldContain("precision-recall-title");
    }

    [Fact]
    public void Render_SameReport_SameBytes() =>
        EvaluationPage.Render(EvaluationReports.Generate(5)).ShouldBe(EvaluationPage.Render(EvaluationReports.Generate(5)));

    [Fact]
    public void Write_Directory_HoldsPageAndJson()
    {
        var directory = Directory.CreateTempSubdirectory();
        try
        {
            var report = EvaluationReports.Generate(2, EvaluationReports.Hostile);
            EvaluationPage.Write(report, directory.FullName);
            File.ReadAllText(Path.Combine(directory.FullName, "report.html")).ShouldBe(EvaluationPage.Render(report));
            var json = File.ReadAllText(Path.Combine(directory.FullName, "evaluation.json"));
            EvaluationReport.FromJson(json).ToJson().ShouldBe(json);
            directory.GetFiles().Length.ShouldBe(2);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(77)]
    public void WritePictures_AnyReport_AreWholeSvgFiles(int classes)
    {
        var directory = Directory.CreateTempSubdirectory();
        try
        {
            var paths = EvaluationPage.WritePictures(EvaluationReports.Generate(classes, EvaluationReports.Hostile), directory.FullName);
            paths.Select(Path.GetFileName).ShouldContain("confusion.svg");
            directory.GetFiles().Length.ShouldBe(paths.Count);
            foreach (var path in paths)
            {
                var svg = XDocument.Load(path).Root!;
                svg.Name.ShouldBe(XName.Get("svg", "http://www.w3.org/2000/svg"));
                svg.Value.ShouldContain("prefers-color-scheme: dark");
            }
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
