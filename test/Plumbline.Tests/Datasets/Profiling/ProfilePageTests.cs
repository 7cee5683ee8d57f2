using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using Plumbline.Datasets.Profiling;
using Plumbline.Tests.Learning.Evaluation;

namespace Plumbline.Tests.Datasets.Profiling;

public sealed partial class ProfilePageTests
{
    public static TheoryData<int> LabelCounts { get; } = [1, 2, 6, 13, 77];

    [Theory]
    [MemberData(nameof(LabelCounts))]
    public void Render_HostileValues_StaysMarkupOfOurs(int labels)
    {
        var html = Render(labels, EvaluationReports.Hostile);
        html.Where(letter => (char.IsControl(letter) && letter != '\n') || letter is '\u202E' or '\u2066' or '\uFFFE').ShouldBeEmpty();
        var page = Parse(html);
        Names(page).ShouldBeSubsetOf(Names(Parse(Render(labels, "harmless"))));
        Names(page).ShouldNotContain("script");

        static IReadOnlySet<string> Names(XDocument document) => document.Descendants()
            .SelectMany(element => element.Attributes().Select(attribute => $"{element.Name} {attribute.Name}").Prepend(element.Name.LocalName))
            .ToHashSet();
    }

    [Theory]
    [MemberData(nameof(LabelCounts))]
    public void Render_AnyProfile_AsksForNothingOutside(int labels)
    {
        var page = Parse(Render(labels, "https://example.com/x.png"));
        page.Descendants().Attributes().Where(attribute => attribute.Name.LocalName is "src" or "href" or "srcset" or "action")
            .ShouldAllBe(attribute => attribute.Value.StartsWith('#'));
        page.ToString().ShouldNotContain("url(");
        page.ToString().ShouldNotContain("@import");
        page.ToString().ShouldContain("default-src 'none'");
    }

    [Theory]
    [MemberData(nameof(LabelCounts))]
    public void Render_AnyProfile_IsAccessible(int labels)
    {
        var elements = Parse(Render(labels, "plain")).Descendants().ToArray();
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
    public void Render_SortedSourceWithDamage_SaysSoFirst()
    {
        var rows = Enumerable.Range(0, 1_000).Select(i => new[] { i % 10 == 0 ? $"CafÃ© number {i} and more" : $"plain text number {i}", i < 500 ? "a" : "b" }).ToArray();
        var findings = Parse(ProfilePage.Render(ProfiledRows.Profile(["text", "label"], rows, _ => 100), "reviews")).Descendants("li").Select(item => item.Value).ToArray();
        findings.ShouldContain(finding => finding.Contains("the source is sorted by label"));
        findings.ShouldContain(finding => finding.Contains("100 texts (10 %) look like UTF-8 read as another encoding"));
    }

    [Fact]
    public void Render_SameProfile_SameBytes() => Render(3, "x").ShouldBe(Render(3, "x"));

    private static string Render(int labels, string value)
    {
        var rows = Enumerable.Range(0, 400).Select(i => new[]
        {
            $"{value} and a text of some length {i}", $"{value}{i % labels}", new DateTime(2020, 1, 1).AddDays(i).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            i % 5 == 0 ? "" : $"{value}{i % 3}", i.ToString(CultureInfo.InvariantCulture), "",
        }).ToArray();
        var profile = ProfiledRows.Profile([$"{value} text", $"{value} label", "time", $"{value} sender", "number", "empty"], rows, _ => 128, time: 2);
        var example = new TextExample(1, 7, $"{value}0", value);
        var group = new DuplicateGroup(5, [new ValueCount($"{value}0", 3), new ValueCount($"{value}1", 2)], [example, example with { File = 0 }]);
        profile = profile with { Duplicates = new DuplicateProfile(4, 5, 60, 2, 9, 3, 4, [group, group], [group]) };
        return ProfilePage.Render(profile, value, value, value + "2");
    }

    private static XDocument Parse(string html)
    {
        using var reader = XmlReader.Create(new StringReader(html), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        return XDocument.Load(reader);
    }

    [GeneratedRegex("^h([1-6])$")]
    private static partial Regex HeadingName();
}
