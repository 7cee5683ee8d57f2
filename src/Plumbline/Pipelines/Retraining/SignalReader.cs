using Plumbline.Datasets;
using Plumbline.Datasets.Expectations;
using Plumbline.Datasets.Sources;
using Plumbline.Inference;
using Plumbline.Inference.Feedback;
using Plumbline.Monitoring;
using Plumbline.Pipelines.Runs;
using Plumbline.Registry;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;

namespace Plumbline.Pipelines.Retraining;

/// <summary>Looks for what asks for a retraining. For one caller at a time.</summary>
internal sealed class SignalReader(RetrainingPlan plan, IMetadataStore store, TimeProvider time)
{
    private readonly RetrainingAdvisor _advisor = new(store, time) { DriftSpan = plan.Policy.DriftWindow, Profile = plan.Policy.Profile };
    private KnownBundle? _known;

    /// <param name="last">The last cycle of the model; null if there was none.</param>
    /// <returns>What there is, and how many new labels.</returns>
    /// <exception cref="MetadataException">The store does not answer.</exception>
    /// <exception cref="Bundles.BundleException">The champion's bundle cannot be read.</exception>
    public async Task<(IReadOnlyList<RetrainingSignal> Signals, long Labels)> ReadAsync(ModelVersion champion, RetrainingCycle? last, CancellationToken cancellation)
    {
        var registered = DateTimeOffset.FromUnixTimeMilliseconds(champion.CreationTime);
        var since = last is { Created: var before } && before > registered ? before : registered;
        var labels = await new FeedbackLabels(store).CountAsync(champion.Name, since, cancellation).ConfigureAwait(false);
        RetrainingSignal?[] others = [OfLabels(labels, since), Growth(), Scheduled(since)];
        return ([.. await WatchedAsync(champion, cancellation).ConfigureAwait(false), .. others.OfType<RetrainingSignal>()], labels);
    }

    /// <summary>What moved, and how right answers were.</summary>
    private async Task<IReadOnlyList<RetrainingSignal>> WatchedAsync(ModelVersion champion, CancellationToken cancellation)
    {
        if (champion.BundleDigest is not { } bundle || await ReferenceAsync(bundle, cancellation).ConfigureAwait(false) is not { } known)
            return [];
        var version = FormattableString.Invariant($"{champion.Name}/{champion.Version}");
        var found = await _advisor.LookAsync(version, known.Drift, known.Quality, time.GetUtcNow(), cancellation).ConfigureAwait(false);
        return
        [
            .. found.Drift is { Decision: var drift } ? [new RetrainingSignal(TriggerKind.Drift, drift.Action, drift.Why)] : Array.Empty<RetrainingSignal>(),
            .. found.Quality is { Decision: var quality } ? [new RetrainingSignal(TriggerKind.Quality, quality.Action, quality.Why)] : Array.Empty<RetrainingSignal>(),
        ];
    }

    private RetrainingSignal? OfLabels(long labels, DateTimeOffset since) => plan.Policy.NewLabels is not { } enough || labels < enough ? null : new RetrainingSignal(
        TriggerKind.Data, DriftAction.Retrain, [FormattableString.Invariant($"{labels:n0} true labels were joined since {since:yyyy-MM-dd HH:mm} UTC, of {enough:n0} that ask for it")]);

    /// <summary>By size alone: nobody reads all files every minute.</summary>
    private RetrainingSignal? Growth()
    {
        if (plan.Policy.SourceGrowth is not { } enough || plan.Data is not { Source: { Query: null, Path: var path } } data || path.Contains("://", StringComparison.Ordinal)
            || LatestSnapshot.Read(plan.Home, data.DataSet) is not { } latest || !Directory.Exists(Path.Combine(plan.Home.Snapshots, latest.Snapshot)))
            return null;
        try
        {
            var before = Snapshot.Describe(Path.Combine(plan.Home.Snapshots, latest.Snapshot)).Manifest.Sources.Sum(part => part.Size);
            var now = LocalFiles.Find(path).Sum(file => new FileInfo(file).Length);
            return before == 0 || now < before * (1 + enough) ? null : new RetrainingSignal(
                TriggerKind.Data, DriftAction.Retrain, [FormattableString.Invariant($"the source has {now:n0} bytes, {(double)now / before - 1:p0} more than when it was read on {latest.Ingested:yyyy-MM-dd HH:mm} UTC")]);
        }
        catch (Exception exception) when (exception is DatasetException or IOException or UnauthorizedAccessException)
        {
            // The source is not here, or not now; a run would say so.
            return null;
        }
    }

    private RetrainingSignal? Scheduled(DateTimeOffset since) => plan.Policy.Times?.Next(since) is { } due && due <= time.GetUtcNow()
        ? new RetrainingSignal(TriggerKind.Schedule, DriftAction.Retrain, [FormattableString.Invariant($"the schedule {plan.Policy.Schedule} was due at {due:yyyy-MM-dd HH:mm} UTC")])
        : null;

    /// <returns>Null where the bundle is not to be had here.</returns>
    private async Task<KnownBundle?> ReferenceAsync(string bundle, CancellationToken cancellation)
    {
        if (_known is { } known && known.Bundle == bundle)
            return known;
        using var shared = new SharedArtifacts(plan.Home, time);
        if (!await shared.FetchAsync(new ArtifactTree(ArtifactKind.Bundles, bundle), cancellation).ConfigureAwait(false))
            return null;
        using var predictor = Predictor.Load(Path.Combine(plan.Home.Bundles, bundle));
        var drift = DriftReference.Of(predictor);
        // Named while the bundle is open.
        _ = drift.Names.Value;
        return _known = new KnownBundle(bundle, drift, QualityReference.Of(predictor));
    }

    /// <summary>What a champion is held against.</summary>
    private sealed record KnownBundle(string Bundle, DriftReference Drift, QualityReference Quality);
}
