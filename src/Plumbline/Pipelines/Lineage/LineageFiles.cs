using System.Collections.Concurrent;
using System.Text.Json;
using Plumbline.Bundles;
using Plumbline.Datasets.Expectations;
using Plumbline.Features.Online;
using Plumbline.Inference;
using Plumbline.Inference.Logging;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;

namespace Plumbline.Pipelines.Lineage;

/// <summary>
/// What snapshots, bundles and predictions say of where they come from, in the state folder and the artifact store. For one read on one thread, which waits for the store: the
/// metadata store's reads wait for nobody and hold nobody up.
/// </summary>
/// <param name="known">Of snapshots that are there: they never change, so each is read once.</param>
internal sealed class LineageFiles(SharedArtifacts artifacts, TimeProvider time, ConcurrentDictionary<string, SnapshotOrigin> known, CancellationToken cancellation)
{
    // A manifest is small: what takes time is the way to the store and back.
    private const int ReadAtOnce = 16;

    private readonly Home _home = artifacts.Home;
    private readonly ConcurrentDictionary<string, SnapshotOrigin?> _read = new(StringComparer.Ordinal);
    private readonly Dictionary<Guid, (string Version, string? Bundle, long Time)?> _predictions = [];
    private readonly Dictionary<ArtifactKind, SortedSet<string>> _digests = [];

    /// <summary>What is said of these is read at once, and need not be waited for one by one.</summary>
    public void Prepare(IEnumerable<string> snapshots) => Wait(async () =>
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = ReadAtOnce, CancellationToken = cancellation };
        await Parallel.ForEachAsync(snapshots.Where(digest => !_read.ContainsKey(digest)), options, async (digest, _) => _read[digest] = await ReadAsync(digest).ConfigureAwait(false)).ConfigureAwait(false);
        return true;
    });

    /// <summary>Sources of a snapshot; none where it is not there.</summary>
    public IReadOnlyList<LineageKey> SourcesOf(string snapshot) => Snapshot(snapshot)?.Sources ?? [];

    /// <summary>Every snapshot that is there with a source.</summary>
    public IEnumerable<(string Digest, LineageKey Source)> Sources()
    {
        var digests = Digests(ArtifactKind.Snapshots);
        Prepare(digests);
        return digests.SelectMany(digest => SourcesOf(digest).Select(source => (digest, source)));
    }

    public IEnumerable<string> Snapshots(string prefix) => Digests(ArtifactKind.Snapshots).Where(digest => digest.StartsWith(prefix, StringComparison.Ordinal));

    public IEnumerable<string> Bundles(string prefix) => Digests(ArtifactKind.Bundles).Where(digest => digest.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>The last snapshot of a data set of this state folder; null where there is none.</summary>
    public string? LastOf(string dataset) => LatestSnapshot.Read(_home, dataset)?.Snapshot;

    public bool HasBundle(string digest) =>
        LineageKey.IsDigest(digest) && (File.Exists(Path.Combine(_home.Bundles, digest, BundleWriter.ManifestFile)) || (artifacts.IsShared && Digests(ArtifactKind.Bundles).Contains(digest)));

    /// <returns>Null where it is not there.</returns>
    public SnapshotOrigin? Snapshot(string digest)
    {
        if (!_read.ContainsKey(digest))
            Prepare([digest]);
        return _read[digest];
    }

    /// <summary>What a bundle itself says of its snapshot and run; nulls where it does not, or is not there.</summary>
    public (string? Snapshot, string? Run) OriginOf(string bundle)
    {
        // Anybody may have set the tag that names it.
        if (!LineageKey.IsDigest(bundle))
            return (null, null);
        var tree = new ArtifactTree(ArtifactKind.Bundles, bundle);
        return (
            Wait(() => TryReadAsync(tree, BundleWriter.ManifestFile, root => root.GetProperty("training").GetProperty("snapshot").GetString())),
            Wait(() => TryReadAsync(tree, BundleWriter.AboutFile, root => root.TryGetProperty("run_id", out var run) ? run.GetString() : null)));
    }

    /// <summary>What answered a prediction, and when; null where nothing says so.</summary>
    public (string Version, string? Bundle, long Time)? Prediction(Guid id)
    {
        if (!_predictions.TryGetValue(id, out var found))
            _predictions.Add(id, found = FindPrediction(id));
        return found;
    }

    private (string Version, string? Bundle, long Time)? FindPrediction(Guid id)
    {
        if (ServedModelLog.Find(_home.ServedModels, id) is { } model)
            return (model.Version, model.Bundle, ServedModelLog.MillisecondsOf(id));
        if (ServedFeatureLog.Find(_home.ServedFeatures, id) is { } served)
            return (served.Version, null, served.AsOf / 1000);
        // A server elsewhere may have logged it.
        var isLogged = artifacts.IsShared && id.Version == 7;
        return isLogged && Wait(() => new SharedPredictions(artifacts, _home.Predictions, time).FindAsync([id], cancellation)).GetValueOrDefault(id) is { } logged
            ? (logged.Version, logged.Bundle, logged.Time.ToUnixTimeMilliseconds()) : null;
    }

    private SortedSet<string> Digests(ArtifactKind kind)
    {
        if (!_digests.TryGetValue(kind, out var digests))
        {
            digests = new SortedSet<string>(artifacts.Local(kind).Select(tree => tree.Id), StringComparer.Ordinal);
            digests.UnionWith(Wait(() => artifacts.FindAsync(kind, "", cancellation)));
            _digests.Add(kind, digests);
        }
        return digests;
    }

    private async Task<SnapshotOrigin?> ReadAsync(string digest)
    {
        if (known.TryGetValue(digest, out var origin))
            return origin;
        // What is missing may come: only what is there is remembered.
        origin = await TryReadAsync(new ArtifactTree(ArtifactKind.Snapshots, digest), Datasets.Snapshot.ManifestFileName, SnapshotOrigin.Of).ConfigureAwait(false);
        return origin is null ? null : known.GetOrAdd(digest, origin);
    }

    /// <returns>Null where the file is not there or is not what it should be: whoever needs its content says so, lineage goes on without.</returns>
    private async Task<T?> TryReadAsync<T>(ArtifactTree tree, string file, Func<JsonElement, T?> read)
        where T : class
    {
        try
        {
            if (await artifacts.ReadAsync(tree, file, cancellation).ConfigureAwait(false) is not { } bytes)
                return null;
            using var json = JsonDocument.Parse(bytes);
            return read(json.RootElement);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException or InvalidOperationException
            || exception is MetadataException { Error: MetadataError.NotFound or MetadataError.Damaged })
        {
            return null;
        }
    }

    private static T Wait<T>(Func<Task<T>> work) => Task.Run(work).GetAwaiter().GetResult();
}
