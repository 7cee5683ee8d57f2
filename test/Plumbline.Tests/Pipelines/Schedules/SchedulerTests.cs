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
        var intervals = Backfill.Intervals(times, begun - (3 * Hour), _time.GetUtcNow() - Hour);
        var runs = await Backfill.StartAsync(Pipelines, Squares(), "hourly", intervals, [], new RunTrigger(TriggerKind.Backfill, "tester", ""), Token);
        runs.Count.ShouldBe(3);
        runs.Count(run => run.Trigger.Kind == TriggerKind.Schedule).ShouldBe(1);
        (await Pipelines.ListAsync(cancellation: Token)).Count.ShouldBe(3);
    }

    private Task<StoredSchedule> SetAsync(CatchUp catchUp) => Schedules.SetAsync(new PipelineSchedule("hourly", "squares", "0 * * * *") { CatchUp = catchUp }, "tester", Token);

    private void Move(TimeSpan time) => _time.UnixMilliseconds += (long)time.TotalMilliseconds;

    private Task<int> TickAsync() => new PipelineScheduler(Pipelines, new PipelineCatalogue(Squares()), "tester").TickAsync(Token);
}
