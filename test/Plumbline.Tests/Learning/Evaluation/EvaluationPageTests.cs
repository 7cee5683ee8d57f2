using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using Plumbline.Learning.Evaluation;
using Plumbline.Statistics;

namespace Plumbline.Tests.Learning.Evaluation;

public sealed partial class EvaluationPageTests
{
    public static TheoryData<int> ClassCounts { get; } = [1, 2, 5, 10, 11, 20, 30, 77];

    [Theory]
    [MemberData(nameof(ClassCounts))]
    public void Render_HostileTexts_StaysMarkupOfOurs(int classes)
    {
        var html = EvaluationPage.Render(EvaluationReports.Generate(classes, EvaluationReports.Hostile));
        html.Where(letter => (char.IsControl(letter) && letter != '\n') || letter is '\u202E' or '\u2066' or '\uFFFE').ShouldBeEmpty();
        html.ShouldContain("[U+202E]override");
        var page = Parse(html);
        // A harmless report has the same elements and attributes: no text became one.
        var harmless = Parse(EvaluationPage.Render(EvaluationReports.Generate(classes)));
        Names(page).ShouldBeSubsetOf(Names(harmless));
        Names(page).ShouldNotContain("script");

        static IReadOnlySet<string> Names(XDocument document) => document.Descendants()
            .SelectMany(element => element.Attributes().Select(attribute => $"{element.Name} {attribute.Name}").Prepend(element.Name.LocalName))
            .ToHashSet();
    }

    [Theory]
    [MemberData(nameof(ClassCounts))]
    public void Render_AnyReport_AsksForNothingOutside(int classes)
    {
        var page = Parse(EvaluationPage.Render(EvaluationReports.Generate(classes)));
        page.Descendants().Attributes().Where(attribute => attribute.Name.LocalName is "src" or "href" or "srcset" or "action")
            .ShouldAllBe(attribute => attribute.Value.StartsWith('#'));
        page.ToString().ShouldNotContain("url(");
        page.ToString().ShouldNotContain("@import");
        page.ToString().ShouldContain("default-src 'none'");
    }

    [Theory]
    [MemberData(nameof(ClassCounts))]
    public void Render_AnyReport_IsAccessible(int classes)
    {
        var page = Parse(EvaluationPage.Render(EvaluationReports.Generate(classes)));
        var elements = page.Descendants().ToArray();
        var ids = elements.Attributes("id").Select(attribute => attribute.Value).ToArray();
        ids.ShouldBeUnique();
        elements.Attributes("aria-labelledby").SelectMany(attribute => attribute.Value.Split(' ')).ShouldBeSubsetOf(ids);
        elements.Attributes("href").Select(attribute => attribute.Value[1..]).ShouldBeSubsetOf(ids);
        elements.Where(element => element.Name == "table").ShouldAllBe(table => table.Elements("caption").Count() == 1);
        elements.Where(element => element.Name == "th").ShouldAllBe(header => header.Attribute("scope") != null);
        elements.Where(element => element.Name == "svg").ShouldAllBe(svg =>
            svg.Attribute("role")!.Value == "img" && svg.Element("title")!.Value.Length > 0 && svg.Element("desc")!.Value.Length > 0);
        var headings = elements.Select(element => HeadingName().Match(element.Name.LocalName)).Where(match => match.Success)
            .Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).ToArray();
        headings[0].ShouldBe(1);
        headings.Zip(headings.Skip(1)).ShouldAllBe(pair => pair.Second <= pair.First + 1);
    }

    [Fact]
    public void Render_FewClasses_ShowsNumbersTextsAndChoice()
    {
        var report = EvaluationReports.Generate(3);
        var text = Parse(EvaluationPage.Render(report)).Root!.Value;
        text.ShouldContain(report.Test.MacroF1.Value.ToString("0.000", CultureInfo.InvariantCulture));
        text.ShouldContain("✓ chosen");
        text.IndexOf("name surest", StringComparison.Ordinal).ShouldBeGreaterThan(0);
        text.ShouldContain(report.Test.ConfusionMatrix[0][1].ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Render_OnlyScores_LeavesOtherSectionsOut()
    {
        var html = EvaluationPage.Render(new EvaluationReport { Title = "bare", Test = EvaluationReports.Generate(2).Test });
        Parse(html).Descendants("h2").Select(heading => heading.Value).ShouldBe(["Results", "Classes", "Confusion", "Probabilities"]);
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

    private static XDocument Parse(string html)
    {
        using var reader = XmlReader.Create(new StringReader(html), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        return XDocument.Load(reader);
    }

    [GeneratedRegex("^h([1-6])$")]
    private static partial Regex HeadingName();
}
