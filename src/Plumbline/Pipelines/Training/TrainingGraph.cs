using Plumbline.Datasets;
using Plumbline.Learning.Families;
using Plumbline.Pipelines.Graphs;
using Plumbline.Pipelines.OpenLineage;
using Plumbline.Storage.Artifacts;
using Plumbline.Tracking;

namespace Plumbline.Pipelines.Training;

/// <summary>The pipeline <c>training</c>: from data to a version in use. docs/specs/pipelines.md has its nodes.</summary>
public sealed partial class TrainingGraph
{
    public const string PipelineName = "training";

    /// <summary>Tag of a tracked run that names the run of the pipeline.</summary>
    public const string RunTag = "pipeline_run";

    private static readonly NodeOptions Pure = new() { IsCached = true, Retries = 1 };

    private readonly TrainingPlan _plan;
    private readonly NodeOutput<SnapshotOutput> _ingest;
    private readonly NodeOutput<IReadOnlyList<string>> _families;
    private readonly MappedOutput<TunedFamily> _tune;
    private readonly NodeOutput<TrainedOutput> _choose;
    private readonly NodeOutput<EvaluatedOutput> _evaluate;
    private readonly NodeOutput<RegisteredOutput> _register;
    private readonly NodeOutput<PromotedOutput> _promote;

    private TrainingGraph(TrainingPlan plan)
    {
        _plan = plan;
        var json = TrainingJson.Default;
        var builder = new PipelineBuilder<TrainingParameters>(PipelineName, "From data to a version in use", json.TrainingParameters)
        {
            Project = plan.Defaults.Experiment,
            Defaults = plan.Defaults,
            ActiveKey = static parameters => parameters.Model,
            Validate = Check,
        };
        _ingest = builder.Add("ingest", json.SnapshotOutput, IngestAsync, new NodeOptions { Retries = 2 });
        var validate = builder.Add("validate", json.ValidationOutput, ValidateAsync, NodeOptions.Default, _ingest);
        _families = builder.Add("families", json.IReadOnlyListString, FamiliesAsync, NodeOptions.Default, validate);
        _tune = builder.Map("tune", _families, json.String, json.TunedFamily, TuneAsync, Pure with { Parameters = ["experiment", "training"] }, _ingest);
        _choose = builder.Add(
            "choose", json.TrainedOutput, ChooseAsync, Pure with { Trigger = TriggerRule.NoneFailed, Parameters = ["experiment", "training"] }, _ingest, _families, _tune);
        builder.CachedWhile(_choose, HasBundle);
        _evaluate = builder.Add("evaluate", json.EvaluatedOutput, JudgeAsync, new NodeOptions { Retries = 1 }, _ingest, _choose);
        _register = builder.Add("register", json.RegisteredOutput, RegisterAsync, new NodeOptions { Retries = 3 }, _ingest, _choose, _evaluate);
        var gates = builder.Add("gates", json.GatesOutput, GatesAsync, new NodeOptions { Retries = 1 }, _register);
        _promote = builder.Add("promote", json.PromotedOutput, PromoteAsync, new NodeOptions { Retries = 3 }, _register, gates);
        builder.Add("watch", json.WatchedOutput, WatchAsync, new NodeOptions { Pool = WorkerPools.Wait, Retries = 3 }, _promote);
        Pipeline = builder.Build();
    }

    private Pipeline Pipeline { get; }

    public static Pipeline Create(TrainingPlan plan) => new TrainingGraph(plan).Pipeline;

    private static void Check(TrainingParameters parameters)
    {
        parameters.Training.Validate();
        if (!(parameters.WatchSeconds > 0) || parameters.WatchSeconds > TimeSpan.MaxValue.TotalSeconds / 2)
            throw new ArgumentException(FormattableString.Invariant($"watch_seconds: {parameters.WatchSeconds} is no time above 0."));
        parameters.Retraining?.Validate();
        if (TemplateOf(parameters) is { } template)
            template.Validate();
    }

    private async Task<SnapshotOutput> IngestAsync(NodeContext context, TrainingParameters parameters)
    {
        if (parameters.Snapshot is { } digest)
            return Describe(await OpenAsync(context, digest).ConfigureAwait(false));
        if (parameters.Retraining is { } window)
            return await IngestLabelledAsync(context, parameters, window).ConfigureAwait(false);
        var data = _plan.Data ?? throw new DatasetException("The project names no data, and the run no snapshot: give it one with --param snapshot=DIGEST, or plumbline.yaml a section data");
        return Describe(await IngestAsync(context, parameters, AsOf(context, data)).ConfigureAwait(false));
    }

    /// <summary>What a backfill makes anew is of its time.</summary>
    private static IngestOptions AsOf(NodeContext context, IngestOptions data)
    {
        if (context is not { Trigger.Kind: Runs.TriggerKind.Backfill, Interval.Until: var until })
            return data;
        context.Log(FormattableString.Invariant($"records of {until.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC and later are left out"));
        // Under a name of its own: it is not what the data set is now.
        return data with { Name = FormattableString.Invariant($"{data.DataSet} before {until.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}"), Preparation = data.Preparation with { Before = until } };
    }

    private async Task<Snapshot> IngestAsync(NodeContext context, TrainingParameters parameters, IngestOptions data)
    {
        var options = data with { Threads = Math.Max(2, context.PoolSlots), Time = context.Time };
        var snapshot = await TrackedWork.IngestAsync(
            _plan.Events, parameters.Experiment, options, null, () => Snapshot.Ingest(options, _plan.Home, new NodeProgress(context), context.Cancellation)).ConfigureAwait(false);
        using var shared = new SharedArtifacts(_plan.Home, context.Time);
        // Until the run's result names it, nobody but its age keeps it.
        using (snapshot.Hold())
            await shared.PublishAsync(new ArtifactTree(ArtifactKind.Snapshots, snapshot.Digest), cancellation: context.Cancellation).ConfigureAwait(false);
        snapshot.Touch();
        return snapshot;
    }

    /// <summary>An ingest refuses data that must not be trained on; what is left to tell is what it warned of.</summary>
    private async Task<ValidationOutput> ValidateAsync(NodeContext context, TrainingParameters parameters)
    {
        var snapshot = await OpenAsync(context, context.Get(_ingest).Digest).ConfigureAwait(false);
        if (snapshot.Manifest.Validation is not { } found)
            return new ValidationOutput(0, 0, 0);
        context.Log(FormattableString.Invariant($"{found.Evaluated} expectations, {found.Warned} warned, {found.Failed} failed"));
        return new ValidationOutput(found.Evaluated, found.Warned, found.Failed);
    }

    /// <summary>The dearest first, so that the end is not one family alone. Without a contest nothing is tuned beforehand.</summary>
    private static Task<IReadOnlyList<string>> FamiliesAsync(NodeContext context, TrainingParameters parameters)
    {
        IReadOnlyList<string> families = parameters.Training.Contest is null ? [] : [.. parameters.Training.Families.Select(ModelFamilies.Of).Where(family => family.Unavailable is null).OrderByDescending(family => family.Complexity).Select(family => family.Name)];
        return Task.FromResult(families);
    }

    private async Task<TunedFamily> TuneAsync(NodeContext context, TrainingParameters parameters, string family)
    {
        var snapshot = await OpenAsync(context, context.Get(_ingest).Digest).ConfigureAwait(false);
        // Families that are tuned at the same time share the worker's cores.
        var threads = Math.Max(context.Slots, context.PoolSlots / Math.Max(1, Math.Min(context.PoolSlots, parameters.Training.Families.Count)));
        var study = await PipelineOf(context).TuneAsync(
            snapshot, parameters.Training with { Threads = threads }, parameters.Experiment, family, new NodeProgress(context), context.Cancellation).ConfigureAwait(false);
        return new TunedFamily(family, study?.Trials.Count(trial => trial.IsFinished) ?? 0, study?.Best?.Values[0]);
    }

    private async Task<TrainedOutput> ChooseAsync(NodeContext context, TrainingParameters parameters)
    {
        if (context.StateOf(_ingest) == Runs.TaskState.Skipped)
            throw context.Skipped("there is nothing to train on");
        var snapshot = await OpenAsync(context, context.Get(_ingest).Digest).ConfigureAwait(false);
        var pipeline = PipelineOf(context);
        await EndEarlierAsync(context).ConfigureAwait(false);
        var result = await TrackedWork.FitAsync(
            _plan.Events, parameters.Experiment, snapshot,
            begun => pipeline.RunAsync(
                snapshot, parameters.Training with { Threads = context.PoolSlots }, parameters.Experiment, context.Time.GetTimestamp(), new NodeProgress(context), context.Cancellation, begun))
            .ConfigureAwait(false);
        var test = result.Test.MacroF1;
        return new TrainedOutput(result.RunId, result.BundleDigest, result.Chosen.Family, test.Value, test.Low, test.High, result.Contest?.Why ?? "", result.FitSeconds);
    }

    /// <summary>Attempts whose worker died left their runs as if they went on.</summary>
    private static async Task EndEarlierAsync(NodeContext context)
    {
        var tracking = new TrackingStore(context.Store, context.Time);
        var left = await tracking.ListRunsAsync(new RunQuery { Filter = $"tags.{RunTag} = '{context.RunId}' AND attributes.status = 'RUNNING'" }, context.Cancellation).ConfigureAwait(false);
        foreach (var run in left.Runs)
            await tracking.FinishRunAsync(run.Id, RunStatus.Killed, cancellation: context.Cancellation).ConfigureAwait(false);
    }

    private TrainingPipeline PipelineOf(NodeContext context) => new(_plan.Home, new TrackingStore(context.Store, context.Time), context.Store, context.Time)
    {
        Tags = [new(RunTag, context.RunId)],
        IsTuned = context.Node == _choose.Name,
    };

    private async Task<Snapshot> OpenAsync(NodeContext context, string digest)
    {
        using var shared = new SharedArtifacts(_plan.Home, context.Time);
        return await shared.FetchAsync(new ArtifactTree(ArtifactKind.Snapshots, digest), context.Cancellation).ConfigureAwait(false)
            ? Snapshot.Open(Path.Combine(_plan.Home.Snapshots, digest))
            : throw new DatasetException($"The snapshot {digest} is neither in {_plan.Home.Root} nor in an artifact store: it was removed, or made on another host. Start a run anew");
    }

    private bool HasBundle(TrainedOutput trained)
    {
        using var shared = new SharedArtifacts(_plan.Home, TimeProvider.System);
        return shared.HasBundle(trained.Bundle);
    }

    private static SnapshotOutput Describe(Snapshot snapshot) => new(snapshot.Digest, snapshot.Manifest.Counts.Total, snapshot.Labels);
}
