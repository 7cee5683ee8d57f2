using System.Text;
using System.Text.RegularExpressions;
using Plumbline.Bundles;
using Plumbline.Registry;
using Plumbline.Storage;
using Plumbline.Tracking;

namespace Plumbline.Pipelines;

/// <summary>Finds out who refers to which snapshot: runs, model versions, bundles, and the data sets whose last one it is.</summary>
public static partial class SnapshotReferences
{
    /// <summary>Names such as <c>run 3f0c…</c>, <c>model reviews/3</c>, <c>bundle 9a3e…</c>, <c>data set reviews</c>, by the digest that they refer to.</summary>
    /// <param name="tracking">Null where there is no store of runs.</param>
    /// <param name="registry">Null where there is no registry.</param>
    /// <exception cref="IOException">A file cannot be read, so that nobody knows what it refers to.</exception>
    public static async Task<ILookup<string, string>> FindAsync(Home home, TrackingStore? tracking, ModelRegistry? registry, CancellationToken cancellation = default)
    {
        var found = new List<(string Digest, string By)>();
        if (registry is not null)
            found.AddRange((await registry.ListSnapshotsAsync(cancellation).ConfigureAwait(false)).Select(version => (version.SnapshotDigest, FormattableString.Invariant($"model {version.Name}/{version.Version}"))));
        foreach (var bundle in Entries(home.Bundles))
            found.AddRange(Digests(Path.Combine(bundle, BundleWriter.ManifestFile)).Select(digest => (digest, $"bundle {Shorten(Path.GetFileName(bundle))}")));
        foreach (var pointer in Entries(home.Datasets).Where(entry => entry.EndsWith(".json", StringComparison.Ordinal)))
            found.AddRange(Digests(pointer).Select(digest => (digest, $"data set {Path.GetFileNameWithoutExtension(pointer)}")));
        if (tracking is not null)
            found.AddRange((await tracking.ListInputsAsync(cancellation).ConfigureAwait(false)).Select(input => (input.SnapshotDigest, $"run {input.RunId}")));
        return found.ToLookup(reference => reference.Digest, reference => reference.By);
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
