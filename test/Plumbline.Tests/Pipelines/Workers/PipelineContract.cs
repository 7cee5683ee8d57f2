using System.Collections.Concurrent;
using Plumbline.Pipelines.Graphs;
using Plumbline.Pipelines.Runs;
using Plumbline.Pipelines.Workers;
using Plumbline.Statistics;
using Plumbline.Storage;
using Plumbline.Tests.Pipelines.Runs;
using Plumbline.Tests.Storage;
using static Plumbline.Tests.Pipelines.Workers.TestPipelines;

namespace Plumbline.Tests.Pipelines.Workers;

/// <summary>Runs of pipelines over a metadata store of any kind.</summary>
public abstract partial class PipelineContract : BackendTests
{
    private static readonly RetryBackoff Soon = new(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(2));

    private readonly TemporaryFolder _home = new();

    private PipelineStore Pipelines => new(Store, TimeProvider.System);

    private Home Home => new(_home.Path);

    [Fact]
    public async Task RunAsync_MappedGraph_PassesOutputsAlong()
    {
        var run = await RunAsync(Squares());
        run.State.ShouldBe(RunState.Succeeded);
        (await OutputAsync(run, "sum")).ShouldBe("14");
        (await TasksAsync(run)).ShouldBe(["list succeeded", "square[0] succeeded", "square[1] succeeded", "square[2] succeeded", "sum succeeded"]);
    }

    [Fact]
    public async Task RunAsync_EmptyList_SkipsWhatIsMappedOverIt()
    {
        var run = await RunAsync(Squares(sum: TriggerRule.NoneFailed), Request("""{"items": 0}"""));
        run.State.ShouldBe(RunState.Succeeded);
        var tasks = await Pipelines.TasksAsync(run.Id, Token);
        tasks[1].State.ShouldBe(TaskState.Skipped);
        tasks[1].Reason.ShouldBe("the list of list is empty");
        (await OutputAsync(run, "sum")).ShouldBe("0");
    }

    [Fact]
    public async Task RunAsync_SomeTasksFail_FailsUnlessThatIsTolerated()
    {
        static Task<int> Square(NodeContext context, int number) => number == 2 ? throw new InvalidOperationException("two is odd") : Task.FromResult(number * number);
        var failed = await RunAsync(Squares(Square));
        failed.State.ShouldBe(RunState.Failed);
        (await TasksAsync(failed)).ShouldBe(["list succeeded", "square[0] succeeded", "square[1] failed", "square[2] succeeded", "sum upstream_failed"]);
        (await Pipelines.TasksAsync(failed.Id, Token))[2].Reason.ShouldBe("InvalidOperationException: two is odd");
        var tolerated = await RunAsync(Squares(Square, new NodeOptions { ToleratedFailures = 0.5 }));
        tolerated.State.ShouldBe(RunState.Succeeded);
        (await OutputAsync(tolerated, "sum")).ShouldBe("10");
    }

    [Fact]
    public async Task RunAsync_FailingTask_IsTriedAgain()
    {
        var run = await RunAsync(Single((context, _) => context.Attempt < 3 ? throw new InvalidOperationException($"attempt {context.Attempt}") : Task.FromResult((int)context.Attempt), new NodeOptions { Retries = 2, Backoff = Soon }));
        run.State.ShouldBe(RunState.Succeeded);
        (await OutputAsync(run, "only")).ShouldBe("3");
        var attempts = await Pipelines.AttemptsAsync(run.Id, "only", cancellation: Token);
        attempts.Select(attempt => attempt.State).ShouldBe([AttemptState.Failed, AttemptState.Failed, AttemptState.Succeeded]);
        attempts[0].Fault.ShouldBe("InvalidOperationException: attempt 1");
        attempts.ShouldAllBe(attempt => attempt.Ended >= attempt.Started);
    }

    [Fact]
    public async Task RunAsync_AttemptOverItsTimeout_IsToldToStopAndFails()
    {
        var run = await RunAsync(Single(
            async (context, _) =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, context.Cancellation);
                return 1;
            },
            new NodeOptions { Timeout = TimeSpan.FromMilliseconds(50) }));
        run.State.ShouldBe(RunState.Failed);
        (await Pipelines.AttemptsAsync(run.Id, "only", cancellation: Token)).ShouldHaveSingleItem().State.ShouldBe(AttemptState.TimedOut);
    }

    [Fact]
    public async Task RunAsync_SameInputs_TakesWhatIsThere()
    {
        var ran = 0;
        var pipeline = Squares((_, number) => Task.FromResult(Interlocked.Increment(ref ran) * 0 + number * number), new NodeOptions { IsCached = true, Parameters = [] });
        await RunAsync(pipeline);
        var again = await RunAsync(pipeline, Request("""{"items": 4}"""));
        ran.ShouldBe(4);
        (await TasksAsync(again)).ShouldBe(["list succeeded", "square[0] cached", "square[1] cached", "square[2] cached", "square[3] succeeded", "sum succeeded"]);
        (await OutputAsync(again, "sum")).ShouldBe("30");
        await RunAsync(pipeline, Request() with { Forced = ["square"] });
        ran.ShouldBe(7);
        var unknown = await Should.ThrowAsync<ArgumentException>(() => Pipelines.StartAsync(pipeline, Request() with { Forced = ["cube"] }, Token));
        unknown.Message.ShouldContain("cube");
    }

    [Fact]
    public async Task RunAsync_Branch_SkipsWhatIsNotFollowed()
    {
        var builder = Builder();
        NodeOutput<int>? left = null;
        var branch = builder.Add("branch", Int, (context, _) =>
        {
            context.FollowOnly(left!);
            return Task.FromResult(0);
        });
        left = builder.Add("left", Int, (_, _) => Task.FromResult(1), null, branch);
        var right = builder.Add("right", Int, (_, _) => Task.FromResult(2), null, branch);
        builder.Add("join", Int, (context, _) => Task.FromResult(context.TryGet(right, out var value) ? value : context.Get(left)), new NodeOptions { Trigger = TriggerRule.NoneFailedMinOneSuccess }, left, right);
        var run = await RunAsync(builder.Build());
        (await TasksAsync(run)).ShouldBe(["branch succeeded", "left succeeded", "right skipped", "join succeeded"]);
        (await OutputAsync(run, "join")).ShouldBe("1");
    }

    [Fact]
    public async Task StartAsync_SameKey_IsOneRun()
    {
        var first = await Pipelines.StartAsync(Squares(), Request() with { Key = "today" }, Token);
        (await Pipelines.StartAsync(Squares(), Request("""{"items": 9}""") with { Key = "today" }, Token)).Id.ShouldBe(first.Id);
        (await Pipelines.StartAsync(Squares(), Request() with { Key = "tomorrow" }, Token)).Id.ShouldNotBe(first.Id);
    }

    [Fact]
    public async Task StartAsync_WrongParameters_NamesTheKey() =>
        (await Should.ThrowAsync<ArgumentException>(() => Pipelines.StartAsync(Squares(), Request("""{"itms": 9}"""), Token))).Message.ShouldContain("itms");

    [Fact]
    public async Task StartAsync_OfOneKind_OneRunsAtATime()
    {
        var pipeline = Squares();
        var first = await Pipelines.StartAsync(pipeline, Request("""{"group": "a"}"""), Token);
        var second = await Pipelines.StartAsync(pipeline, Request("""{"group": "a"}"""), Token);
        var other = await Pipelines.StartAsync(pipeline, Request("""{"group": "b"}"""), Token);
        (first.State, second.State, other.State).ShouldBe((RunState.Running, RunState.Queued, RunState.Running));
        (await Pipelines.TasksAsync(second.Id, Token))[0].WhyNotYet.ShouldBe($"the run is queued behind run {first.Id}: of its kind one runs at a time");
        await WorkAsync(pipeline, first.Id);
        (await Pipelines.GetAsync(second.Id, Token)).State.ShouldBe(RunState.Running);
        await WorkAsync(pipeline, second.Id);
        (await Pipelines.GetAsync(second.Id, Token)).State.ShouldBe(RunState.Succeeded);
    }

    [Fact]
    public async Task PauseAsync_QueuedRun_LetsOthersGoFirst()
    {
        var pipeline = Squares();
        var order = new List<string>();
        for (var i = 0; i < 3; i++)
            order.Add((await Pipelines.StartAsync(pipeline, Request("""{"group": "a"}"""), Token)).Id);
        await Pipelines.PauseAsync(order[1], "tester", "wait", Token);
        await WorkAsync(pipeline, order[0]);
        (await StateAsync(order[1]), await StateAsync(order[2])).ShouldBe((RunState.Queued, RunState.Running));
        (await Pipelines.ResumeAsync(order[1], "tester", "", Token)).State.ShouldBe(RunState.Queued);
        await Pipelines.PauseAsync(order[1], "tester", "wait", Token);
        await WorkAsync(pipeline, order[2]);
        (await StateAsync(order[1])).ShouldBe(RunState.Queued);
        (await Pipelines.ResumeAsync(order[1], "tester", "", Token)).State.ShouldBe(RunState.Running);
        await WorkAsync(pipeline, order[1]);
        (await StateAsync(order[1])).ShouldBe(RunState.Succeeded);

        async Task<RunState> StateAsync(string run) => (await Pipelines.GetAsync(run, Token)).State;
    }

    [Fact]
    public async Task RunAsync_TwoWorkers_PublishEachResultOnce()
    {
        var ran = new ConcurrentBag<int>();
        var pipeline = Squares((_, number) =>
        {
            ran.Add(number);
            return Task.FromResult(number * number);
        });
        var run = await Pipelines.StartAsync(pipeline, Request("""{"items": 60}"""), Token);
        await Task.WhenAll(WorkAsync(pipeline, run.Id), WorkAsync(pipeline, run.Id, OpenAnother()));
        (await OutputAsync(run, "sum")).ShouldBe("73810");
        ran.Count.ShouldBe(60);
    }

    [Fact]
    public async Task RunAsync_AnyGraph_EndsAsTheNaiveModel()
    {
        for (var seed = 1UL; seed <= 12; seed++)
        {
            var random = new RandomSource(seed);
            var graph = RandomGraph.Of(random);
            var fates = graph.Nodes.ToDictionary(node => node.Name, _ => RandomGraph.Fate(random), StringComparer.Ordinal);
            var run = await RunAsync(PipelineOf(graph, fates));
            var tasks = await Pipelines.TasksAsync(run.Id, Token);
            tasks.ToDictionary(task => task.Node, task => task.State).ShouldBe(RandomGraph.Ends(graph, fates), ignoreOrder: true);
            (await CountAsync("pipeline_results", run)).ShouldBe(tasks.Count(task => task.State.IsSuccess()));
        }
    }

    protected override void Cleanup() => _home.Dispose();

    private static Pipeline PipelineOf(RunGraph graph, Dictionary<string, TaskState> fates)
    {
        var builder = Builder("random");
        var nodes = new Dictionary<string, NodeReference>(StringComparer.Ordinal);
        foreach (var node in graph.Nodes)
        {
            nodes[node.Name] = builder.Add(
                node.Name, Int,
                (context, _) => fates[node.Name] switch
                {
                    TaskState.Skipped => throw context.Skipped("nothing to do"),
                    TaskState.Failed => throw new InvalidOperationException("it fails"),
                    _ => Task.FromResult(1),
                },
                node.Options, [.. node.After.Select(name => nodes[name])]);
        }
        return builder.Build();
    }

    private async Task<PipelineRun> RunAsync(Pipeline pipeline, RunRequest? request = null)
    {
        var run = await Pipelines.StartAsync(pipeline, request ?? Request(), Token);
        await WorkAsync(pipeline, run.Id);
        return await Pipelines.GetAsync(run.Id, Token);
    }

    private Task WorkAsync(Pipeline pipeline, string run, IMetadataStore? store = null) => WorkerOf(pipeline, run, store).RunAsync(Token);

    private PipelineWorker WorkerOf(Pipeline pipeline, string? run, IMetadataStore? store = null) => new(
        new PipelineStore(store ?? Store, TimeProvider.System), new PipelineCatalogue(pipeline),
        new PipelineWorkerOptions { Run = run, Look = TimeSpan.FromMilliseconds(50), Pools = new Dictionary<string, int> { ["cpu"] = 2 } }, Home);

    private async Task<string> OutputAsync(PipelineRun run, string node) => (await Pipelines.OutputAsync(run.Id, node, cancellation: Token))!.ToJsonString();

    private async Task<string[]> TasksAsync(PipelineRun run) => [.. (await Pipelines.TasksAsync(run.Id, Token)).Select(task => $"{task.Name} {RunWords.Of(task.State)}")];

    private Task<int> CountAsync(string table, PipelineRun run) => Store.ReadAsync(connection => (int)(long)connection.Scalar($"SELECT COUNT(*) FROM {table} WHERE run_id = @run", ("run", run.Id))!, Token);
}
