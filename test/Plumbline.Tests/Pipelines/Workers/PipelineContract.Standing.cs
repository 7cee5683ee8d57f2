using Plumbline.Pipelines.Runs;
using Plumbline.Pipelines.Schedules;
using Plumbline.Tests.Storage;
using static Plumbline.Tests.Pipelines.Workers.TestPipelines;

namespace Plumbline.Tests.Pipelines.Workers;

public abstract partial class PipelineContract
{
    [Fact]
    public async Task StandingsAsync_LastRunThatEnded_SaysWhetherThePipelineFailed()
    {
        var fails = true;
        var pipeline = Single((_, _) => fails ? throw new InvalidOperationException("no luck") : Task.FromResult(1));
        (await StandingAsync("single", "squares")).ShouldBe([new PipelineStanding("single", false, TimeSpan.Zero), new PipelineStanding("squares", false, TimeSpan.Zero)]);
        var failed = await RunAsync(pipeline);
        (await StandingAsync("single", "squares")).Select(standing => standing.HasFailed).ShouldBe([true, false]);
        // What a person ended says nothing.
        var cancelled = await Pipelines.StartAsync(pipeline, Request(), Token);
        await Pipelines.CancelAsync(cancelled.Id, "tester", "enough", Token);
        (await StandingAsync("single")).Single().HasFailed.ShouldBeTrue();
        fails = false;
        await Pipelines.ResumeAsync(failed.Id, "tester", "once more", Token);
        await WorkAsync(pipeline, failed.Id);
        (await StandingAsync("single")).Single().HasFailed.ShouldBeFalse();
        (await Pipelines.StandingsAsync("another", ["single"], Token)).Single().HasFailed.ShouldBeFalse();
    }

    [Fact]
    public async Task StandingsAsync_NobodyTakesATask_WaitsUntilAWorkerIsThere()
    {
        var pipeline = Single(async (context, _) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, context.Cancellation);
            return 1;
        });
        foreach (var _ in Enumerable.Range(0, 3))
            await Pipelines.StartAsync(pipeline, Request(), Token);
        (await StandingAfterAsync(TimeSpan.FromMinutes(10))).ShouldBeInRange(TimeSpan.FromMinutes(9.9), TimeSpan.FromMinutes(10.5));
        using var stop = new CancellationTokenSource();
        var working = WorkerOf(pipeline, null).RunAsync(stop.Token);
        // Two of them run, and a third waits for a worker who is there.
        await UntilAsync(async () => (await StandingAsync("single")).Single().Waiting == TimeSpan.Zero);
        await stop.CancelAsync();
        await working;
        (await StandingAfterAsync(TimeSpan.FromMinutes(10))).ShouldBeGreaterThan(TimeSpan.FromMinutes(9.9));
    }

    [Fact]
    public async Task StandingsAsync_ScheduleThatNobodyBegins_WaitsSinceItWasDue()
    {
        var schedules = new ScheduleStore(Store, "", TimeProvider.System);
        await schedules.SetAsync(new PipelineSchedule("often", "single", "* * * * *"), "tester", Token);
        (await StandingAsync("single")).Single().Waiting.ShouldBe(TimeSpan.Zero);
        (await StandingAfterAsync(TimeSpan.FromMinutes(30))).ShouldBeInRange(TimeSpan.FromMinutes(28.9), TimeSpan.FromMinutes(30.5));
        await schedules.PauseAsync("often", true, "tester", Token);
        (await StandingAfterAsync(TimeSpan.FromMinutes(30))).ShouldBe(TimeSpan.Zero);
    }

    private Task<IReadOnlyList<PipelineStanding>> StandingAsync(params string[] pipelines) => Pipelines.StandingsAsync("", pipelines, Token);

    /// <summary>For how long something of <c>single</c> will have waited then.</summary>
    private async Task<TimeSpan> StandingAfterAsync(TimeSpan passed)
    {
        var later = new ManualTime { UnixMilliseconds = (TimeProvider.System.GetUtcNow() + passed).ToUnixTimeMilliseconds() };
        return (await new PipelineStore(Store, later).StandingsAsync("", ["single"], Token)).Single().Waiting;
    }
}
