using System.Text.Json;
using Plumbline.Datasets;
using Plumbline.Inference;
using Plumbline.Pipelines.Graphs;
using Plumbline.Pipelines.OpenLineage;
using Plumbline.Registry;
using Plumbline.Registry.Evidence;
using Plumbline.Registry.Gates;
using Plumbline.Rollouts;
using Plumbline.Statistics;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;
using Plumbline.Tracking;

namespace Plumbline.Pipelines.Training;

/// <summary>From a trained bundle to a version in use.</summary>
public sealed partial class TrainingGraph
{
    private static readonly TimeSpan WatchEvery = TimeSpan.FromSeconds(1);

    private async Task<EvaluatedOutput> EvaluateAsync(NodeContext context, TrainingParameters parameters)
    {
        var trained = context.Get(_choose);
        var snapshot = await OpenAsync(context, context.Get(_ingest).Digest).ConfigureAwait(false);
        using var shared = new SharedArtifacts(_plan.Home, context.Time);
        var champion = await ChampionAsync(context, parameters, shared).ConfigureAwait(false);
        var none = new EvaluatedOutput(trained.MacroF1, champion is null ? null : Named(champion), null, null, null, null, $"{parameters.Model}@{parameters.Alias} is no version yet");
        if (champion?.BundleDigest is not { } incumbent)
            return champion is null ? none : none with { NoComparison = $"{Named(champion)} is no bundle" };
        if (incumbent == trained.Bundle)
            return none with { NoComparison = $"{Named(champion)} is the same bundle" };
        try
        {
            return await CompareAsync(context, shared, snapshot, trained, incumbent, none).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is DatasetException or Bundles.BundleException)
        {
            return none with { NoComparison = exception.Message };
        }
    }

    private async Task<EvaluatedOutput> CompareAsync(NodeContext context, SharedArtifacts shared, Snapshot snapshot, TrainedOutput trained, string incumbent, EvaluatedOutput told)
    {
        var (mine, theirs) = (await AnswersAsync(trained.Bundle).ConfigureAwait(false), await AnswersAsync(incumbent).ConfigureAwait(false));
        string[] labels = [.. mine.Labels.Union(theirs.Labels, StringComparer.Ordinal)];
        if (mine.In(labels) is not { } one || theirs.In(labels) is not { } other)
            return told with { NoComparison = "their labels differ" };
        var paired = PairedComparison.Of(one.Truth, one.Predicted, other.Predicted, labels.Length, snapshot.Manifest.Split.Seed);
        context.Log(FormattableString.Invariant($"macro-F1 {paired.Difference:+0.0000;-0.0000} against {told.Champion}, {paired.Low:f4} to {paired.High:f4}"));
        return told with { ChampionMacroF1 = trained.MacroF1 - paired.Difference, Difference = paired.Difference, Low = paired.Low, High = paired.High, NoComparison = null };

        async Task<RowPredictions> AnswersAsync(string bundle)
        {
            await shared.FetchAsync(new ArtifactTree(ArtifactKind.Bundles, bundle), context.Cancellation).ConfigureAwait(false);
            using var predictor = Predictor.Load(Path.Combine(_plan.Home.Bundles, bundle));
            return BundleEvaluation.EvaluateRows(predictor, snapshot, [Split.Test], snapshot.Manifest.Split.Seed, context.PoolSlots, cancellation: context.Cancellation).Rows;
        }
    }

    private async Task<RegisteredOutput> RegisterAsync(NodeContext context, TrainingParameters parameters)
    {
        var trained = context.Get(_choose);
        using var shared = new SharedArtifacts(_plan.Home, context.Time);
        // A bundle has one number in a model: done twice, it is the same version.
        var version = await RegistryOf(context, shared).RegisterAsync(
            parameters.Model, new NewModelVersion { BundleDigest = trained.Bundle, RunId = trained.Run, SnapshotDigest = context.Get(_ingest).Digest }, context.Trigger.Actor, context.Cancellation).ConfigureAwait(false);
        context.Log($"registered {Named(version)}");
        return new RegisteredOutput(version.Name, version.Version) { Compared = parameters.Retraining is null ? null : ComparisonOf(context.Get(_evaluate), context.Get(_ingest)) };
    }

    /// <returns>Null where there was nothing to compare with.</returns>
    private static ChampionComparison? ComparisonOf(EvaluatedOutput found, SnapshotOutput data) =>
        found is { Champion: { } champion, Difference: { } difference, Low: { } low, High: { } high } ? new ChampionComparison(champion, difference, low, high, data.Labelled?.HeldOut ?? 0) : null;

    private async Task<GatesOutput> GatesAsync(NodeContext context, TrainingParameters parameters)
    {
        var evaluation = await EvaluateGatesAsync(context, parameters).ConfigureAwait(false);
        string[] failures = [.. evaluation.Results.Where(result => !result.Passed).Select(result => $"{result.Gate}: {result.Explanation}")];
        foreach (var failure in failures)
            context.Log(failure);
        if (failures.Length > 0)
            context.FollowOnly();
        // So that it is on record why the version is not in use.
        if (failures.Length > 0 && parameters.Promote)
            await PromotionsOf(context).RecordAsync(evaluation, context.Trigger.Actor, ReasonOf(context), context.Cancellation).ConfigureAwait(false);
        return new GatesOutput(evaluation.Passed, evaluation.Against, failures);
    }

    private async Task<PromotedOutput> PromoteAsync(NodeContext context, TrainingParameters parameters)
    {
        if (!parameters.Promote)
            throw context.Skipped("the run was asked to register the version, and no more");
        var registered = context.Get(_register);
        if (TemplateOf(parameters) is { } template && await RolloutAsync(context, parameters, registered, template).ConfigureAwait(false) is { } rollout)
            return new PromotedOutput(registered.Name, rollout);
        var evaluation = await EvaluateGatesAsync(context, parameters).ConfigureAwait(false);
        using var shared = new SharedArtifacts(_plan.Home, context.Time);
        var version = await RegistryOf(context, shared).GetVersionAsync(registered.Model, registered.Version, context.Cancellation).ConfigureAwait(false);
        var (recorded, change) = await TrackedWork.PromoteAsync(
            _plan.Events, version, parameters.Alias, () => PromotionsOf(context).PromoteAsync(evaluation, context.Trigger.Actor, ReasonOf(context), cancellation: context.Cancellation),
            static done => done.Change is not null).ConfigureAwait(false);
        if (change is null)
            throw NoLonger(recorded);
        return new PromotedOutput(registered.Name, null);
    }

    /// <summary>One name for each run, so that an attempt finds what one before it began, whatever became of it since.</summary>
    /// <returns>Null where there is no other version whose traffic it could take.</returns>
    private async Task<string?> RolloutAsync(NodeContext context, TrainingParameters parameters, RegisteredOutput registered, RolloutTemplate template)
    {
        var store = new RolloutStore(context.Store, context.Time);
        var name = FormattableString.Invariant($"{registered.Model}-{registered.Version}-{context.RunId[^8..]}");
        if ((await store.ListAsync(registered.Model, context.Cancellation).ConfigureAwait(false)).Any(rollout => rollout.Definition.Name == name))
            return name;
        var evaluation = await EvaluateGatesAsync(context, parameters).ConfigureAwait(false);
        if (evaluation.Against is not { } against || against == registered.Version)
            return null;
        if (!evaluation.Passed)
            throw NoLonger(evaluation);
        await PromotionsOf(context).RecordAsync(evaluation, context.Trigger.Actor, ReasonOf(context), context.Cancellation).ConfigureAwait(false);
        var definition = await store.DefineAsync(template, registered.Model, name, [new CandidateShare(registered.Name)], context.Cancellation).ConfigureAwait(false);
        await store.StartAsync(definition, context.Trigger.Actor, ReasonOf(context), context.Cancellation).ConfigureAwait(false);
        return name;
    }

    private static MetadataException NoLonger(GateEvaluation evaluation) => new(
        MetadataError.Conflict,
        $"{evaluation.Name}/{evaluation.Version} passed the gates, but does so no longer: {string.Join("; ", evaluation.Results.Where(result => !result.Passed).Select(result => result.Explanation))}");

    /// <summary>Servers measure and decide; here that is waited for.</summary>
    private async Task<WatchedOutput> WatchAsync(NodeContext context, TrainingParameters parameters)
    {
        if (context.Get(_promote).Rollout is not { } name)
            throw context.Skipped("the version is in use, without a rollout");
        var store = new RolloutStore(context.Store, context.Time);
        string? told = null;
        while (true)
        {
            var rollout = await store.GetAsync(name, context.Cancellation).ConfigureAwait(false);
            if (rollout.State.Phase != RolloutPhase.Running)
                return new WatchedOutput(Runs.RunWords.Of(rollout.State.Phase), rollout.Words);
            if (context.Time.GetUtcNow() - context.Began > TimeSpan.FromSeconds(parameters.WatchSeconds))
                throw new MetadataException(MetadataError.Conflict, FormattableString.Invariant($"Rollout {name} is still {rollout.Words} after {parameters.WatchSeconds} seconds: is the model served, and asked? It goes on; resume the run to watch it again."));
            if (rollout.Words != told)
                context.Report(0, told = rollout.Words);
            await Task.Delay(WatchEvery, context.Time, context.Cancellation).ConfigureAwait(false);
        }
    }

    private async Task<GateEvaluation> EvaluateGatesAsync(NodeContext context, TrainingParameters parameters)
    {
        var registered = context.Get(_register);
        return await PromotionsOf(context).EvaluateAsync(registered.Model, registered.Version, parameters.Alias, parameters.Gates, registered.Compared, context.Cancellation).ConfigureAwait(false);
    }

    private static async Task<ModelVersion?> ChampionAsync(NodeContext context, TrainingParameters parameters, SharedArtifacts shared)
    {
        try
        {
            return await RegistryOf(context, shared).ResolveAsync($"{parameters.Model}@{parameters.Alias}", context.Cancellation).ConfigureAwait(false);
        }
        catch (MetadataException exception) when (exception.Error == MetadataError.NotFound)
        {
            return null;
        }
    }

    private PromotionStore PromotionsOf(NodeContext context) =>
        new(context.Store, new EvidenceStore(_plan.Home, new TrackingStore(context.Store, context.Time), context.Time), context.Time);

    private static ModelRegistry RegistryOf(NodeContext context, SharedArtifacts shared) => new(context.Store, shared.HasBundle, context.Time);

    private static RolloutTemplate? TemplateOf(TrainingParameters parameters) => parameters.Rollout?.Deserialize(RolloutJson.Default.RolloutTemplate);

    private static string ReasonOf(NodeContext context) => $"run {context.RunId} of the pipeline {PipelineName}{(context.Trigger.Reason.Length > 0 ? $": {context.Trigger.Reason}" : "")}";

    private static string Named(ModelVersion version) => FormattableString.Invariant($"{version.Name}/{version.Version}");
}
