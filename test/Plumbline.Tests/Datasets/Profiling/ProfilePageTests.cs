using System.Globalization;
using Plumbline.Datasets.Profiling;
using Plumbline.Tests.Learning.Evaluation;
using Plumbline.Tests.Reporting;

namespace Plumbline.Tests.Datasets.Profiling;

public sealed class ProfilePageTests
{
    public static TheoryData<int> LabelCounts { get; } = [1, 2, 6, 13, 77];

    [Theory]
    [MemberData(nameof(LabelCounts))]
    public void Render_HostileValues_StaysMarkupOfOurs(int labels) => Render(labels, EvaluationReports.Hostile).ShouldHaveNoMarkupBut(Render(labels, "harmless"));

    [Theory]
    [MemberData(nameof(LabelCounts))]
    public void Render_AnyProfile_AsksForNothingOutside(int labels) => Render(labels, "https://example.com/x.png").ShouldAskForNothingOutside();

    [Theory]
    [MemberData(nameof(LabelCounts))]
    public void Render_AnyProfile_IsAccessible(int labels) => Render(labels, "plain").ShouldBeAccessible();

    [Fact]
    public void Render_SortedSourceWithDamage_SaysSoFirst()
    {
        var rows = Enumerable.Range(0, 1_000).Select(i => new[] { i % 10 == 0 ? $"CafÃ© number {i} and more" : $"plain text number {i}", i < 500 ? "a" : "b" }).ToArray();
        var findings = PageAssertions.Parse(ProfilePage.Render(ProfiledRows.Profile(["text", "label"], rows, _ => 100), "reviews")).Descendants("li").Select(item => item.Value).ToArray();
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
}
