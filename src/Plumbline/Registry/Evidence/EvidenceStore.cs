using System.Text;
using System.Text.Json;
using Plumbline.Statistics;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;
using Plumbline.Tracking;

namespace Plumbline.Registry.Evidence;

/// <summary>Finds and keeps what is stored of trained models. Thread-safe.</summary>
public sealed class EvidenceStore(Home home, TrackingStore tracking, TimeProvider time)
{
    private const string AboutFile = "about.json";

    /// <summary>Tag of a run that names its bundle.</summary>
    private const string BundleTag = "bundle";

    /// <exception cref="MetadataException">Invalid: the version is no bundle.</exception>
    public async Task<ModelEvidence> OfVersionAsync(ModelVersion version, CancellationToken cancellation = default) => new(
        home, $"{version.Name}/{version.Version}", await FetchBundleAsync(version.RequireBundle(), cancellation).ConfigureAwait(false),
        await FindRunAsync(version.RunId, cancellation).ConfigureAwait(false));

    /// <param name="directory">Of a bundle; its <c>about.json</c> names the run.</param>
    public async Task<ModelEvidence> OfBundleAsync(string name, string directory, CancellationToken cancellation = default) =>
        new(home, name, directory, await FindRunAsync(RunOf(directory), cancellation).ConfigureAwait(false));

    /// <exception cref="MetadataException">NotFound: there is no such run. Invalid: it made no bundle.</exception>
    public async Task<ModelEvidence> OfRunAsync(string runId, CancellationToken cancellation = default)
    {
        var run = await tracking.GetRunAsync(runId, cancellation).ConfigureAwait(false);
        await FetchRunAsync(run.Id, cancellation).ConfigureAwait(false);
        return run.Tags.TryGetValue(BundleTag, out var digest)
            ? new ModelEvidence(home, run.Id, await FetchBundleAsync(digest, cancellation).ConfigureAwait(false), run)
            : throw new MetadataException(MetadataError.Invalid, $"Run {run.Id} made no bundle (it has no tag '{BundleTag}'); name a run of train that finished.");
    }

    /// <summary>Keeps with the run what was measured again on the data that it was trained on.</summary>
    /// <param name="evaluation">JSON of the evaluation, kept where the run has none of this bundle.</param>
    /// <exception cref="MetadataException">Invalid: the run is not in this store.</exception>
    public async Task KeepAsync(ModelEvidence model, RowPredictions rows, double latencyUs, string evaluation, CancellationToken cancellation = default)
    {
        if (model.Run is not { } run)
            throw new MetadataException(MetadataError.Invalid, $"The run that trained {model.Name} is not in this store, so there is nothing to keep evidence with. Train it here.");
        var artifacts = Path.Combine(home.Runs, run.Id);
        AtomicFile.Write(Path.Combine(artifacts, RowPredictions.FileName), rows.Write);
        if (model.Find(evidence => evidence.Test) is null)
            AtomicFile.Write(Path.Combine(artifacts, ModelEvidence.EvaluationFile), stream => stream.Write(Encoding.UTF8.GetBytes(evaluation)));
        using (var shared = new SharedArtifacts(home, time))
            await shared.PublishAsync(new ArtifactTree(ArtifactKind.Runs, run.Id), cancellation: cancellation).ConfigureAwait(false);
        await tracking.LogAsync(run.Id, new RunBatch { Metrics = [new Metric("latency_us", latencyUs, 0, time.GetUtcNow().ToUnixTimeMilliseconds())] }, cancellation).ConfigureAwait(false);
    }

    private async Task<Run?> FindRunAsync(string? id, CancellationToken cancellation)
    {
        if (id is null)
            return null;
        try
        {
            var run = await tracking.GetRunAsync(id, cancellation).ConfigureAwait(false);
            await FetchRunAsync(run.Id, cancellation).ConfigureAwait(false);
            return run;
        }
        catch (MetadataException exception) when (exception.Error == MetadataError.NotFound)
        {
            // Trained elsewhere, and the bundle copied here.
            return null;
        }
    }

    /// <returns>Where it is, or would be.</returns>
    private async Task<string> FetchBundleAsync(string digest, CancellationToken cancellation)
    {
        using var shared = new SharedArtifacts(home, time);
        await shared.FetchAsync(new ArtifactTree(ArtifactKind.Bundles, digest), cancellation).ConfigureAwait(false);
        return Path.Combine(home.Bundles, digest);
    }

    private async Task FetchRunAsync(string id, CancellationToken cancellation)
    {
        using var shared = new SharedArtifacts(home, time);
        await shared.FetchAsync(new ArtifactTree(ArtifactKind.Runs, id), cancellation).ConfigureAwait(false);
    }

    private static string? RunOf(string directory)
    {
        try
        {
            using var about = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(directory, AboutFile)));
            return about.RootElement.TryGetProperty("run_id", out var run) ? run.GetString() : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
