using System.Xml.Linq;
using Plumbline.Datasets.Expectations;
using Type = Plumbline.Datasets.Expectations.ExpectationType;

namespace Plumbline.Tests.Datasets.Expectations;

public sealed class ValidationPageTests
{
    private const string Hostile = "</td><script>alert('1')</script>\u202E&\0";

    [Fact]
    public void Render_HostileValues_IsWellFormedAndHasNoScript()
    {
        var html = ValidationPage.Render(Report(Severity.Fail));
        var page = XDocument.Parse(html.Replace("<!DOCTYPE html>", "", StringComparison.Ordinal));
        page.Descendants("script").ShouldBeEmpty();
        page.Descendants("h1").Single().Value.ShouldContain("expectations failed");
        html.ShouldContain("&lt;/td&gt;&lt;script&gt;");
        html.ShouldContain("[U+202E]");
        html.Contains("http://", StringComparison.Ordinal).ShouldBeFalse();
        html.Contains("https://", StringComparison.Ordinal).ShouldBeFalse();
        page.Descendants("nav").Descendants("a").Select(link => link.Attribute("href")!.Value[1..]).ShouldBe(["unmet", "broken", "then-and-now", "all", "facts"]);
        foreach (var id in page.Descendants("nav").Descendants("a").Select(link => link.Attribute("href")!.Value[1..]))
            page.Descendants().Count(element => element.Attribute("id")?.Value == id).ShouldBe(1, id);
    }

    [Fact]
    public void Render_WarningsOnly_SaysSo() => ValidationPage.Render(Report(Severity.Warn)).ShouldContain("passed with warnings");

    [Fact]
    public void Render_NothingExpected_IsAPage() => XDocument.Parse(
        ValidationPage.Render(new ValidationReport(Result([]), [])).Replace("<!DOCTYPE html>", "", StringComparison.Ordinal)).Descendants("h1").Single().Value.ShouldContain("as expected");

    private static ValidationReport Report(Severity severity)
    {
        var range = new Expectation(Type.ExpectColumnValuesToBeBetween, new() { Column = Hostile, MinValue = "1", Mostly = 0.99 }, severity);
        var result = Result(
            [
                new(false, range, new Observation
                {
                    ElementCount = 100, MissingCount = 1, UnexpectedCount = 2, UnexpectedPercent = 2.02, PartialUnexpectedList = [Hostile, ""], PartialUnexpectedIndexList = [new(0, 3), new(1, 9)],
                }),
                new(true, new(Type.ExpectTableRowCountToBeBetween, new() { MinValue = "1" }), new Observation { ObservedValue = 100 }),
                new(true, new(Type.ExpectLabelProportionToBeBetween, new() { Label = Hostile, MinValue = "1" }), new Observation(), Hostile),
            ]);
        return new ValidationReport(result, [(Hostile, new Distribution([Hostile, "b"], [0.5, 0.5], [0, 1]))]);
    }

    private static ValidationResult Result(ExpectationResult[] results) => new()
    {
        FormatVersion = 1,
        Success = results.All(result => result.Success || result.ExpectationConfig.Severity == Severity.Warn),
        Statistics = ValidationStatistics.Of(results),
        Meta = new ValidationMeta(Hostile, Given.Now, [Hostile, "b.csv"], null, null, 100, 1, "test"),
        Results = results,
    };
}
