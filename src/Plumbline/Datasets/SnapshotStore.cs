using System.Text.Json;
using System.Text.Json.Nodes;
using Plumbline.Datasets.Expectations;
using Plumbline.Storage;

namespace Plumbline.Datasets;

/// <summary>One snapshot of a store, as its manifest tells; its files were not checked.</summary>
/// <param name="Digest">The folder's name.</param>
/// <param name="Created">When its manifest was written.</param>
/// <param name="Used">When it was made, or made again of the same content.</param>
/// <param name="Snapshot">Null where the manifest cannot be read; <paramref name="Problem"/> says why.</param>
public sealed record StoredSnapshot(string Digest, string Directory, DateTimeOffset Created, DateTimeOffset Used, Snapshot? Snapshot, string? Problem);

/// <summary>The snapshots under a state folder. Thread-safe; others may publish and remove meanwhile.</summary>
public sealed class SnapshotStore(Home home)
{
    private const int DigestDigits = 64;
    private const int FewestDigits = 6;

    /// <summary>The newest first.</summary>
    public IReadOnlyList<StoredSnapshot> List() => [.. Folders("*").Where(folder => Path.GetFileName(folder).Length == DigestDigits).Select(TryRead).OfType<StoredSnapshot>()
        .OrderByDescending(stored => stored.Created).ThenBy(stored => stored.Digest, StringComparer.Ordinal)];

    /// <summary>The folder of the snapshot that a user means: its folder, its digest or the beginning of that, or the name of a data set (the path of its source, where it has no other), whose last one it is.</summary>
    /// <exception cref="DatasetException">There is none, or several; the message says what to give.</exception>
    public string Find(string name) => TryFind(name) ?? LastOf(name) ?? (name.Length > 0 ? LastOf(Path.GetFullPath(name)) : null) ?? throw None(name);

    /// <summary>As <see cref="Find"/>, but null where the name is no snapshot's, or that of files to be read: an existing one, a pattern or an address.</summary>
    /// <exception cref="DatasetException">It reads as a digest, but there is no such snapshot, or more than one.</exception>
    public string? TryFind(string name)
    {
        if (File.Exists(Path.Combine(name, Snapshot.ManifestFileName)))
            return Path.GetFullPath(name);
        if (File.Exists(name) || Directory.Exists(name))
            return null;
        if (!name.AsSpan().ContainsAny("*?") && !name.Contains("://", StringComparison.Ordinal) && LastOf(name) is { } last)
            return last;
        if (name.Length is < FewestDigits or > DigestDigits || !name.All(char.IsAsciiHexDigitLower))
            return null;
        return Folders(name + "*") switch
        {
            [var only] => only,
            [] => throw None(name),
            var several => throw new DatasetException($"{several.Length} snapshots in {home.Snapshots} begin with {name}; give more digits"),
        };
    }

    private DatasetException None(string name) => new(
        $"'{FieldCleaning.Quote(name)}' is no snapshot in {home.Snapshots}: no folder of one, no digest of {FewestDigits} digits or more, no data set. plumbline snapshot list shows them");

    /// <summary>When it was made, or made again of the same content.</summary>
    internal static DateTimeOffset Used(string folder) => Created(folder) is var created && Directory.GetLastWriteTimeUtc(folder) is var touched && touched > created ? touched : created;

    private static DateTime Created(string folder)
    {
        try
        {
            return File.GetLastWriteTimeUtc(Path.Combine(folder, Snapshot.ManifestFileName));
        }
        catch (UnauthorizedAccessException)
        {
            // Of a folder that this user may not enter no more is known.
            return Directory.GetLastWriteTimeUtc(folder);
        }
    }

    private static StoredSnapshot? TryRead(string folder)
    {
        var (created, used) = (Created(folder), Used(folder));
        try
        {
            return new StoredSnapshot(Path.GetFileName(folder), folder, created, used, Snapshot.Describe(folder), null);
        }
        catch (DatasetException e)
        {
            // A folder that is there and has no manifest is shown; one that another removes at this moment is not.
            var isGoing = !Directory.Exists(folder) || e.InnerException is IOException and not FileNotFoundException;
            return isGoing ? null : new StoredSnapshot(Path.GetFileName(folder), folder, used, used, null, e.Message);
        }
    }

    private string[] Folders(string pattern) => Directory.Exists(home.Snapshots)
        ? [.. Directory.EnumerateDirectories(home.Snapshots, pattern).Where(folder => Path.GetFileName(folder).All(char.IsAsciiHexDigitLower)).Order(StringComparer.Ordinal)]
        : [];

    /// <returns>Its folder; null where there is no such data set.</returns>
    private string? LastOf(string dataset)
    {
        var pointer = Path.Combine(home.Datasets, $"{LatestSnapshot.KeyOf(dataset)}.json");
        if (!File.Exists(pointer))
            return null;
        try
        {
            var digest = JsonNode.Parse(File.ReadAllBytes(pointer))?["snapshot"]?.GetValue<string>() ?? throw new JsonException();
            return Folders(digest) is [var last] ? last : throw new DatasetException($"The last snapshot of '{dataset}', {digest}, is not in {home.Snapshots} any more. Ingest its source again");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new DatasetException($"{pointer} is damaged: it does not name the last snapshot of '{dataset}'. Ingest the source again", e);
        }
    }
}
