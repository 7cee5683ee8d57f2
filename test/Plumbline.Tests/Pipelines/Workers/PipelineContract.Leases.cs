using System.Diagnostics;
using Plumbline.Pipelines.Graphs;
using Plumbline.Pipelines.Runs;
using Plumbline.Pipelines.Workers;
using Plumbline.Storage;
using Plumbline.Tuning;
using static Plumbline.Tests.Pipelines.Workers.TestPipelines;

namespace Plumbline.Tests.Pipelines.Workers;

public abstract partial class PipelineContract
{
    [Fact]
    public async Task ReapAsync_WorkerThatSleptPastItsLease_PublishesNothing()
    {
        var pipeline = Single((context, _) => Task.FromResult((int)context.Attempt));
        var (queue, leases) = (new TaskQueue(Store, TimeProvider.System), new LeaseStore(Store, TimeProvider.System));
        var run = await Pipelines.StartAsync(pipeline, Request(), Token);
        var asleep = (await leases.TryAcquireAsync("asleep", "the sleeper", TimeSpan.FromMinutes(1), Token))!;
        var claimed = (await queue.ClaimAsync(asleep, [new QueueOffer(pipeline.QueueOf("cpu"), "cpu", 1, 1)], null, Token)).ShouldHaveSingleItem();
        (await queue.ReapAsync(Token)).ShouldBe(0);
        await leases.ReleaseAsync(asleep, Token);
        await WorkAsync(pipeline, run.Id);
        (await OutputAsync(run, "only")).ShouldBe("2");
        var late = new AttemptOutcome(AttemptState.Succeeded, "1", "", "", null);
        await Should.ThrowAsync<LeaseLostException>(() => queue.FinishAsync(asleep, claimed, late, [], null, Token));
        // Nor under a lease that is held, as the attempt is not its own.
        var awake = (await leases.TryAcquireAsync("asleep", "the sleeper", TimeSpan.FromMinutes(1), Token))!;
        await Should.ThrowAsync<LeaseLostException>(() => queue.FinishAsync(awake, claimed, late, [], null, Token));
        await Should.ThrowAsync<LeaseLostException>(() => new FencedStore(Store, connection => queue.Fence(connection, awake, claimed)).WriteAsync(_ => 1, Token));
        (await OutputAsync(run, "only")).ShouldBe("2");
        var attempts = await Pipelines.AttemptsAsync(run.Id, "only", cancellation: Token);
        attempts.Select(attempt => attempt.State).ShouldBe([AttemptState.Lost, AttemptState.Succeeded]);
        attempts[0].Fault.ShouldBe("the sleeper was lost: it died, or stood still past the end of its lease");
    }

    [Fact]
    public async Task ReapAsync_TaskThatLosesItsWorkersAgainAndAgain_Fails()
    {
        var pipeline = Single((_, _) => Task.FromResult(1));
        var (queue, leases) = (new TaskQueue(Store, TimeProvider.System), new LeaseStore(Store, TimeProvider.System));
        var run = await Pipelines.StartAsync(pipeline, Request(), Token);
        for (var i = 0; i < TaskQueue.MostLost; i++)
        {
            var lease = (await leases.TryAcquireAsync("short", "it", TimeSpan.FromMinutes(1), Token))!;
            (await queue.ClaimAsync(lease, [new QueueOffer(pipeline.QueueOf("cpu"), "cpu", 1, 1)], null, Token)).ShouldHaveSingleItem();
            await leases.ReleaseAsync(lease, Token);
            (await queue.ReapAsync(Token)).ShouldBe(1);
        }
        (await Pipelines.GetAsync(run.Id, Token)).State.ShouldBe(RunState.Failed);
    }

    [Fact]
    public async Task Store_OfAnAttempt_WritesOnlyWhileItHoldsItsTask()
    {
        var pipeline = Single(async (context, _) =>
        {
            await context.Store.WriteAsync(connection => connection.Execute("INSERT INTO counters (name, value) VALUES ('written', 1)"));
            await Pipelines.CancelAsync(context.RunId, "tester", "too late");
            await context.Store.WriteAsync(connection => connection.Execute("UPDATE counters SET value = 2 WHERE name = 'written'"));
            return 1;
        });
        var run = await RunAsync(pipeline);
        run.State.ShouldBe(RunState.Cancelled);
        (await Store.ReadAsync(connection => connection.Scalar("SELECT value FROM counters WHERE name = 'written'"), Token)).ShouldBe(1L);
        (await CountAsync("pipeline_results", run)).ShouldBe(0);
    }

    [Fact]
    public async Task CancelAsync_RunningMappedTasks_StopsThemAndPublishesNothing()
    {
        var begun = new SemaphoreSlim(0);
        var pipeline = Squares(async (context, number) =>
        {
            begun.Release();
            await Task.Delay(Timeout.InfiniteTimeSpan, context.Cancellation);
            return number;
        });
        var run = await Pipelines.StartAsync(pipeline, Request(), Token);
        var working = WorkAsync(pipeline, run.Id);
        await begun.WaitAsync(Token);
        (await Pipelines.CancelAsync(run.Id, "tester", "enough", Token)).State.ShouldBe(RunState.Cancelled);
        await working;
        await UntilAsync(async () => (await Pipelines.TasksAsync(run.Id, Token)).All(task => task.State.IsDone()));
        (await CountAsync("pipeline_results", run)).ShouldBe(1);
        (await TasksAsync(run))[^1].ShouldBe("sum cancelled");
        var conflict = await Should.ThrowAsync<MetadataException>(() => Pipelines.CancelAsync(run.Id, "tester", "again", Token));
        conflict.Error.ShouldBe(MetadataError.Conflict);
    }

    [Fact]
    public async Task ResumeAsync_FailedRun_DoesOnlyWhatFailedAgain()
    {
        var (ran, isBroken) = (new List<int>(), true);
        var pipeline = Squares((_, number) =>
        {
            lock (ran)
                ran.Add(number);
            return isBroken && number == 2 ? throw new InvalidOperationException("broken") : Task.FromResult(number * number);
        });
        var run = await RunAsync(pipeline);
        run.State.ShouldBe(RunState.Failed);
        isBroken = false;
        await Pipelines.ResumeAsync(run.Id, "tester", "mended", Token);
        await WorkAsync(pipeline, run.Id);
        (await Pipelines.GetAsync(run.Id, Token)).State.ShouldBe(RunState.Succeeded);
        (await OutputAsync(run, "sum")).ShouldBe("14");
        ran.Order().ShouldBe([1, 2, 2, 3]);
        (await Pipelines.AttemptsAsync(run.Id, "square", 1, Token)).Select(attempt => attempt.State).ShouldBe([AttemptState.Failed, AttemptState.Succeeded]);
        await Should.ThrowAsync<MetadataException>(() => Pipelines.ResumeAsync(run.Id, "tester", "", Token));
    }

    [Fact]
    public async Task PauseAsync_Run_HoldsBackWhatHasNotBegun()
    {
        var pipeline = Squares();
        var run = await Pipelines.StartAsync(pipeline, Request(), Token);
        await Pipelines.PauseAsync(run.Id, "tester", "wait", Token);
        (await Pipelines.TasksAsync(run.Id, Token))[0].WhyNotYet.ShouldBe($"the run is paused: plumbline pipelines resume {run.Id}");
        (await new TaskQueue(Store, TimeProvider.System).AnyAsync([new QueueOffer(pipeline.QueueOf("cpu"), "cpu", 1, 1)], null, Token)).ShouldBeFalse();
        await Pipelines.ResumeAsync(run.Id, "tester", "go on", Token);
        await WorkAsync(pipeline, run.Id);
        (await Pipelines.GetAsync(run.Id, Token)).State.ShouldBe(RunState.Succeeded);
    }

    [Fact]
    public async Task RunAsync_StoppedWorker_GivesBackWhatItIsAt()
    {
        var begun = new SemaphoreSlim(0);
        var pipeline = Single(async (context, _) =>
        {
            begun.Release();
            if (context.Attempt == 1)
                await Task.Delay(Timeout.InfiniteTimeSpan, context.Cancellation);
            return (int)context.Attempt;
        });
        var run = await Pipelines.StartAsync(pipeline, Request(), Token);
        using var stop = new CancellationTokenSource();
        var first = WorkerOf(pipeline, run.Id).RunAsync(stop.Token);
        await begun.WaitAsync(Token);
        await stop.CancelAsync();
        await first;
        (await Pipelines.AttemptsAsync(run.Id, "only", cancellation: Token)).ShouldHaveSingleItem().State.ShouldBe(AttemptState.Released);
        (await Store.ReadAsync(connection => connection.Scalar("SELECT COUNT(*) FROM leases"), Token)).ShouldBe(0L);
        await WorkAsync(pipeline, run.Id);
        (await OutputAsync(run, "only")).ShouldBe("2");
    }

    [Fact]
    public async Task RunAsync_CodeThatDoesNotStop_IsEndedWithoutIt()
    {
        var go = new TaskCompletionSource();
        var pipeline = Single(
            async (_, _) =>
            {
                await go.Task;
                return 1;
            },
            new NodeOptions { Timeout = TimeSpan.FromMilliseconds(20) });
        var run = await Pipelines.StartAsync(pipeline, Request(), Token);
        var options = new PipelineWorkerOptions { Run = run.Id, Look = TimeSpan.FromMilliseconds(20), Grace = TimeSpan.FromMilliseconds(20) };
        await new PipelineWorker(Pipelines, new PipelineCatalogue(pipeline), options, Home).RunAsync(Token);
        (await Pipelines.TasksAsync(run.Id, Token))[0].Reason.ShouldEndWith("its timeout; its code did not stop when it was told to");
        go.SetResult();
    }

    [Fact]
    public async Task TasksAsync_WaitingTasks_SayWhy()
    {
        var begun = new SemaphoreSlim(0);
        var builder = Builder();
        var first = builder.Add("first", Int, async (context, _) =>
        {
            begun.Release();
            await Task.Delay(Timeout.InfiniteTimeSpan, context.Cancellation);
            return 1;
        }, new NodeOptions { Slots = 2 });
        builder.Add("beside", Int, (_, _) => Task.FromResult(1), new NodeOptions { Slots = 1, Priority = -1 });
        builder.Add("graphic", Int, (_, _) => Task.FromResult(1), new NodeOptions { Pool = "gpu" });
        builder.Add("after", Int, (_, _) => Task.FromResult(1), null, first);
        var pipeline = builder.Build();
        var run = await Pipelines.StartAsync(pipeline, Request(), Token);
        using var stop = new CancellationTokenSource();
        var working = WorkerOf(pipeline, null).RunAsync(stop.Token);
        await begun.WaitAsync(Token);
        var why = (await Pipelines.TasksAsync(run.Id, Token)).ToDictionary(task => task.Node, task => task.WhyNotYet);
        why["first"].ShouldBeNull();
        why["after"].ShouldBe("waits for first (running)");
        why["beside"].ShouldBe($"pool cpu is full: first of run {run.Id[^8..]} by {Environment.MachineName}, process {Environment.ProcessId}");
        why["graphic"].ShouldBe("no worker takes pool gpu of test: start one with plumbline worker --pool gpu=1");
        await stop.CancelAsync();
        await working;
    }

    [Fact]
    public async Task RunAsync_Traced_IsOneTraceThroughAllProcesses()
    {
        var spans = new System.Collections.Concurrent.ConcurrentBag<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == PipelineTracing.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);
        var run = await RunAsync(Single((context, _) => context.Attempt < 2 ? throw new InvalidOperationException("again") : Task.FromResult(1), new NodeOptions { Retries = 1, Backoff = Soon }));
        var mine = spans.Where(span => (string?)span.GetTagItem("plumbline.run") == run.Id).ToArray();
        mine.Select(span => span.TraceId).Distinct().ShouldHaveSingleItem();
        var (root, task) = (mine.Single(span => span.OperationName == "pipeline run"), mine.Single(span => span.OperationName == "pipeline task"));
        task.ParentSpanId.ShouldBe(root.SpanId);
        var attempts = mine.Where(span => span.OperationName == "pipeline attempt").OrderBy(span => span.GetTagItem("plumbline.attempt")).ToArray();
        attempts.ShouldAllBe(attempt => attempt.ParentSpanId == task.SpanId);
        attempts.Select(attempt => attempt.Status).ShouldBe([ActivityStatusCode.Error, ActivityStatusCode.Unset]);
        // What went wrong may quote what nobody should read in a trace.
        (attempts[0].GetTagItem("error.type"), attempts[0].StatusDescription).ShouldBe(("failed", null));
    }

    [Fact]
    public async Task Log_OfAnAttempt_IsKept()
    {
        var run = await RunAsync(Single((context, _) =>
        {
            context.Log("so far\nso good");
            return Task.FromResult(1);
        }));
        (await AttemptLogs.ReadAsync(Home, run.Id, "only", 0, 1, TimeProvider.System, Token)).ShouldNotBeNull().ShouldEndWith("Z so far so good\n");
    }

    [Fact]
    public async Task RunAsync_ReasonThatNoDatabaseHolds_IsToldAsFarAsItCanBe()
    {
        var run = await RunAsync(Single((_, _) => throw new InvalidOperationException("a\0b \ud800 c")));
        run.State.ShouldBe(RunState.Failed);
        (await Pipelines.TasksAsync(run.Id, Token)).ShouldHaveSingleItem().Reason.ShouldBe("InvalidOperationException: a\ufffdb \ufffd c");
    }

    /// <summary>Of a claim or of a result, as it comes.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(7)]
    public async Task RunAsync_AnswerThatIsLost_LosesNoTask(int forgotten)
    {
        var pipeline = Squares((_, number) => Task.FromResult(number * number));
        await using var forgetful = new ForgetfulStore(Store, forgotten);
        var run = await Pipelines.StartAsync(pipeline, Request("""{"items": 8}"""), Token);
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Token);
        // One that works for a single run says that the store does not answer, and ends.
        var working = WorkerOf(pipeline, run: null, forgetful).RunAsync(done.Token);
        await UntilAsync(async () => (await Pipelines.GetAsync(run.Id, Token)).IsDone);
        await done.CancelAsync();
        await working;
        (await OutputAsync(run, "sum")).ShouldBe("204");
        (await CountAsync("pipeline_results", run)).ShouldBe(10);
        forgetful.Forgot.ShouldBe(1);
    }

    [Fact]
    public async Task RunAsync_CachedResultThatIsNotWhatWasStored_IsMadeAnew()
    {
        var ran = 0;
        var pipeline = Single((_, _) => Task.FromResult(Interlocked.Increment(ref ran)), new NodeOptions { IsCached = true });
        await RunAsync(pipeline);
        await Store.WriteAsync(connection => connection.Execute("UPDATE pipeline_results SET output = '7'"), Token);
        (await OutputAsync(await RunAsync(pipeline), "only")).ShouldBe("2");
    }

    [Fact]
    public async Task RunAsync_LeasesOfWorkersThatDiedLongAgo_AreRemoved()
    {
        var leases = new LeaseStore(Store, TimeProvider.System);
        var (dead, stalled) = ((await leases.TryAcquireAsync("pipeline-worker/dead", "dead", TimeSpan.FromDays(-1), Token))!, (await leases.TryAcquireAsync("pipeline-worker/stalled", "stalled", TimeSpan.FromMinutes(-1), Token))!);
        await Store.WriteAsync(
            connection => connection.Execute("INSERT INTO pipeline_workers (lease, name, queues, start_time) VALUES (@dead, 'dead', '[]', 1), (@stalled, 'stalled', '[]', 1)", ("dead", dead.Token), ("stalled", stalled.Token)), Token);
        await RunAsync(Single((_, _) => Task.FromResult(1)));
        (await Store.ReadAsync(connection => connection.Query("SELECT name FROM leases ORDER BY name", row => row.GetString(0)), Token)).ShouldBe(["pipeline-worker/stalled"]);
        (await Store.ReadAsync(connection => connection.Query("SELECT name FROM pipeline_workers WHERE name <> @me ORDER BY name", row => row.GetString(0), ("me", new PipelineWorkerOptions().Name)), Token)).ShouldBe(["stalled"]);
    }

    [Fact]
    public async Task Began_OfAnAttempt_IsTheTasksUntilTheRunGoesOn()
    {
        var began = new List<DateTimeOffset>();
        var pipeline = Single(
            (context, _) =>
            {
                began.Add(context.Began);
                throw new InvalidOperationException("it fails");
            },
            new NodeOptions { Retries = 1, Backoff = Soon });
        var run = await RunAsync(pipeline);
        await Pipelines.ResumeAsync(run.Id, "tester", "", Token);
        await WorkAsync(pipeline, run.Id);
        began.Count.ShouldBe(4);
        began[1].ShouldBe(began[0]);
        began[2].ShouldBeGreaterThan(began[0]);
        began[3].ShouldBe(began[2]);
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        while (!await condition())
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Token);
    }
}
