using System.Data.Common;
using System.Text;
using System.Text.RegularExpressions;
using Plumbline.Bundles;
using Plumbline.Registry;
using Plumbline.Storage;

namespace Plumbline.Pipelines;

/// <summary>Finds out who refers to which snapshot: runs, model versions, bundles, runs of pipelines that have not ended, and the data sets whose last one it is.</summary>
public static partial class SnapshotReferences
{
    /// <summary>Names such as <c>run 3f0c…</c>, <c>model reviews/3</c>, <c>bundle 9a3e…</c>, <c>pipeline run 0198…</c>, <c>data set reviews</c>, by the digest that they refer to.</summary>
    /// <param name="store">Null where there is none.</param>
    /// <exception cref="IOException">A file cannot be read, so that nobody knows what it refers to.</exception>
    public static async Task<ILookup<string, string>> FindAsync(Home home, IMetadataStore? store, CancellationToken cancellation = default)
    {
        var found = new List<(string Digest, string By)>();
        if (store is not null)
            found.AddRange(await store.ReadAsync(connection => OfStore(connection, null), cancellation).ConfigureAwait(false));
        foreach (var bundle in Entries(home.Bundles))
            found.AddRange(Digests(Path.Combine(bundle, BundleWriter.ManifestFile)).Select(digest => (digest, $"bundle {Shorten(Path.GetFileName(bundle))}")));
        foreach (var pointer in Entries(home.Datasets).Where(entry => entry.EndsWith(".json", StringComparison.Ordinal)))
            found.AddRange(Digests(pointer).Select(digest => (digest, $"data set {Path.GetFileNameWithoutExtension(pointer)}")));
        return found.ToLookup(reference => reference.Digest, reference => reference.By);
    }

    /// <summary>Who of the store refers to a snapshot now; null if nobody.</summary>
    public static string? Find(IMetadataStore store, string digest) => store.Read(connection => OfStore(connection, digest)).Select(reference => reference.By).FirstOrDefault();

    /// <param name="digest">Null: of all.</param>
    private static List<(string Digest, string By)> OfStore(DbConnection connection, string? digest)
    {
        var one = digest is null ? "" : "AND snapshot_digest = @digest";
        (string, object?)[] parameters = digest is null ? [] : [("digest", digest)];
        return
        [
            // Nothing that a run read is removed, deleted ones included.
            .. connection.Query(
                $"SELECT snapshot_digest, name, version FROM model_versions WHERE snapshot_digest IS NOT NULL {one} ORDER BY name, version",
                row => (row.GetString(0), FormattableString.Invariant($"model {row.GetString(1)}/{row.GetInt64(2)}")), parameters),
            .. connection.Query($"SELECT DISTINCT snapshot_digest, run_id FROM dataset_inputs WHERE 1 = 1 {one} ORDER BY run_id", row => (row.GetString(0), $"run {row.GetString(1)}"), parameters),
            .. PipelineReferences.Of(connection).Where(reference => digest is null || reference.Digest == digest).Select(reference => (reference.Digest, $"pipeline run {reference.Run}")),
        ];
    }

    private static string Shorten(string digest) => digest[..Math.Min(12, digest.Length)];

    private static IEnumerable<string> Entries(string folder) => Directory.Exists(folder) ? Directory.EnumerateFileSystemEntries(folder).Order(StringComparer.Ordinal) : [];

    /// <summary>Whatever looks like a digest: to keep too much is safe, and a file of a newer format is understood, too.</summary>
    private static IEnumerable<string> Digests(string file)
    {
        try
        {
            return Digest().Matches(File.ReadAllText(file, Encoding.UTF8)).Select(match => match.Value).Distinct();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // A bundle that is being written, or was removed since.
            return [];
        }
    }

    [GeneratedRegex("(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")]
    private static partial Regex Digest();
}
