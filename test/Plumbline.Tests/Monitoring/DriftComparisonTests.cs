using Plumbline.Monitoring;
using Plumbline.Tests.Learning;

namespace Plumbline.Tests.Monitoring;

public sealed class DriftComparisonTests
{
    private const int Requests = 1_000;

    private static readonly Lazy<SimulatedTraffic> Traffic = new(() => new SimulatedTraffic(GeneratedReviews.Trained(5)));

    public static TheoryData<string> Kinds => [.. SimulatedTraffic.Kinds];

    [Fact]
    public void Judge_StillWindows_AreHardlyEverFoundToMove()
    {
        const int Windows = 60;
        var found = Enumerable.Range(0, Windows).Count(window => Traffic.Value.IsFound(Traffic.Value.Window((ulong)(1_000 + window), Requests)));
        found.ShouldBeLessThanOrEqualTo(3);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Judge_WindowsAtPsi02_AreFound(string kind)
    {
        const int Windows = 8;
        var strength = Traffic.Value.StrengthFor(kind, 0.2, 2_000);
        var found = Enumerable.Range(0, Windows).Count(window => Traffic.Value.IsFound(Traffic.Value.Window((ulong)(2_000 + window), Requests, kind, strength)));
        found.ShouldBeGreaterThanOrEqualTo(Windows - 1);
    }

    [Fact]
    public void Of_LanguageThatTheModelNeverSaw_SaysWhatMovedAndRetrains()
    {
        var drifted = Traffic.Value.Window(9, Requests, "language", 0.6);
        var report = DriftReport.Of("reviews/3", Traffic.Value.Reference, drifted, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1), DriftProfile.Default, []);
        report.Decision.Action.ShouldBe(DriftAction.Retrain);
        report.Features[0].Severity.ShouldBe(DriftSeverity.Large);
        report.Features.Single(feature => feature.Name == DriftComparison.Scripts).Psi.ShouldBeGreaterThan(1);
        report.Features.Single(feature => feature.Name == "hour").Severity.ShouldBe(DriftSeverity.None);
        report.Text!.Auc.ShouldBeGreaterThan(0.7);
        report.Text.MmdPValue.ShouldBeLessThan(0.02);
        report.Text.Words.ShouldContain(word => word.Score > 0 && word.Word != null, "new words that many texts have are named");
        report.Text.Words.ShouldAllBe(word => Math.Sign(word.Now - word.Before) == Math.Sign(word.Score), "a word that fewer texts have is not more frequent");
        DriftReport.Of("reviews/3", Traffic.Value.Reference, drifted, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1), DriftProfile.Production, [])
            .Decision.Action.ShouldBe(DriftAction.Approve);
    }

    [Fact]
    public void Of_StillTraffic_SaysThatNothingMoved()
    {
        var report = DriftReport.Of("reviews/3", Traffic.Value.Reference, Traffic.Value.Window(8, Requests), DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1), DriftProfile.Default, []);
        report.Decision.Action.ShouldBe(DriftAction.None);
        report.Features.ShouldAllBe(feature => feature.Severity == DriftSeverity.None);
        report.Text!.Auc.ShouldBe(0.5, 0.1);
        (report.InputDrift, report.OutputDrift).ShouldBe((0, 0));
    }

    [Fact]
    public void Of_TooFewRequests_IsNotJudged()
    {
        var report = DriftReport.Of("reviews/3", Traffic.Value.Reference, Traffic.Value.Window(8, 50, "language", 1), DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1), DriftProfile.Default, []);
        report.Decision.Action.ShouldBe(DriftAction.None);
        report.Decision.Why.ShouldHaveSingleItem().ShouldContain("too few");
    }

    [Fact]
    public void Render_AnyReport_IsXmlWithPicturesAndWithoutRequests()
    {
        var drifted = Traffic.Value.Window(9, Requests, "vocabulary", 0.6);
        (DateTimeOffset, DateTimeOffset, DriftSketch)[] periods =
        [
            .. Enumerable.Range(0, 24).Select(hour => (DateTimeOffset.UnixEpoch.AddHours(hour), DateTimeOffset.UnixEpoch.AddHours(hour + 1), Traffic.Value.Window((ulong)(50 + hour), 200, "vocabulary", hour / 24.0))),
        ];
        var report = DriftReport.Of("reviews/3 <b>", Traffic.Value.Reference, drifted, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1), DriftProfile.Default, periods);
        var page = DriftPage.Render(report);
        var xml = System.Xml.Linq.XDocument.Parse(page.Replace("<!DOCTYPE html>", "", StringComparison.Ordinal));
        xml.Descendants("svg").Count().ShouldBeGreaterThan(5);
        page.ShouldNotContain("https:");
        page.ShouldNotContain("http:");
        DriftPage.Render(report).ShouldBe(page);
        if (Environment.GetEnvironmentVariable("PLUMBLINE_TEST_PAGES") is { } folder)
            File.WriteAllText(Path.Combine(folder, "drift.html"), page);
        System.Text.Json.JsonDocument.Parse(report.ToJson()).RootElement.GetProperty("decision").GetProperty("action").GetString().ShouldBe("retrain");
    }
}
