using System.Text.Json;
using System.Text.Json.Nodes;

namespace Plumbline.Datasets;

/// <summary>Finding out whether what lies in a folder is a snapshot, and whole.</summary>
public sealed partial class Snapshot
{
    internal string FilesLiteral => $"[{string.Join(", ", Manifest.RowsFiles.Select(file => DuckSession.FileLiteral(Path.Combine(Directory, file.Name))))}]";

    /// <summary>Opens a published snapshot and checks that every file is as it was written.</summary>
    /// <exception cref="DatasetException">It is missing, damaged, or of a newer format; the message says which.</exception>
    public static Snapshot Open(string directory)
    {
        using var held = Hold(directory);
        var snapshot = Describe(directory);
        foreach (var expected in snapshot.Manifest.Files)
            snapshot.Verify(expected);
        return snapshot;
    }

    /// <summary>Reads the manifest alone: what the snapshot says of itself. <see cref="Open"/> checks that it is so.</summary>
    /// <exception cref="DatasetException">There is no manifest, it is damaged, that of another snapshot, or of a newer format.</exception>
    public static Snapshot Describe(string directory)
    {
        var manifest = ReadManifest(directory);
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory)));
        return manifest.Digest == name ? new Snapshot(directory, manifest)
            : throw new DatasetException($"{directory} holds the snapshot {manifest.Digest}. Its folder was renamed or its manifest changed");
    }

    /// <summary>Opens what was published before, and makes it young again; null where it is being removed.</summary>
    internal static Snapshot? TryReuse(string directory)
    {
        using var held = TryHold(directory);
        if (held is null)
            return !File.Exists(Path.Combine(directory, ManifestFileName)) && System.IO.Directory.Exists(directory) ? Open(directory) : null;
        Touch(directory);
        return Open(directory);
    }

    /// <summary>Makes it young again.</summary>
    internal void Touch() => Touch(Directory);

    private static void Touch(string directory)
    {
        try
        {
            System.IO.Directory.SetLastWriteTimeUtc(directory, TimeProvider.System.GetUtcNow().UtcDateTime);
        }
        catch (UnauthorizedAccessException)
        {
            // It is another user's: its age stays what it was.
        }
    }

    /// <summary>While this is open, <see cref="Retention.GarbageCollector"/> leaves the snapshot where it is.</summary>
    private static FileStream Hold(string directory) => TryHold(directory) ?? throw new DatasetException(
        File.Exists(Path.Combine(directory, ManifestFileName)) ? $"{directory} is being removed. Ingest the source again" : $"{directory} is no snapshot: it has no {ManifestFileName}");

    private static FileStream? TryHold(string directory)
    {
        try
        {
            return new FileStream(Path.Combine(directory, ManifestFileName), FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        }
        catch (IOException)
        {
            return null;
        }
        catch (UnauthorizedAccessException e)
        {
            throw Forbidden(directory, e);
        }
    }

    internal FileStream Hold() => Hold(Directory);

    private void Verify(SnapshotFile expected)
    {
        var file = new FileInfo(Path.Combine(Directory, expected.Name));
        if (!file.Exists || file.Length != expected.Size)
            throw new DatasetException($"{file.FullName} is {(file.Exists ? $"{file.Length} bytes long" : "missing")} where the manifest says {expected.Size} bytes. {Advice(Directory)}");
        if (Sha256(file.FullName) != expected.Sha256)
            throw new DatasetException($"{file.FullName} is damaged: its SHA-256 is not the manifest's. {Advice(Directory)}");
    }

    private ChunkCursor Select(DuckSession session, string sql)
    {
        try
        {
            return new ChunkCursor(session, sql);
        }
        catch (DatasetException e)
        {
            throw Unreadable(e);
        }
    }

    private bool Next(ChunkCursor cursor)
    {
        try
        {
            return cursor.Next();
        }
        catch (DatasetException e)
        {
            throw Unreadable(e);
        }
    }

    private DatasetException Unreadable(DatasetException cause) => new($"{Directory} cannot be read: {cause.Message}. {Advice(Directory)}", cause);

    private static SnapshotManifest ReadManifest(string directory)
    {
        var path = Path.Combine(directory, ManifestFileName);
        try
        {
            var json = JsonNode.Parse(File.ReadAllBytes(path))!.AsObject();
            var format = json["formatVersion"]!.GetValue<int>();
            if (format > SnapshotManifest.CurrentFormat)
                throw new DatasetException($"{path} is of format {format}; this version of Plumbline reads up to {SnapshotManifest.CurrentFormat}. Use a newer one");
            if (format == 1)
                SnapshotManifest.UpgradeFirst(json);
            return json.Deserialize(SnapshotJson.Default.SnapshotManifest) ?? throw new JsonException();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DatasetException($"{directory} is no snapshot: it has no {ManifestFileName}", e);
        }
        catch (IOException e)
        {
            throw new DatasetException($"{directory} is being removed. Ingest the source again", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw Forbidden(directory, e);
        }
        catch (Exception e) when (e is JsonException or NullReferenceException or InvalidOperationException or FormatException)
        {
            throw new DatasetException($"{path} is damaged. {Advice(directory)}", e);
        }
    }

    private static DatasetException Forbidden(string directory, UnauthorizedAccessException cause) =>
        new($"{Path.Combine(directory, ManifestFileName)} may not be read by this user. Let its owner give the right to read {directory}", cause);

    private static string Advice(string directory) => $"Remove {directory} and ingest the source again";
}
