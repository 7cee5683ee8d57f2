using System.Text;
using Plumbline.Monitoring;
using Plumbline.Statistics;
using Plumbline.Storage;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Monitoring;

/// <summary>Drift windows over a metadata store of any kind.</summary>
public abstract class DriftWindowsContract : BackendTests
{
    private static readonly DriftSchema Schema = new(["bad", "good"], [], []);
    private static readonly DateTimeOffset Begin = new(2026, 11, 20, 0, 0, 0, TimeSpan.Zero);

    private readonly ManualTime _time = new() { UnixMilliseconds = Begin.ToUnixTimeMilliseconds() };

    private DriftWindows Windows => new(Store, _time);

    [Fact]
    public async Task Keep_SentAgain_ReplacesWhatThatProcessSent()
    {
        await Windows.KeepAsync([Window(0, "a", 3), Window(0, "b", 5)], Token);
        await Windows.KeepAsync([Window(0, "a", 4)], Token);
        var found = await Windows.ReadAsync("reviews/3", Begin, Begin.AddHours(1), Token);
        found.Select(window => (window.Process, window.Sketch.Requests)).ShouldBe([("a", 4), ("b", 5)]);
        (await Windows.ReadAsync("reviews/4", Begin, Begin.AddHours(1), Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task List_ModelWithSeveralVersions_MostRequestsFirst()
    {
        await Windows.KeepAsync([Window(0, "a", 3), Window(0, "a", 7) with { Version = "reviews/4" }, Window(0, "a", 9) with { Version = "reviews_x/1" }], Token);
        (await Windows.ListAsync("reviews", Begin, Begin.AddHours(1), Token)).ShouldBe([("reviews/4", 7), ("reviews/3", 3)]);
        (await Windows.ListAsync("reviews/3", Begin, Begin.AddHours(1), Token)).ShouldBe([("reviews/3", 3)]);
        (await Windows.ListAsync("reviews", Begin.AddHours(1), Begin.AddHours(2), Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Read_WindowUnderWay_FoundAtOnceAndOnceOverOnlyWhereHalfOfItLies()
    {
        await Windows.KeepAsync([Window(0, "a", 3)], Token);
        _time.UnixMilliseconds += 10_000;
        var now = _time.GetUtcNow();
        (await Windows.ReadAsync("reviews/3", now.AddHours(-1), now, Token)).ShouldHaveSingleItem();
        (await Windows.ListAsync("reviews", now.AddHours(-1), now, Token)).ShouldBe([("reviews/3", 3)]);
        (await Windows.ReadAsync("reviews/3", now.AddHours(-1), Begin, Token)).ShouldBeEmpty();
        _time.UnixMilliseconds += 3_600_000;
        (await Windows.ReadAsync("reviews/3", now.AddHours(-1), now, Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task MergeOld_Windows_BecomeHoursThenDaysAndLoseNothing()
    {
        var all = Enumerable.Range(0, 30).SelectMany(window => new[] { Window(window, "a", window + 1), Window(window, "b", 2) }).ToArray();
        await Windows.KeepAsync(all, Token);
        var before = DriftSketch.MergeAll(all.Select(window => window.Sketch))!.ToBytes();
        _time.UnixMilliseconds += (long)TimeSpan.FromHours(4.5).TotalMilliseconds;
        await Windows.MergeOldAsync(Token);
        var found = await Windows.ReadAsync("reviews/3", Begin, Begin.AddDays(1), Token);
        found.Count(window => window.Length == TimeSpan.FromHours(1)).ShouldBe(1);
        found.Count(window => window.Length == DriftWindow.ShortLength).ShouldBe(36);
        DriftSketch.MergeAll(found.Select(window => window.Sketch))!.ToBytes().ShouldBe(before);
        _time.UnixMilliseconds += (long)TimeSpan.FromDays(10).TotalMilliseconds;
        await Windows.MergeOldAsync(Token);
        found = await Windows.ReadAsync("reviews/3", Begin, Begin.AddDays(1), Token);
        found.ShouldHaveSingleItem().Length.ShouldBe(TimeSpan.FromDays(1));
        found[0].Sketch.ToBytes().ShouldBe(before);
        _time.UnixMilliseconds += (long)TimeSpan.FromDays(400).TotalMilliseconds;
        await Windows.MergeOldAsync(Token);
        (await Windows.ReadAsync("reviews/3", Begin, Begin.AddDays(1), Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Read_DamagedWindow_NamesIt()
    {
        await Windows.KeepAsync([Window(0, "a", 3)], Token);
        await Store.WriteAsync(connection => connection.Execute("UPDATE drift_windows SET sketch = 'AAAA'"), Token);
        var refused = await Should.ThrowAsync<MetadataException>(() => Windows.ReadAsync("reviews/3", Begin, Begin.AddHours(1), Token));
        refused.Error.ShouldBe(MetadataError.Damaged);
        refused.Message.ShouldContain("reviews/3 from 2026-11-20T00:00Z");
    }

    [Fact]
    public async Task Report_NothingTold_SaysSo()
    {
        var reference = new DriftReference(Window(0, "a", 10).Sketch, "test");
        var refused = await Should.ThrowAsync<MetadataException>(() => new DriftReporter(Windows).ReportAsync("reviews/3", reference, Begin, Begin.AddDays(1), DriftProfile.Default, cancellation: Token));
        refused.Error.ShouldBe(MetadataError.NotFound);
    }

    [Fact]
    public async Task Report_DayInFiveMinuteWindows_HasPeriodsAndAWindowAsReference()
    {
        await Windows.KeepAsync([.. Enumerable.Range(0, 24).Select(hour => Window(12 * hour, "a", 150))], Token);
        var reporter = new DriftReporter(Windows);
        var reference = await reporter.ReferenceAsync("reviews/3", Begin, Begin.AddHours(12), Token);
        reference.Sketch.Requests.ShouldBe(12 * 150);
        var report = await reporter.ReportAsync("reviews/3", reference, Begin.AddHours(12), Begin.AddDays(1), DriftProfile.Default, cancellation: Token);
        (report.Requests, report.Periods.Count, report.Decision.Action).ShouldBe((12 * 150, 12, DriftAction.None));
        var last = await reporter.ReportAsync("reviews/3", reference, Begin, Begin.AddDays(1), DriftProfile.Default, 200, Token);
        (last.Requests, last.From).ShouldBe((300, Begin.AddHours(22)), "two windows have 200 together");
        report.Periods.ShouldAllBe(period => period.Psi.Count == report.Features.Count && period.Requests == 150);
    }

    private static DriftWindow Window(int number, string process, int requests)
    {
        var (sketch, random) = (new DriftSketch(Schema), new RandomSource((ulong)((number * 100) + process[0])));
        for (var i = 0; i < requests; i++)
        {
            var good = (float)random.NextDouble();
            sketch.Add(new DriftObservation { Key = random.NextUInt64(), Text = Encoding.UTF8.GetBytes($"text {random.NextInt32(9)}"), Probabilities = [1 - good, good], Label = good > 0.5 ? 1 : 0 });
        }
        return new DriftWindow("reviews/3", Begin + (number * DriftWindow.ShortLength), DriftWindow.ShortLength, process, sketch);
    }
}
