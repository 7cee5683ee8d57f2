using Plumbline.Inference.Feedback;
using Plumbline.Inference.Logging;
using Plumbline.Monitoring;
using Plumbline.Statistics;
using Plumbline.Storage;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Monitoring;

/// <summary>Quality over a metadata store of any kind.</summary>
public abstract class QualityStoreContract : BackendTests
{
    private const string Version = "reviews/3";

    private static readonly string[] Labels = ["bad", "good"];
    private static readonly DateTimeOffset Begin = new(2026, 11, 20, 0, 0, 0, TimeSpan.Zero);
    private static readonly QualityReference Reference = new(Labels, 0.9, 0.9, null);

    private readonly ManualTime _time = new() { UnixMilliseconds = Begin.ToUnixTimeMilliseconds() };

    private QualityWindows Windows => new(Store, _time);

    private QualityReporter Reporter => new(Store, _time);

    [Fact]
    public async Task Add_LabelsAndACorrection_CountOnceInTheirWindowAndSlices()
    {
        var (first, second) = (Row(0, isRight: true), Row(1, isRight: false));
        await AddAsync(first, second);
        await AddAsync(second with { Label = second.Prediction.Label, Replaced = second.Label }, Row(400, isRight: true));
        var windows = await Windows.ReadAsync(Version, Begin, Begin.AddHours(1), cancellation: Token);
        windows.Select(window => (window.Start, window.Slice, window.Sums.Labels)).ShouldBe(
        [
            (Begin, "", 2), (Begin, "channel=app", 1), (Begin, "channel=web", 1), (Begin.AddMinutes(5), "", 1), (Begin.AddMinutes(5), "channel=app", 1),
        ]);
        windows[0].Sums.Confusion.Where(cell => cell.Key.Truth != cell.Key.Predicted).ShouldBeEmpty("the correction took the place of what was wrong");
        (await Windows.ReadAsync(Version, Begin, Begin.AddHours(1), withSlices: false, Token)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task MergeOld_LateLabels_EndInTheDayAndNothingIsLost()
    {
        await AddAsync([.. Enumerable.Range(0, 40).Select(i => Row(i * 100, i % 4 > 0))]);
        _time.UnixMilliseconds += (long)TimeSpan.FromHours(5).TotalMilliseconds;
        await Windows.MergeOldAsync(Token);
        await AddAsync(Row(7, isRight: true));
        (await Windows.ReadAsync(Version, Begin, Begin.AddHours(2), withSlices: false, Token)).Select(window => (window.Length.TotalHours, window.Sums.Labels)).ShouldBe([(1, 37), (1, 4)]);
        _time.UnixMilliseconds += (long)TimeSpan.FromDays(12).TotalMilliseconds;
        await AddAsync(Row(8, isRight: true));
        await Windows.MergeOldAsync(Token);
        var day = (await Windows.ReadAsync(Version, Begin, Begin.AddDays(1), withSlices: false, Token)).ShouldHaveSingleItem();
        (day.Length.TotalDays, day.Sums.Labels).ShouldBe((1, 42));
        _time.UnixMilliseconds += (long)TimeSpan.FromDays(400).TotalMilliseconds;
        await Windows.MergeOldAsync(Token);
        (await Windows.ReadAsync(Version, Begin, Begin.AddDays(1), cancellation: Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Report_LabelsOfOldAndYoungAnswers_ComparesOnlyWhatIsMature()
    {
        // Labels come 30 minutes after their answers.
        await AddAsync([.. Enumerable.Range(0, 600).Select(i => Row((i * 20) + (i % 2), i % 5 > 0, TimeSpan.FromMinutes(30)))]);
        _time.UnixMilliseconds += (long)TimeSpan.FromHours(3.4).TotalMilliseconds;
        var report = await Reporter.ReportAsync(Version, Reference, Begin, _time.GetUtcNow(), DriftProfile.Default, cancellation: Token);
        report.Measured!.Labels.ShouldBe(600 - report.ImmatureLabels);
        report.ImmatureLabels.ShouldBe(180, "those of the last hour");
        report.Measured.Accuracy.Value.ShouldBe(0.8, 0.01);
        report.Decision.Action.ShouldBe(DriftAction.Retrain);
        report.Decision.Why[0].ShouldContain("below 0.900 of the test split");
        report.Slices.Select(slice => slice.Slice).ShouldBe(["channel=web", "channel=app"], ignoreOrder: true);
        report.Periods.Sum(period => period.Labels).ShouldBe(600);
        report.Periods.Where(period => !period.IsMature).Sum(period => period.Labels).ShouldBe(180);
        (await Reporter.ReportAsync(Version, Reference with { MacroF1 = 0.82 }, Begin, _time.GetUtcNow(), DriftProfile.Default, cancellation: Token)).Decision.Action.ShouldBe(DriftAction.None);
        (await Reporter.ReportAsync("reviews/4", Reference, Begin, _time.GetUtcNow(), DriftProfile.Default, cancellation: Token)).Decision.Why.ShouldBe(["no labels have come"]);
        var xml = System.Xml.Linq.XDocument.Parse(QualityPage.Render(report).Replace("<!DOCTYPE html>", "", StringComparison.Ordinal));
        xml.Descendants("svg").Count().ShouldBe(3, "nobody counted answers, so that no share of them is known");
        var empty = System.Xml.Linq.XDocument.Parse(QualityPage.Render(await Reporter.ReportAsync("reviews/4", Reference, Begin, _time.GetUtcNow(), DriftProfile.Default, cancellation: Token)).Replace("<!DOCTYPE html>", "", StringComparison.Ordinal));
        empty.Descendants("svg").ShouldBeEmpty();
        empty.Root!.Value.ShouldContain("How late labels come is not known yet: no answer is old enough, or none was counted.");
        if (Environment.GetEnvironmentVariable("PLUMBLINE_TEST_PAGES") is { } folder)
            await File.WriteAllTextAsync(Path.Combine(folder, "quality.html"), QualityPage.Render(report), Token);
    }

    [Fact]
    public async Task Add_ErrorsBecomeMoreFrequent_FoundAcrossRestartsByVersionAndOverOnceTheyAreRare()
    {
        var random = new RandomSource(7);
        await AddErrorsAsync(1_500, 0.1);
        await AddErrorsAsync(1_000, 0.3);
        var found = await ConceptAsync(Version);
        found.InForce.ShouldNotBeNull();
        found.Changes[0].Label.ShouldBeInRange(1_500, 2_200);
        found.Changes[0].Before.ShouldBe(0.1, 0.03);
        (await ConceptAsync("reviews/4")).Labels.ShouldBe(0);
        var report = await Reporter.ReportAsync(Version, Reference with { MacroF1 = double.NaN }, Begin, _time.GetUtcNow().AddDays(1), DriftProfile.Production, cancellation: Token);
        report.Decision.Action.ShouldBe(DriftAction.Approve);
        report.Decision.Why.ShouldHaveSingleItem().ShouldContain("errors became more frequent");
        await AddErrorsAsync(3_000, 0.1);
        (await ConceptAsync(Version)).InForce.ShouldBeNull();

        async Task AddErrorsAsync(int labels, double share)
        {
            // In parts, each by a reader of its own.
            foreach (var part in Enumerable.Range(0, labels).Select(i => Row(i, random.NextDouble() >= share)).Chunk(97))
                await AddAsync(part);
        }
    }

    [Fact]
    public async Task Keep_ReportOfWhoHasTheLease_ReadByAllAndRefusedOnceItIsOver()
    {
        await AddAsync([.. Enumerable.Range(0, 300).Select(i => Row(i, i % 5 > 0))]);
        _time.UnixMilliseconds += (long)TimeSpan.FromHours(1).TotalMilliseconds;
        var found = await new RetrainingAdvisor(Store, _time).LookAsync(Version, null, Reference, _time.GetUtcNow(), Token);
        found.Decision.Action.ShouldBe(DriftAction.Retrain);
        var (leases, reports) = (new LeaseStore(Store, _time), new MonitorReports(Store, _time));
        (await reports.FindAsync(Version, Token)).ShouldBeNull();
        var lease = (await leases.TryAcquireAsync("monitoring/reviews/3", "a", TimeSpan.FromMinutes(1), Token))!;
        (await leases.TryAcquireAsync("monitoring/reviews/3", "b", TimeSpan.FromMinutes(1), Token)).ShouldBeNull();
        (await reports.KeepAsync(found, lease.Token, Token)).ShouldBeTrue();
        var read = await reports.FindAsync(Version, Token);
        (read!.Decision.Action, read.Time, read.Drift).ShouldBe((found.Decision.Action, found.Time, null));
        read.Quality!.ToJson().ShouldBe(found.Quality!.ToJson());
        _time.UnixMilliseconds += 120_000;
        (await reports.KeepAsync(found with { Time = found.Time.AddHours(1) }, lease.Token, Token)).ShouldBeFalse();
        (await reports.FindAsync(Version, Token))!.Time.ShouldBe(found.Time);
    }

    private static SettledFeedback Row(int second, bool isRight, TimeSpan delay = default)
    {
        var (time, answer) = (Begin.AddSeconds(second), Labels[second % 2]);
        var prediction = new LoggedPrediction(
            Guid.CreateVersion7(time), time, Version, "", null, null, null, answer, Labels, answer == "bad" ? [0.8f, 0.2f] : [0.2f, 0.8f], TimeSpan.Zero, new Dictionary<string, float?>(),
            new Dictionary<string, string?> { ["channel"] = second % 3 == 0 ? "web" : "app", ["shop"] = second % 2 == 0 ? null : "" }, null);
        return new SettledFeedback(prediction, isRight ? answer : Labels[1 - (second % 2)], null, time + delay);
    }

    private Task<bool> AddAsync(params SettledFeedback[] rows) => Store.WriteAsync(
        connection =>
        {
            new QualityFeedback(_time).Add(connection, rows);
            return true;
        },
        Token);

    private Task<ConceptDrift> ConceptAsync(string version) => Store.ReadAsync(connection => ConceptDrift.Read(connection, version), Token);
}
