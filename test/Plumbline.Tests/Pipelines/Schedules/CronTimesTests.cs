using Plumbline.Pipelines.Runs;
using Plumbline.Pipelines.Schedules;

namespace Plumbline.Tests.Pipelines.Schedules;

public sealed class CronTimesTests
{
    [Fact]
    public void Next_TimeThatDaylightSavingSkips_IsRightAfterTheGap() =>
        // Berlin's clocks go from 02:00 to 03:00 on 29 March 2026.
        new CronTimes("30 2 * * *", "Europe/Berlin").Next(Utc("2026-03-28T12:00Z")).ShouldBe(Utc("2026-03-29T01:00Z"));

    [Fact]
    public void Next_TimeThatDaylightSavingRepeats_OccursOnce()
    {
        // And from 03:00 back to 02:00 on 25 October.
        var times = new CronTimes("30 2 * * *", "Europe/Berlin");
        times.Between(Utc("2026-10-24T12:00Z"), Utc("2026-10-26T12:00Z")).ShouldBe([Utc("2026-10-25T00:30Z"), Utc("2026-10-26T01:30Z")]);
    }

    [Fact]
    public void Between_EveryHour_GoesOnThroughTheRepeatedHour() =>
        new CronTimes("0 * * * *", "Europe/Berlin").Between(Utc("2026-10-24T23:30Z"), Utc("2026-10-25T03:30Z")).Count().ShouldBe(4);

    [Theory]
    [InlineData("*/5 * * * *", "2026-01-01T00:02Z", "2026-01-01T00:00Z")]
    [InlineData("0 3 * * *", "2026-01-01T03:00Z", "2025-12-31T03:00Z")]
    [InlineData("0 0 29 2 *", "2026-06-01T00:00Z", "2024-02-29T00:00Z")]
    public void Previous_Time_IsTheLastBeforeIt(string cron, string before, string expected) => new CronTimes(cron, "UTC").Previous(Utc(before)).ShouldBe(Utc(expected));

    [Theory]
    [InlineData("61 * * * *", "UTC", "cron")]
    [InlineData("0 3 * *", "UTC", "cron")]
    [InlineData("0 3 * * *", "Mars/Olympus", "time_zone")]
    public void New_WhatCannotBeRead_IsNamed(string cron, string zone, string key) => Should.Throw<ArgumentException>(() => new CronTimes(cron, zone)).Message.ShouldStartWith(key);

    [Fact]
    public void Intervals_OfASchedule_FollowOneAnother()
    {
        var intervals = Backfill.Intervals(new CronTimes("@daily", "UTC"), Utc("2026-01-01T00:00Z"), Utc("2026-01-03T00:00Z"), Utc("2026-02-01T00:00Z"));
        intervals.ShouldBe([new RunInterval(Utc("2026-01-01T00:00Z"), Utc("2026-01-02T00:00Z")), new RunInterval(Utc("2026-01-02T00:00Z"), Utc("2026-01-03T00:00Z"))]);
    }

    [Fact]
    public void Intervals_TooMany_AreRefused() =>
        Should.Throw<ArgumentException>(() => Backfill.Intervals(TimeSpan.FromMinutes(1), Utc("2026-01-01T00:00Z"), Utc("2026-01-03T00:00Z"), Utc("2026-02-01T00:00Z"))).Message.ShouldContain("1000");

    /// <summary>Under the key of an occurrence to come a run would be taken for that of the schedule, which then had none.</summary>
    [Fact]
    public void Intervals_RangeIntoTheFuture_EndsWithWhatIsOver()
    {
        var (from, until, now) = (Utc("2026-01-01T00:00Z"), Utc("2026-03-01T00:00Z"), Utc("2026-01-03T12:00Z"));
        Backfill.Intervals(new CronTimes("@daily", "UTC"), from, until, now)[^1].ShouldBe(new RunInterval(Utc("2026-01-02T00:00Z"), Utc("2026-01-03T00:00Z")));
        Backfill.Intervals(TimeSpan.FromDays(1), from, until, now).Count.ShouldBe(2);
        Should.Throw<ArgumentException>(() => Backfill.Intervals(TimeSpan.FromDays(7), from, until, now)).Message.ShouldContain("that is over");
    }

    private static DateTimeOffset Utc(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
