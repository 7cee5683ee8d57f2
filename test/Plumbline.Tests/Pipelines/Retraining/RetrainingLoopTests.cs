using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Plumbline.Datasets;
using Plumbline.Inference.Feedback;
using Plumbline.Inference.Logging;
using Plumbline.Learning;
using Plumbline.Monitoring;
using Plumbline.Pipelines.Retraining;
using Plumbline.Pipelines.Runs;
using Plumbline.Pipelines.Training;
using Plumbline.Pipelines.Workers;
using Plumbline.Registry;
using Plumbline.Registry.Evidence;
using Plumbline.Registry.Gates;
using Plumbline.Rollouts;
using Plumbline.Rollouts.Gates;
using Plumbline.Statistics;
using Plumbline.Storage;
using Plumbline.Telemetry;
using Plumbline.Tests.Inference.Logging;
using Plumbline.Tests.Storage;
using Plumbline.Tracking;

namespace Plumbline.Tests.Pipelines.Retraining;

/// <summary>Cycles with a real store, real trainings and a real prediction log.</summary>
public sealed class RetrainingLoopTests : IAsyncLifetime
{
    private const int Known = 600, Moved = 900;
    private const string Model = "reviews";
    private static readonly string[] Labels = ["bad", "good"];
    private static readonly string[] Words = ["poor", "fine"];
    private static readonly string[] Slang = ["whack", "legsy"];

    private readonly TemporaryFolder _folder = new();
    private SqliteMetadataStore _store = null!;
    private RetrainingPlan _plan = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Home Home => new(_folder.Path);

    private PipelineStore Pipelines => new(_store, TimeProvider.System);

    private RetrainingStore Cycles => new(_store, TimeProvider.System);

    public async ValueTask InitializeAsync()
    {
        _store = SqliteMetadataStore.Open(Home.Database, TimeProvider.System);
        File.WriteAllLines(_folder.File("known.csv"), ["text,label", .. Rows(Known, 1, Words).Select(row => $"{row.Text},{row.Label}")]);
        var data = new IngestOptions { Source = new SourceOptions { Path = _folder.File("known.csv") }, Name = Model };
        var training = new TrainingParameters { Model = Model, Experiment = Model, Training = TrainingOptions.Default with { Threads = 1 }, Gates = new GateOptions { ChampionMargin = 0.01 } };
        var catalogue = new PipelineCatalogue(TrainingGraph.Create(new TrainingPlan(Home, data, training)));
        _plan = new RetrainingPlan(Home, new RetrainingPolicy { Mode = RetrainingMode.Off, Data = new RetrainingData { LeastLabels = 100 } }, data, training, catalogue);
        var first = await Pipelines.StartAsync(catalogue.Get("training"), new RunRequest([], new RunTrigger(TriggerKind.Manual, "test", "the first")), Token);
        await new PipelineWorker(Pipelines, catalogue, new PipelineWorkerOptions { Run = first.Id }, Home).RunAsync(Token);
        (await Pipelines.GetAsync(first.Id, Token)).State.ShouldBe(RunState.Succeeded);
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Cycle_WorldHasMoved_LearnsFromLabelledPredictionsAndIsPromotedOnce()
    {
        await PredictAsync(Slang);
        var cycle = await EndAsync(await Cycles.RequestAsync(Model, "ana", "new slang", Token));
        cycle.State.ShouldBe(CycleState.Promoted, cycle.ToJson());
        (cycle.Champion, cycle.Challenger).ShouldBe(("reviews/1", "reviews/2"));
        cycle.Data!.Labelled.ShouldBe(Moved);
        cycle.Data.HeldOut.ShouldBeInRange(Moved / 5, Moved / 2);
        cycle.Comparison!.Low.ShouldBeGreaterThan(0.1);
        cycle.Before!.Labels.ShouldBe(Moved);
        cycle.Outcome!.ShouldStartWith("reviews/2 is in use: macro-F1 +");
        (await new ModelRegistry(_store, static _ => true, TimeProvider.System).GetModelAsync(Model, Token)).Aliases["champion"].ShouldBe(2);
        RetrainingPage.Render(cycle).ShouldContain("reviews/2 is in use");
        // The project's own gate is held against the same rows, and on record.
        var gates = await new PromotionStore(_store, new EvidenceStore(Home, new TrackingStore(_store, TimeProvider.System), TimeProvider.System), TimeProvider.System).FindLastAsync("reviews/2", Token);
        var gate = gates!.Results.ShouldHaveSingleItem();
        (gate.Gate, gate.Passed, gate.Value, gate.Limit).ShouldBe(("no_worse_than_champion", true, cycle.Comparison.Low, -0.01));
        gate.Explanation.ShouldContain($"on {cycle.Data.HeldOut} rows that neither was trained on");
        var sources = Snapshot.Describe(Path.Combine(Home.Snapshots, cycle.Data.Snapshot)).Manifest.Sources.Select(source => source.Name).ToArray();
        sources[0].ShouldBe($"snapshot:{cycle.Data.Basis}");
        sources[1].ShouldStartWith("predictions://reviews/");

        // There is nothing new since: the same data give the same model.
        var again = await EndAsync(await Cycles.RequestAsync(Model, "ana", "once more", Token));
        (again.State, again.Outcome).ShouldBe((CycleState.Refused, "it cannot be compared: reviews/2 is the same bundle"));
        (await new EventLog(_store).ListAsync($"retraining:{cycle.Id}", cancellation: Token)).Select(e => e.Action).ShouldBe(["retraining.approved", "retraining.started", "retraining.ended"]);
    }

    /// <summary>Days may lie between: what was labelled meanwhile is the newest, by which the challenger is to be judged.</summary>
    [Fact]
    public async Task Cycle_ApprovedLongAfterItWasProposed_LearnsFromWhatWasLabelledMeanwhile()
    {
        var lease = await LeaseAsync();
        var verdict = new RetrainingVerdict(RetrainingStep.Propose, new RetrainingSignal(TriggerKind.Drift, DriftAction.Approve, ["it moved"]), "");
        var proposed = await Cycles.BeginAsync(Model, "reviews/1", verdict, lease, Token);
        await Cycles.ChangeAsync(proposed.Id, lease, found => found with { Created = found.Created.AddHours(-1) }, Token);
        await PredictAsync(Slang);
        var cycle = await EndAsync(await Cycles.ApproveAsync(proposed.Id, "ana", "as agreed", Token));
        (cycle.State, cycle.Data?.Labelled).ShouldBe((CycleState.Promoted, Moved), cycle.ToJson());
        cycle.Before!.Labels.ShouldBe(Moved);
    }

    [Fact]
    public async Task Cycle_RunIsCancelledWhileItsRolloutGoesOn_SaysSo()
    {
        await PredictAsync(Slang);
        var canary = new RolloutTemplate(RolloutKind.Canary) { Gates = [new RolloutGate { Kind = GateKind.InputDrift, Most = 0.5 }], Steps = [new CanaryStep(0.5) { Duration = TimeSpan.FromHours(1) }] };
        var training = _plan.Training with { Rollout = (JsonObject)JsonSerializer.SerializeToNode(canary, RolloutJson.Default.RolloutTemplate)! };
        var catalogue = new PipelineCatalogue(TrainingGraph.Create(new TrainingPlan(Home, _plan.Data, training)));
        _plan = _plan with { Training = training, Catalogue = catalogue };
        var asked = await Cycles.RequestAsync(Model, "ana", "new slang", Token);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var working = new PipelineWorker(Pipelines, catalogue, new PipelineWorkerOptions(), Home).RunAsync(stop.Token);
        var (lease, monitor, cycle) = (await LeaseAsync(), new RetrainingMonitor(_plan, Pipelines, "test"), asked);
        while (cycle.Rollout is null)
        {
            await monitor.TickAsync(lease, Token);
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Token);
            cycle = await Cycles.GetAsync(asked.Id, Token);
            cycle.IsOpen.ShouldBeTrue(cycle.ToJson());
        }
        await Pipelines.CancelAsync(cycle.Run!, "ana", "not today", Token);
        await monitor.TickAsync(lease, Token);
        await stop.CancelAsync();
        await working;
        cycle = await Cycles.GetAsync(asked.Id, Token);
        cycle.State.ShouldBe(CycleState.Failed);
        cycle.Outcome!.ShouldEndWith($"cancelled; rollout {cycle.Rollout} goes on, and may bring reviews/2 into use: plumbline rollout abort {cycle.Rollout} ends it");
    }

    [Fact]
    public async Task Cycle_NothingNew_IsRefused()
    {
        var cycle = await EndAsync(await Cycles.RequestAsync(Model, "ana", "let us see", Token));
        (cycle.State, cycle.Outcome).ShouldBe((CycleState.Refused, "there is nothing new: the data are what reviews/1 was trained on, and 0 labelled rows are held out of 100 that are needed"));
    }

    [Fact]
    public async Task Cycle_SameWorld_IsNotBetterAndChangesNothing()
    {
        await PredictAsync(Words);
        var asked = await Cycles.RequestAsync(Model, "ana", "let us see", Token);
        // Asked for while another version was in use, which has been removed.
        await _store.WriteAsync(connection => connection.Execute("UPDATE retraining_cycles SET story = @story", ("story", (asked with { Champion = "reviews/9" }).ToJson())), Token);
        var cycle = await EndAsync(asked);
        (cycle.State, cycle.Champion).ShouldBe((CycleState.Refused, "reviews/1"), cycle.ToJson());
        cycle.Outcome!.ShouldStartWith("it is not better than reviews/1: macro-F1 ");
        cycle.Challenger.ShouldBeNull();
        (await new ModelRegistry(_store, static _ => true, TimeProvider.System).GetModelAsync(Model, Token)).LastVersion.ShouldBe(1);
    }

    [Fact]
    public async Task TickAsync_WhoBeganTheRunDiedBeforeHeSaidSo_IsTheSameRun()
    {
        var cycle = await Cycles.RequestAsync(Model, "ana", "let us see", Token);
        var lease = await LeaseAsync();
        await new RetrainingMonitor(_plan, Pipelines, "first").TickAsync(lease, Token);
        var run = (await Cycles.GetAsync(cycle.Id, Token)).Run;
        // As it stood before the run was noted down.
        await _store.WriteAsync(connection => connection.Execute("UPDATE retraining_cycles SET state = 'approved', story = @story WHERE cycle_id = @id", ("story", cycle.ToJson()), ("id", cycle.Id)), Token);
        await new RetrainingMonitor(_plan, Pipelines, "second").TickAsync(lease, Token);
        (await Cycles.GetAsync(cycle.Id, Token)).Run.ShouldBe(run);
        (await Pipelines.ListAsync(cancellation: Token)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task TickAsync_RunIsInTheStoreNoMore_CycleFailsAndAnotherMayBegin()
    {
        var cycle = await Cycles.RequestAsync(Model, "ana", "let us see", Token);
        var (lease, monitor) = (await LeaseAsync(), new RetrainingMonitor(_plan, Pipelines, "test"));
        await monitor.TickAsync(lease, Token);
        var run = (await Cycles.GetAsync(cycle.Id, Token)).Run;
        await _store.WriteAsync(connection => connection.Execute("DELETE FROM pipeline_runs WHERE run_id = @run", ("run", run)), Token);
        await monitor.TickAsync(lease, Token);
        cycle = await Cycles.GetAsync(cycle.Id, Token);
        (cycle.State, cycle.Outcome).ShouldBe((CycleState.Failed, $"run {run} is in the store no more"));
        (await Cycles.RequestAsync(Model, "ana", "once more", Token)).IsOpen.ShouldBeTrue();
    }

    [Fact]
    public async Task Cycle_BegunByItself_IsOneTraceFromTheDecisionToThePromotion()
    {
        var spans = new ConcurrentBag<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is Spans.Source or PipelineTracing.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);
        _plan = _plan with { Policy = _plan.Policy with { Mode = RetrainingMode.Auto, NewLabels = Moved } };
        await PredictAsync(Slang);
        var lease = await LeaseAsync();
        await new RetrainingMonitor(_plan, Pipelines, "test").TickAsync(lease, Token);
        var cycle = await EndAsync((await Cycles.FindOpenAsync(Model, Token)).ShouldNotBeNull());
        (cycle.State, cycle.Trigger).ShouldBe((CycleState.Promoted, TriggerKind.Data));

        var trace = ActivityContext.Parse(cycle.TraceParent!, null).TraceId;
        var mine = spans.Where(span => span.TraceId == trace).ToArray();
        var root = mine.Single(span => span.OperationName == "retraining.decide");
        (root.ParentSpanId, (string?)root.GetTagItem("plumbline.cycle")).ShouldBe((default, cycle.Id));
        // Each but the first is a step of another.
        mine.Where(span => span != root).ShouldAllBe(span => mine.Any(other => other.SpanId == span.ParentSpanId));
        Ancestry(mine.Single(span => span.OperationName == "registry.promote")).ShouldBe(["retraining.decide", "retraining.begin", "pipeline run", "pipeline task", "pipeline attempt", "registry.promote"]);
        Ancestry(mine.Single(span => span.OperationName == "train")).ShouldContain("pipeline attempt");
        mine.Single(span => span.OperationName == "retraining.end").GetTagItem("plumbline.outcome").ShouldBe("promoted");

        IEnumerable<string> Ancestry(Activity span) => mine.FirstOrDefault(other => other.SpanId == span.ParentSpanId) is { } parent ? [.. Ancestry(parent), span.OperationName] : [span.OperationName];
    }

    /// <summary>Looking every minute, nobody reads all of the data every minute.</summary>
    [Fact]
    public async Task ReadAsync_SourceHasGrown_AsksByTheManifestAlone()
    {
        var plan = _plan with { Policy = _plan.Policy with { SourceGrowth = 0.2 } };
        var champion = await new ModelRegistry(_store, static _ => true, TimeProvider.System).ResolveAsync($"{Model}@champion", Token);
        var part = Directory.EnumerateFiles(Home.Snapshots, "rows-*.parquet", SearchOption.AllDirectories).ShouldHaveSingleItem();
        File.AppendAllText(part, "not as it was");
        (await new SignalReader(plan, _store, TimeProvider.System).ReadAsync(champion, null, Token)).Signals.ShouldNotContain(signal => signal.Kind == TriggerKind.Data);
        File.AppendAllLines(_folder.File("known.csv"), Rows(Known, 3, Words).Select(row => $"{row.Text},{row.Label}"));
        (await new SignalReader(plan, _store, TimeProvider.System).ReadAsync(champion, null, Token)).Signals.Single(signal => signal.Kind == TriggerKind.Data).Asks.ShouldBeTrue();
    }

    /// <summary>Texts whose words tell the label, nine times of ten.</summary>
    /// <param name="words">Of those that are bad and of those that are good; they share no letters, since models look at these.</param>
    private static IEnumerable<(string Text, string Label)> Rows(int rows, ulong seed, string[] words)
    {
        var random = new RandomSource(seed);
        for (var i = 0; i < rows; i++)
        {
            var label = random.NextInt32(2);
            var told = random.NextInt32(10) == 0 ? 1 - label : label;
            var word = words[told];
            yield return ($"{word} {seed} {i} {word}", Labels[label]);
        }
    }

    /// <summary>Predictions as a server logs them, and the true labels of all.</summary>
    private async Task PredictAsync(string[] words)
    {
        var begin = TimeProvider.System.GetUtcNow().AddMinutes(-5).ToUnixTimeMilliseconds();
        var feedback = new List<FeedbackItem>();
        await using (var log = PredictionLog.Open(new PredictionLogOptions { Folder = Home.Predictions, Text = true }, LoggedEntries.Node, TimeProvider.System))
        {
            var version = log.Register(new LoggedVersion("reviews/1", new string('b', 64), Labels, [], []));
            foreach (var (i, (text, label)) in Rows(Moved, 2, words).Index())
            {
                var id = LoggedEntries.Id(begin + i, i);
                log.Append(new PredictionEntry
                {
                    Version = version,
                    Id = id,
                    Time = (begin + i) * 1000,
                    Latency = TimeSpan.FromMicroseconds(20),
                    Label = i % 2,
                    Probabilities = [0.5f, 0.5f],
                    Numeric = [],
                    Categories = [],
                    User = [],
                    Item = [],
                    Text = Encoding.UTF8.GetBytes(text),
                });
                feedback.Add(new FeedbackItem(id, label));
            }
        }
        var store = new FeedbackStore(_store, TimeProvider.System);
        foreach (var part in feedback.Chunk(500))
            await store.AddAsync(part, Token);
        await new FeedbackJoiner(store, Home.Predictions, TimeSpan.FromDays(30), TimeProvider.System).JoinAsync(Token);
    }

    private async Task<RetrainingCycle> EndAsync(RetrainingCycle cycle)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var working = new PipelineWorker(Pipelines, _plan.Catalogue, new PipelineWorkerOptions(), Home).RunAsync(stop.Token);
        var (lease, monitor) = (await LeaseAsync(), new RetrainingMonitor(_plan, Pipelines, "test"));
        while (cycle.IsOpen)
        {
            await monitor.TickAsync(lease, Token);
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Token);
            cycle = await Cycles.GetAsync(cycle.Id, Token);
        }
        await stop.CancelAsync();
        await working;
        return cycle;
    }

    private async Task<long> LeaseAsync()
    {
        var leases = new LeaseStore(_store, TimeProvider.System);
        return (await leases.TryAcquireAsync($"test/{Guid.NewGuid():N}", "test", TimeSpan.FromMinutes(10), Token))!.Token;
    }
}
