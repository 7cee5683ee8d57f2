using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Plumbline.Bundles;
using Plumbline.Datasets.Expectations;
using Plumbline.Features.Online;
using Plumbline.Inference;
using Plumbline.Storage;

namespace Plumbline.Pipelines.Lineage;

/// <summary>What snapshots and bundles of the state folder say of where they come from. They never change, so each is read once. Thread-safe.</summary>
internal sealed class LineageFiles(Home home)
{
    private static readonly Snapshotted Nothing = new([], [], IsPresent: false);

    private readonly ConcurrentDictionary<string, Snapshotted> _snapshots = new(StringComparer.Ordinal);

    /// <summary>Sources of a snapshot; none where it is not here.</summary>
    public IReadOnlyList<LineageKey> SourcesOf(string snapshot) => Snapshot(snapshot).Sources;

    /// <summary>Every snapshot that is here with a source.</summary>
    public IEnumerable<(string Digest, LineageKey Source)> Sources() => Digests(home.Snapshots).SelectMany(digest => SourcesOf(digest).Select(source => (digest, source)));

    public IReadOnlyList<string> Snapshots(string prefix) => [.. Digests(home.Snapshots, prefix)];

    public IReadOnlyList<string> Bundles(string prefix) => [.. Digests(home.Bundles, prefix)];

    /// <summary>The last snapshot of a data set; null where there is none.</summary>
    public string? LastOf(string dataset) => LatestSnapshot.Read(home, dataset)?.Snapshot;

    public bool HasBundle(string digest) => File.Exists(Path.Combine(home.Bundles, digest, BundleWriter.ManifestFile));

    public (bool IsPresent, IReadOnlyList<KeyValuePair<string, string>> Facts) DescribeSnapshot(string digest)
    {
        var snapshot = Snapshot(digest);
        return (snapshot.IsPresent, snapshot.Facts);
    }

    /// <summary>What a bundle itself says of its snapshot and run; nulls where it does not, or is not here.</summary>
    public (string? Snapshot, string? Run) OriginOf(string bundle)
    {
        var folder = Path.Combine(home.Bundles, bundle);
        return (
            TryRead(Path.Combine(folder, BundleWriter.ManifestFile), root => root.GetProperty("training").GetProperty("snapshot").GetString()),
            TryRead(Path.Combine(folder, BundleWriter.AboutFile), root => root.TryGetProperty("run_id", out var run) ? run.GetString() : null));
    }

    /// <summary>What answered a prediction, and when; null where nothing here says so.</summary>
    public (string Version, string? Bundle, long Time)? Prediction(Guid id)
    {
        if (ServedModelLog.Find(home.ServedModels, id) is { } model)
            return (model.Version, model.Bundle, ServedModelLog.MillisecondsOf(id));
        return ServedFeatureLog.Find(home.ServedFeatures, id) is { } served ? (served.Version, null, served.AsOf / 1000) : null;
    }

    private static IEnumerable<string> Digests(string folder, string prefix = "") => Directory.Exists(folder)
        ? Directory.EnumerateDirectories(folder, prefix + "*").Select(path => Path.GetFileName(path)).Where(LineageKey.IsDigest).Order(StringComparer.Ordinal)
        : [];

    private Snapshotted Snapshot(string digest)
    {
        if (_snapshots.TryGetValue(digest, out var known))
            return known;
        // What is missing may come: only what is there is remembered.
        var read = TryRead(Path.Combine(home.Snapshots, digest, Datasets.Snapshot.ManifestFileName), Read);
        return read is null ? Nothing : _snapshots.GetOrAdd(digest, read);
    }

    private static Snapshotted Read(JsonElement manifest)
    {
        // A manifest of format 1 has one source, with a path.
        var parts = manifest.TryGetProperty("sources", out var sources) ? [.. sources.EnumerateArray()] : new[] { manifest.GetProperty("source") };
        var counts = manifest.GetProperty("counts");
        var rows = counts.GetProperty("train").GetInt64() + counts.GetProperty("valid").GetInt64() + counts.GetProperty("test").GetInt64();
        return new Snapshotted(
            [.. parts.Select(part => LineageKey.OfSource(part.GetProperty("sha256").GetString()!, part.GetProperty(part.TryGetProperty("name", out _) ? "name" : "path").GetString()!)).Distinct()],
            [
                new("rows", rows.ToString("n0", CultureInfo.InvariantCulture)),
                new("labels", manifest.GetProperty("labels").GetArrayLength().ToString(CultureInfo.InvariantCulture)),
            ],
            IsPresent: true);
    }

    /// <returns>Null where the file is not there or is not what it should be: whoever needs its content says so, lineage goes on without.</returns>
    private static T? TryRead<T>(string file, Func<JsonElement, T?> read)
        where T : class
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(file));
            return read(json.RootElement);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    private sealed record Snapshotted(IReadOnlyList<LineageKey> Sources, IReadOnlyList<KeyValuePair<string, string>> Facts, bool IsPresent);
}
