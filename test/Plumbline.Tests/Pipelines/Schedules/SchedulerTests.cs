using Plumbline.Pipelines.Runs;
using Plumbline.Pipelines.Schedules;
using Plumbline.Pipelines.Workers;
using Plumbline.Storage;
using Plumbline.Tests.Storage;
using static Plumbline.Tests.Pipelines.Workers.TestPipelines;

namespace Plumbline.Tests.Pipelines.Schedules;

public sealed class SchedulerTests : IAsyncLifetime
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly TemporaryFolder _folder = new();
    private readonly ManualTime _time = new();
    private SqliteMetadataStore _store = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private PipelineStore Pipelines => new(_store, _time);

    private ScheduleStore Schedules => new(_store, "", _time);

    public ValueTask InitializeAsync()
    {
        _store = SqliteMetadataStore.Open(_folder.File("plumbline.db"), _time);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(CatchUp.None, 0)]
    [InlineData(CatchUp.Latest, 1)]
    [InlineData(CatchUp.All, 5)]
    public async Task TickAsync_MissedOccurrences_AreCaughtUpWithAsAsked(CatchUp catchUp, int expected)
    {
        await SetAsync(catchUp);
        Move(5 * Hour + TimeSpan.FromMinutes(20));
        (await TickAsync()).ShouldBe(expected);
        (await TickAsync()).ShouldBe(0);
        var runs = await Pipelines.ListAsync(cancellation: Token);
        runs.Count.ShouldBe(expected);
        runs.ShouldAllBe(run => run.Interval!.Until - run.Interval.From == Hour && run.Trigger.Kind == TriggerKind.Schedule);
        Move(TimeSpan.FromMinutes(27));
        (await TickAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task TickAsync_TwoSchedulers_StartOneRun()
    {
        await SetAsync(CatchUp.Latest);
        Move(Hour);
        await Task.WhenAll(TickAsync(), TickAsync());
        (await Pipelines.ListAsync(cancellation: Token)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task PauseAsync_Schedule_MissesWhatComesMeanwhile()
    {
        await SetAsync(CatchUp.All);
        await Schedules.PauseAsync("hourly", true, "tester", Token);
        Move(3 * Hour);
        (await TickAsync()).ShouldBe(0);
        await Schedules.PauseAsync("hourly", false, "tester", Token);
        (await TickAsync()).ShouldBe(0);
        Move(Hour);
        (await TickAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task TickAsync_ParametersThatCannotBe_AreTold()
    {
        await Schedules.SetAsync(new PipelineSchedule("hourly", "squares", "0 * * * *") { Parameters = new() { ["itms"] = 1 } }, "tester", Token);
        Move(Hour);
        (await TickAsync()).ShouldBe(0);
        (await Schedules.GetAsync("hourly", Token)).Fault.ShouldContain("itms");
    }

    [Fact]
    public async Task StartAsync_BackfillOfAScheduledInterval_LeavesItAsItIs()
    {
        await SetAsync(CatchUp.Latest);
        var begun = _time.GetUtcNow();
        Move(Hour);
        await TickAsync();
        var times = (await Schedules.GetAsync("hourly", Token)).Schedule.Times();
        var intervals = Backfill.Intervals(times, begun - (3 * Hour), _time.GetUtcNow() - Hour, _time.GetUtcNow());
        var runs = await Backfill.StartAsync(Pipelines, Squares(), "hourly", intervals, [], new RunTrigger(TriggerKind.Backfill, "tester", ""), Token);
        runs.Count.ShouldBe(3);
        runs.Count(run => run.Trigger.Kind == TriggerKind.Schedule).ShouldBe(1);
        (await Pipelines.ListAsync(cancellation: Token)).Count.ShouldBe(3);
    }

    [Fact]
    public async Task StartAsync_BackfillOfASchedule_HasItsParametersAndIsOfItsPipeline()
    {
        var schedule = new PipelineSchedule("hourly", "squares", "0 * * * *") { Parameters = new() { ["items"] = 7, ["note"] = "nightly" } };
        var intervals = Backfill.Intervals(schedule.Times(), _time.GetUtcNow() - (2 * Hour), _time.GetUtcNow(), _time.GetUtcNow());
        var trigger = new RunTrigger(TriggerKind.Backfill, "tester", "");
        var run = (await Backfill.StartAsync(Pipelines, Squares(), schedule, intervals, new() { ["note"] = "again" }, trigger, Token)).ShouldHaveSingleItem();
        run.Parameters.ShouldBe("""{"items":7,"group":"","note":"again"}""");
        var other = await Should.ThrowAsync<ArgumentException>(() => Backfill.StartAsync(Pipelines, Single((_, _) => Task.FromResult(1)), schedule, intervals, [], trigger, Token));
        other.Message.ShouldBe("The schedule hourly is of the pipeline squares, not of single.");
    }

    /// <summary>What history is made of anew can wait; what drift asks for cannot.</summary>
    [Fact]
    public async Task RunEnds_BackfilledRunsWait_OthersBeginBeforeThemAndAreNotLeftOut()
    {
        await Schedules.SetAsync(new PipelineSchedule("hourly", "squares", "0 * * * *") { Parameters = new() { ["group"] = "a" } }, "tester", Token);
        var times = (await Schedules.GetAsync("hourly", Token)).Schedule.Times();
        var now = _time.GetUtcNow();
        var backfilled = await Backfill.StartAsync(
            Pipelines, Squares(), (await Schedules.GetAsync("hourly", Token)).Schedule, Backfill.Intervals(times, now - (6 * Hour), now, now), [], new RunTrigger(TriggerKind.Backfill, "tester", ""), Token);
        Move(Hour);
        (await TickAsync()).ShouldBe(1);
        backfilled[0].State.ShouldBe(RunState.Running);
        await Pipelines.CancelAsync(backfilled[0].Id, "tester", "", Token);
        var running = await RunningAsync();
        running.Trigger.Kind.ShouldBe(TriggerKind.Schedule);
        await Pipelines.CancelAsync(running.Id, "tester", "", Token);
        (await RunningAsync()).Trigger.Kind.ShouldBe(TriggerKind.Backfill);

        async Task<PipelineRun> RunningAsync() => (await Pipelines.ListAsync(activeOnly: true, cancellation: Token)).Single(run => run.State == RunState.Running);
    }

    [Fact]
    public async Task TickAsync_MoreThanAreCaughtUpWithAtATime_AreAllRun()
    {
        await SetAsync(CatchUp.All);
        Move(5 * Hour + TimeSpan.FromMinutes(20));
        var scheduler = new PipelineScheduler(Pipelines, new PipelineCatalogue(Squares()), "tester") { MostCaughtUp = 2 };
        int[] started = [await scheduler.TickAsync(Token), await scheduler.TickAsync(Token), await scheduler.TickAsync(Token), await scheduler.TickAsync(Token)];
        started.ShouldBe([2, 2, 1, 0]);
        (await Pipelines.ListAsync(cancellation: Token)).Select(run => run.Interval!.Until).Distinct().Count().ShouldBe(5);
    }

    [Fact]
    public async Task TickAsync_ClockThatWasAhead_GoesOnByTheClockOfNow()
    {
        await SetAsync(CatchUp.Latest);
        Move(TimeSpan.FromDays(3650));
        (await TickAsync()).ShouldBe(1);
        Move(TimeSpan.FromDays(-3650));
        (await TickAsync()).ShouldBe(0);
        (await Schedules.GetAsync("hourly", Token)).Next.ShouldBeLessThanOrEqualTo(_time.GetUtcNow() + Hour);
        Move(Hour);
        (await TickAsync()).ShouldBe(1);
    }

    [Theory]
    [InlineData(CatchUp.Latest, 2)]
    [InlineData(CatchUp.All, 4)]
    public async Task TickAsync_RunsThatWaitForAnother_DoNotPileUp(CatchUp catchUp, int expected)
    {
        await Schedules.SetAsync(new PipelineSchedule("hourly", "squares", "0 * * * *") { CatchUp = catchUp, Parameters = new() { ["group"] = "a" } }, "tester", Token);
        for (var i = 0; i < 4; i++)
        {
            Move(Hour);
            await TickAsync();
        }
        var runs = await Pipelines.ListAsync(cancellation: Token);
        runs.Count.ShouldBe(expected);
        runs.Count(run => run.State == RunState.Running).ShouldBe(1);
        var fault = (await Schedules.GetAsync("hourly", Token)).Fault;
        if (catchUp == CatchUp.Latest)
            fault.ShouldEndWith("Z was left out, as the run before is still queued");
        else
            fault.ShouldBeEmpty();
        foreach (var run in runs)
            await Pipelines.CancelAsync(run.Id, "tester", "", Token);
        Move(Hour);
        (await TickAsync()).ShouldBe(1);
        (await Schedules.GetAsync("hourly", Token)).Fault.ShouldBeEmpty();
    }

    [Fact]
    public async Task TickAsync_TimeZoneThatIsUnknownHere_IsToldAndOthersGoOn()
    {
        await SetAsync(CatchUp.Latest);
        await Schedules.SetAsync(new PipelineSchedule("earlier", "squares", "0 * * * *") { TimeZone = "Europe/Berlin" }, "tester", Token);
        await _store.WriteAsync(connection => connection.Execute("UPDATE pipeline_schedules SET definition = replace(definition, 'Europe/Berlin', 'Mars/Olympus') WHERE name = 'earlier'"), Token);
        Move(Hour);
        (await TickAsync()).ShouldBe(1);
        var told = await Schedules.GetAsync("earlier", Token);
        told.Fault.ShouldContain("Mars/Olympus");
        told.Next.ShouldBeLessThan(_time.GetUtcNow());
    }

    [Fact]
    public async Task ListAsync_ScheduleThatNobodyFires_SaysWhy()
    {
        await SetAsync(CatchUp.Latest);
        (await Schedules.GetAsync("hourly", Token)).WhyNotYet.ShouldBeNull();
        Move(Hour + TimeSpan.FromMinutes(2));
        (await Schedules.ListAsync(Token)).ShouldHaveSingleItem().WhyNotYet!.ShouldMatch(@"^due since 2023-11-14 23:00Z, and nobody schedules: start plumbline worker$");
        (await Pipelines.StandingsAsync("", ["squares"], Token)).ShouldHaveSingleItem().Waiting.ShouldBe(_time.GetUtcNow() - (await Schedules.GetAsync("hourly", Token)).Next);
        await new LeaseStore(_store, _time).TryAcquireAsync("pipeline-scheduler/", "worker 7", Hour, Token);
        (await Schedules.GetAsync("hourly", Token)).WhyNotYet!.ShouldEndWith("worker 7, which schedules, has not the code of squares or does not get on");
        await TickAsync();
        (await Schedules.GetAsync("hourly", Token)).WhyNotYet.ShouldBeNull();
    }

    [Fact]
    public async Task RunAsync_LeaseThatWasLost_IsTakenAnew()
    {
        var pipelines = new PipelineStore(_store, TimeProvider.System);
        var scheduler = new PipelineScheduler(pipelines, new PipelineCatalogue(Squares()), "tester");
        using var stop = new CancellationTokenSource();
        var running = scheduler.RunAsync(stop.Token);
        var first = await TokenAsync(known: null);
        await _store.WriteAsync(connection => connection.Execute("UPDATE leases SET ends_at = 0"), Token);
        (await TokenAsync(first)).ShouldBeGreaterThan(first);
        running.IsCompleted.ShouldBeFalse();
        await stop.CancelAsync();
        await running;

        async Task<long> TokenAsync(long? known)
        {
            while (true)
            {
                if (await new LeaseStore(_store, TimeProvider.System).FindAsync("pipeline-scheduler/", Token) is { } lease && lease.Token != known)
                    return lease.Token;
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Token);
            }
        }
    }

    private Task<StoredSchedule> SetAsync(CatchUp catchUp) => Schedules.SetAsync(new PipelineSchedule("hourly", "squares", "0 * * * *") { CatchUp = catchUp }, "tester", Token);

    private void Move(TimeSpan time) => _time.UnixMilliseconds += (long)time.TotalMilliseconds;

    private Task<int> TickAsync() => new PipelineScheduler(Pipelines, new PipelineCatalogue(Squares()), "tester").TickAsync(Token);
}
