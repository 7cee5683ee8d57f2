using Plumbline.Pipelines.Graphs;
using Plumbline.Pipelines.Retention;
using Plumbline.Pipelines.Retraining;
using Plumbline.Pipelines.Runs;
using Plumbline.Pipelines.Training;
using Plumbline.Pipelines.Workers;
using Plumbline.Registry;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;
using Plumbline.Tests.Storage;
using Plumbline.Tracking;
using static Plumbline.Tests.Pipelines.Workers.TestPipelines;

namespace Plumbline.Tests.Pipelines.Retention;

/// <summary>Retention of runs over a metadata store of any kind.</summary>
public abstract class RunPrunerContract : BackendTests
{
    private static readonly string[] Tables = ["pipeline_runs", "pipeline_nodes", "pipeline_tasks", "pipeline_attempts", "pipeline_results"];

    private readonly TemporaryFolder _home = new();

    private PipelineStore Pipelines => new(Store, TimeProvider.System);

    private Home Home => new(_home.Path) { Artifacts = ArtifactStoreOptions.Parse(_home.File("store"), "here", _home.Path) };

    [Fact]
    public async Task PruneAsync_OldRuns_GoWithAllThatIsTheirs()
    {
        var pipeline = Squares((context, number) =>
        {
            context.Log("here I am");
            return Task.FromResult(number * number);
        });
        string[] runs = [await RunAsync(pipeline), await RunAsync(pipeline), await RunAsync(pipeline)];
        (await PrunerOf(days: 29).PlanAsync(Token)).ShouldBeEmpty("they are young");
        var plan = await PrunerOf(days: 31, keep: 1).PlanAsync(Token);
        plan.Select(run => (run.Id, run.Removed, run.State)).ShouldBe([(runs[0], true, RunState.Succeeded), (runs[1], true, RunState.Succeeded)]);
        plan[0].Reason.ShouldBe("not among the 1 newest of its pipeline, and ended more than 30 days ago");
        (await Pipelines.ListAsync(cancellation: Token)).Count.ShouldBe(3, "a plan changes nothing");

        (await PrunerOf(days: 31, keep: 1).PruneAsync("ann", Token)).ShouldBe(plan);
        (await Pipelines.ListAsync(cancellation: Token)).ShouldHaveSingleItem().Id.ShouldBe(runs[2]);
        foreach (var table in Tables)
            (await RunsInAsync(table)).ShouldBe([runs[2]], table);
        Directory.GetDirectories(Home.Pipelines).Select(Path.GetFileName).ShouldBe([runs[2]]);
        using var shared = new SharedArtifacts(Home, TimeProvider.System);
        (await (await shared.OpenAsync(Token)).ListAsync(ArtifactKind.Pipelines, Token).ToListAsync(Token)).ShouldBe([runs[2]]);
        (await AttemptLogs.ReadAsync(Home, runs[2], "square", 0, 1, TimeProvider.System, Token)).ShouldNotBeNull();
        var told = (await new EventLog(Store).ListAsync("pipelines", cancellation: Token)).ShouldHaveSingleItem();
        (told.Action, told.Actor).ShouldBe(("pipelines.pruned", "ann"));
        told.Detail.ShouldContain(runs[0]);
    }

    [Fact]
    public async Task PlanAsync_RunsThatSomethingRefersTo_StayWithTheReason()
    {
        var pipeline = Squares();
        var cycle = await CycleAsync();
        string[] runs = [await RunAsync(pipeline, RetrainingStore.RunKey + cycle), await RunAsync(pipeline), await RunAsync(pipeline)];
        await RegisterAsync(runs[1]);
        await Store.WriteAsync(connection => connection.Execute("UPDATE pipeline_tasks SET state = 'running' WHERE run_id = @run AND node = 'sum'", ("run", runs[2])), Token);
        await Pipelines.StartAsync(pipeline, Request(), Token);
        (await PrunerOf(days: 31).PruneAsync("ann", Token)).Select(run => (run.Id, run.Removed, run.Reason)).ShouldBe(
            [(runs[0], false, $"retraining {cycle} tells of it"), (runs[1], false, "reviews/1 was made by it"), (runs[2], false, "attempts of it have not stopped yet")]);
        (await Pipelines.ListAsync(cancellation: Token)).Count.ShouldBe(4, "one is active");
    }

    [Fact]
    public async Task StepAsync_Interrupted_IsGoneToAllAndEndedByTheNext()
    {
        var pipeline = Single((_, _) => throw new InvalidOperationException("it fails"));
        var run = await RunAsync(pipeline, "monday");
        await Store.WriteAsync(
            connection => connection.Execute(
                """
                INSERT INTO pipeline_tasks (run_id, node, item, input, state, queue, priority, slots, ready_at, attempt, failures, lost, lease, reason, trace)
                WITH RECURSIVE items (item) AS (SELECT 1 UNION ALL SELECT item + 1 FROM items WHERE item < 700)
                SELECT @run, 'only', item, '', 'succeeded', '', 0, 1, 0, 1, 0, 0, 0, '', '' FROM items
                """,
                ("run", run)), Token);
        var pruner = PrunerOf(days: 31);
        (await pruner.StepAsync("ann", Token)).ShouldBeTrue();
        (await RunsInAsync("pipeline_runs")).ShouldBe([run]);
        (await Should.ThrowAsync<MetadataException>(() => Pipelines.GetAsync(run, Token))).Error.ShouldBe(MetadataError.NotFound);
        (await Should.ThrowAsync<MetadataException>(() => Pipelines.ResumeAsync(run, "ann", "", Token))).Error.ShouldBe(MetadataError.NotFound);
        var again = await Pipelines.StartAsync(pipeline, Request() with { Key = "monday" }, Token);
        again.Id.ShouldNotBe(run);

        var steps = 0;
        while (await PrunerOf(days: 31).StepAsync("bob", Token))
            steps++;
        steps.ShouldBe(2, "701 tasks go in two steps");
        (await RunsInAsync("pipeline_tasks")).ShouldBe([again.Id]);
        (await RunsInAsync("pipeline_runs")).ShouldBe([again.Id]);
    }

    [Fact]
    public async Task PruneAsync_BesideWhoResumes_OneOfThemWins()
    {
        var pipeline = Single((_, _) => throw new InvalidOperationException("it fails"));
        for (var i = 0; i < 8; i++)
        {
            var run = await RunAsync(pipeline);
            var (pruning, resuming) = (PrunerOf(days: 31).PruneAsync("ann", Token), Pipelines.ResumeAsync(run, "bob", "", Token));
            await pruning;
            await Task.WhenAny(resuming);
            if (resuming.IsCompletedSuccessfully)
            {
                (await Pipelines.TasksAsync(run, Token)).ShouldHaveSingleItem().State.ShouldBe(TaskState.Ready);
                await Pipelines.CancelAsync(run, "ann", "", Token);
                continue;
            }
            resuming.Exception!.InnerException.ShouldBeOfType<MetadataException>().Error.ShouldBe(MetadataError.NotFound);
            (await RunsInAsync("pipeline_tasks")).ShouldNotContain(run);
        }
    }

    [Fact]
    public async Task PruneAsync_ResultThatALaterRunTook_StaysInTheCache()
    {
        var ran = 0;
        var pipeline = Single((_, _) => Task.FromResult(Interlocked.Increment(ref ran)), new NodeOptions { IsCached = true });
        await RunAsync(pipeline);
        await RunAsync(pipeline);
        (await PrunerOf(days: 31, keep: 1).PruneAsync("ann", Token)).Count.ShouldBe(1);
        var last = await RunAsync(pipeline);
        (await Pipelines.TasksAsync(last, Token)).ShouldHaveSingleItem().State.ShouldBe(TaskState.Cached);
        await PrunerOf(days: 31).PruneAsync("ann", Token);
        await RunAsync(pipeline);
        ran.ShouldBe(2);
    }

    [Fact]
    public async Task SweepOnceAsync_LogsOfRunsThatAreGone_GoOnceTheyAreOld()
    {
        var run = await RunAsync(Single((context, _) =>
        {
            context.Log("here I am");
            return Task.FromResult(1);
        }));
        var gone = Path.Combine(Home.Pipelines, Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(gone);
        Directory.CreateDirectory(Path.Combine(Home.Pipelines, "mine"));
        (await PrunerOf(days: 29).SweepOnceAsync(Token)).ShouldBe(0);
        (await PrunerOf(days: 31).SweepOnceAsync(Token)).ShouldBe(1);
        Directory.GetDirectories(Home.Pipelines).Select(Path.GetFileName).Order().ShouldBe(new[] { run, "mine" }.Order());
    }

    protected override void Cleanup() => _home.Dispose();

    /// <summary>As if so many days had passed.</summary>
    private RunPruner PrunerOf(double days, int keep = 0)
    {
        var time = new ManualTime { UnixMilliseconds = TimeProvider.System.GetUtcNow().AddDays(days).ToUnixTimeMilliseconds() };
        return new RunPruner(new PipelineStore(Store, time), "", new RunRetention { Keep = keep }, Home);
    }

    private async Task<string> RunAsync(Pipeline pipeline, string? key = null)
    {
        var run = await Pipelines.StartAsync(pipeline, Request() with { Key = key }, Token);
        await new PipelineWorker(Pipelines, new PipelineCatalogue(pipeline), new PipelineWorkerOptions { Run = run.Id, Look = TimeSpan.FromMilliseconds(50) }, Home).RunAsync(Token);
        return run.Id;
    }

    private async Task<string> CycleAsync()
    {
        await RegisterAsync(Guid.NewGuid().ToString("N"), "tickets", 2);
        return (await new RetrainingStore(Store, TimeProvider.System).RequestAsync("tickets", "ann", "a test", Token)).Id;
    }

    /// <summary>A version whose tracked run is of a run of the pipeline.</summary>
    private async Task RegisterAsync(string run, string model = "reviews", int bundle = 1)
    {
        var tracked = await new TrackingStore(Store, TimeProvider.System).CreateRunAsync(new NewRun { ExperimentId = 0, Data = new RunBatch { Tags = [new(TrainingGraph.RunTag, run)] } }, Token);
        await new ModelRegistry(Store, _ => true, TimeProvider.System).RegisterAsync(model, new NewModelVersion { BundleDigest = new string((char)('a' + bundle), 64), RunId = tracked.Id }, "ann", Token);
    }

    private Task<List<string>> RunsInAsync(string table) => Store.ReadAsync(connection => connection.Query($"SELECT DISTINCT run_id FROM {table} ORDER BY run_id", row => row.GetString(0)), Token);
}
