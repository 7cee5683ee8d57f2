using Plumbline.Datasets;
using Plumbline.Datasets.Preparation;
using Plumbline.Inference.Feedback;
using Plumbline.Pipelines.Graphs;
using Plumbline.Pipelines.Retraining;
using Plumbline.Registry;
using Plumbline.Storage.Artifacts;

namespace Plumbline.Pipelines.Training;

/// <summary>What a retraining does otherwise: docs/specs/retraining.md.</summary>
public sealed partial class TrainingGraph
{
    private const int MostLabels = 1_000_000;

    private async Task<SnapshotOutput> IngestLabelledAsync(NodeContext context, TrainingParameters parameters, LabelledWindow window)
    {
        using var shared = new SharedArtifacts(_plan.Home, context.Time);
        var champion = await ChampionAsync(context, parameters, shared).ConfigureAwait(false);
        var labels = window.Feedback ? await new FeedbackLabels(context.Store).ListAsync(window.From, window.Until, MostLabels, context.Cancellation).ConfigureAwait(false) : [];
        var isEnough = labels.Count >= window.LeastLabels;
        // Classes are balanced once, at the end.
        var basis = await BasisAsync(context, parameters, champion, isBalanced: !isEnough).ConfigureAwait(false);
        var trainedOn = champion is null ? null : await TrainedOnAsync(context, champion).ConfigureAwait(false);
        using var mixture = new LabelledMixture(_plan.Home, basis, trainedOn);
        if (isEnough)
        {
            await mixture.AddAsync(labels, parameters.Model, window, _plan.Home, shared, context.Time, context.Cancellation).ConfigureAwait(false);
            context.Log(FormattableString.Invariant($"{labels.Count:n0} labels are known; {mixture.Rows:n0} of them have their texts, {mixture.HeldOut:n0} are held out"));
            if (mixture.HeldOut >= window.LeastLabels)
                return await MixAsync(context, parameters, mixture).ConfigureAwait(false);
            basis = await BasisAsync(context, parameters, champion, isBalanced: true).ConfigureAwait(false);
        }
        if (basis.Digest == champion?.SnapshotDigest)
            throw context.Skipped(FormattableString.Invariant($"there is nothing new: the data are what {Named(champion)} was trained on, and {mixture.HeldOut:n0} labelled rows are held out of {window.LeastLabels:n0} that are needed"));
        if (trainedOn is null)
            return Describe(basis) with { Labelled = new LabelledCounts(0, basis.Count(Split.Test), basis.Digest) };
        using var alone = new LabelledMixture(_plan.Home, basis, trainedOn);
        return alone.SeenInTest == 0 ? Describe(basis) with { Labelled = new LabelledCounts(0, basis.Count(Split.Test), basis.Digest) } : await MixAsync(context, parameters, alone).ConfigureAwait(false);
    }

    private async Task<SnapshotOutput> MixAsync(NodeContext context, TrainingParameters parameters, LabelledMixture mixture)
    {
        mixture.Write(context.Cancellation);
        var snapshot = await IngestAsync(context, parameters, mixture.OptionsFor(_plan.Data)).ConfigureAwait(false);
        return Describe(snapshot) with { Labelled = new LabelledCounts(mixture.Rows, snapshot.Count(Split.Test), mixture.Basis) };
    }

    /// <summary>The project's source, read anew; else what the champion was trained on.</summary>
    private async Task<Snapshot> BasisAsync(NodeContext context, TrainingParameters parameters, ModelVersion? champion, bool isBalanced)
    {
        if (_plan.Data is { } data)
            return await IngestAsync(context, parameters, isBalanced ? data : data with { Preparation = data.Preparation with { Balance = new BalanceOptions() } }).ConfigureAwait(false);
        return champion is null
            ? throw new DatasetException($"The project names no data, and {parameters.Model} has no version whose data could be taken: give plumbline.yaml a section data")
            : await TrainedOnAsync(context, champion).ConfigureAwait(false);
    }

    private async Task<Snapshot> TrainedOnAsync(NodeContext context, ModelVersion champion)
    {
        using var shared = new SharedArtifacts(_plan.Home, context.Time);
        if (champion.SnapshotDigest is not { } digest || !await shared.FetchAsync(new ArtifactTree(ArtifactKind.Snapshots, digest), context.Cancellation).ConfigureAwait(false))
            throw new DatasetException($"Nobody knows what {Named(champion)} was trained on: its snapshot {champion.SnapshotDigest ?? ""} is neither in {_plan.Home.Root} nor in an artifact store, so that no row can be said to be new to it");
        return Snapshot.Open(Path.Combine(_plan.Home.Snapshots, digest));
    }

    private async Task<EvaluatedOutput> JudgeAsync(NodeContext context, TrainingParameters parameters)
    {
        var found = await EvaluateAsync(context, parameters).ConfigureAwait(false);
        if (parameters.Retraining is not { } window || RefusalOf(found, context.Get(_ingest).Labelled?.HeldOut ?? 0, window) is not { } refusal)
            return found;
        context.Log(refusal);
        context.FollowOnly();
        return found with { Refusal = refusal };
    }

    /// <returns>Null where the new model may go on.</returns>
    private static string? RefusalOf(EvaluatedOutput found, long heldOut, LabelledWindow window)
    {
        if (found.Champion is null)
            return null;
        if (found.NoComparison is { } why)
            return $"it cannot be compared: {why}";
        if (heldOut < window.LeastLabels)
            return FormattableString.Invariant($"{heldOut:n0} rows are held out, {window.LeastLabels:n0} are needed");
        return found.Low > window.LeastGain ? null : FormattableString.Invariant(
            $"it is not better than {found.Champion}: macro-F1 {found.Difference:+0.000;-0.000} ({found.Low:0.000} to {found.High:0.000}) on {heldOut:n0} rows that neither was trained on; the lower end must be above {window.LeastGain:0.###}");
    }
}
