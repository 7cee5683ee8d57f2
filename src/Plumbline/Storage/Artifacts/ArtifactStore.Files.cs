using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Plumbline.Storage.Artifacts;

public sealed partial class ArtifactStore
{
    private const int ReferencesAtOnce = 16;

    /// <summary>The content of a file of an open tree; null where there is none.</summary>
    /// <param name="path">As <see cref="ArtifactPath.Split"/> gives it.</param>
    public Task<Blob?> FindAsync(ArtifactTree tree, IReadOnlyList<string> path, CancellationToken cancellation = default) =>
        ReadAsync(KeyOf(tree, path), ArtifactJson.Default.Blob, static blob => blob.Check(), cancellation);

    /// <summary>Puts a file into an open tree, in the place of whatever file was there.</summary>
    /// <exception cref="MetadataException">Invalid: a folder has this name, or a file that of a folder above it.</exception>
    public async Task<Blob> PutAsync(ArtifactTree tree, IReadOnlyList<string> path, Stream content, CancellationToken cancellation = default)
    {
        if (path.Count == 0)
            throw new MetadataException(MetadataError.Invalid, "The path names no file; add one.");
        var key = KeyOf(tree, path);
        await RequireFreeAsync(tree, path, cancellation).ConfigureAwait(false);
        var blob = await PutAsync(content, cancellation).ConfigureAwait(false);
        await WriteAsync(key, blob, ArtifactJson.Default.Blob, cancellation).ConfigureAwait(false);
        return blob;
    }

    /// <summary>Files and folders in a folder of an open tree, by name; none if there is no such folder.</summary>
    public async Task<IReadOnlyList<ArtifactFile>> ListAsync(ArtifactTree tree, IReadOnlyList<string> path, CancellationToken cancellation = default)
    {
        var entries = new List<ObjectEntry>();
        await foreach (var entry in EntriesAsync(KeyOf(tree, path), cancellation).ConfigureAwait(false))
            entries.Add(entry);
        entries.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        var files = new ArtifactFile?[entries.Count];
        await Parallel.ForAsync(0, files.Length, Limit(ReferencesAtOnce, cancellation), async (i, stop) =>
        {
            var blob = entries[i].Object is null ? null : await FindAsync(tree, [.. path, entries[i].Name], stop).ConfigureAwait(false);
            // One that went meanwhile is not shown.
            files[i] = entries[i].Object is null || blob is not null ? new ArtifactFile(entries[i].Name, blob) : null;
        }).ConfigureAwait(false);
        return [.. files.OfType<ArtifactFile>()];
    }

    /// <summary>Names of the files of an open tree that are in no folder of it, in no order; their content is not looked at.</summary>
    internal async IAsyncEnumerable<string> NamesAsync(ArtifactTree tree, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await foreach (var entry in EntriesAsync(KeyOf(tree, []), cancellation).ConfigureAwait(false))
        {
            if (entry.Object is not null)
                yield return entry.Name;
        }
    }

    /// <summary>All files of an open tree, those in folders too, with their paths as names.</summary>
    public async IAsyncEnumerable<ArtifactFile> WalkAsync(ArtifactTree tree, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var folders = new Stack<string[]>([[]]);
        while (folders.TryPop(out var folder))
        {
            foreach (var entry in await ListAsync(tree, folder, cancellation).ConfigureAwait(false))
            {
                if (entry.Blob is null)
                    folders.Push([.. folder, entry.Name]);
                else
                    yield return entry with { Name = string.Join('/', [.. folder, entry.Name]) };
            }
        }
    }

    /// <summary>Removes a file of an open tree, or a folder with all that is in it; content is left to a collection.</summary>
    /// <exception cref="MetadataException">NotFound: there is none.</exception>
    public async Task DeleteAsync(ArtifactTree tree, IReadOnlyList<string> path, CancellationToken cancellation = default)
    {
        var key = KeyOf(tree, path);
        if (path.Count > 0 && await _objects.FindAsync(key, cancellation).ConfigureAwait(false) is not null)
            await _objects.DeleteAsync(key, cancellation).ConfigureAwait(false);
        else if (!await DeleteFolderAsync(key, cancellation).ConfigureAwait(false))
            throw new MetadataException(MetadataError.NotFound, $"There is no artifact '{MetadataText.Quote(string.Join('/', path))}'.");
    }

    /// <summary>Removes content at once, instead of leaving it to a collection: for who knows that nothing else names it.</summary>
    internal Task DiscardAsync(Blob blob, CancellationToken cancellation) => _objects.DeleteAsync(blob.Key, cancellation);

    /// <summary>Puts the files of a folder into an open tree.</summary>
    /// <param name="replace">Also those that the tree has otherwise.</param>
    internal Task PutAllAsync(ArtifactTree tree, string folder, bool replace, CancellationToken cancellation) => Parallel.ForEachAsync(
        Directory.Exists(folder) ? PathsOf(folder) : [], Limit(FilesAtOnce, cancellation),
        async (path, stop) =>
        {
            var (parts, file) = (ArtifactPath.Split(path), Path.Combine(folder, path));
            var known = await FindAsync(tree, parts, stop).ConfigureAwait(false);
            var isKept = known is not null && (IsSame(file, known) ? await IsThereAsync(known, stop).ConfigureAwait(false) : !replace);
            if (isKept)
                return;
            using var handle = OpenFile(file);
            var content = new SliceStream(handle, 0, RandomAccess.GetLength(handle));
            await using (content.ConfigureAwait(false))
                await PutAsync(tree, parts, content, stop).ConfigureAwait(false);
        });

    /// <summary>Fetches the files of an open tree that a folder does not have, or has otherwise; each is there whole, old or new.</summary>
    internal async Task FetchChangedAsync(ArtifactTree tree, string folder, CancellationToken cancellation)
    {
        await foreach (var file in WalkAsync(tree, cancellation).ConfigureAwait(false))
        {
            var path = Path.Combine([folder, .. ArtifactPath.Split(file.Name)]);
            if (IsSame(path, file.Blob!))
                continue;
            var parent = Path.GetDirectoryName(path)!;
            var temporary = Path.Combine(parent, $".{Guid.NewGuid():N}.tmp");
            try
            {
                DurableFolder.Create(parent);
                await FetchAsync(file.Blob!, temporary, cancellation).ConfigureAwait(false);
                File.Move(temporary, path, overwrite: true);
                DurableFolder.Flush(parent);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw Unfetched($"{tree}/{file.Name}", parent, exception);
            }
            finally
            {
                if (Directory.Exists(parent))
                    File.Delete(temporary);
            }
        }
    }

    private static bool IsSame(string path, Blob blob)
    {
        if (!File.Exists(path) || new FileInfo(path).Length != blob.Size)
            return false;
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file)) == blob.Sha256;
    }

    private async Task<bool> DeleteFolderAsync(string key, CancellationToken cancellation)
    {
        var entries = new List<ObjectEntry>();
        await foreach (var entry in EntriesAsync(key, cancellation).ConfigureAwait(false))
            entries.Add(entry);
        foreach (var entry in entries)
        {
            if (entry.Object is null)
                await DeleteFolderAsync($"{key}/{entry.Name}", cancellation).ConfigureAwait(false);
            else
                await _objects.DeleteAsync($"{key}/{entry.Name}", cancellation).ConfigureAwait(false);
        }
        return entries.Count > 0;
    }

    /// <summary>A bucket would take both a file and a folder of one name; nobody could have them as files.</summary>
    private async Task RequireFreeAsync(ArtifactTree tree, IReadOnlyList<string> path, CancellationToken cancellation)
    {
        var isTaken = (await _objects.ListAsync(KeyOf(tree, path), null, 1, cancellation).ConfigureAwait(false)).Entries.Count > 0;
        for (var above = 1; above < path.Count && !isTaken; above++)
            isTaken = await _objects.FindAsync(KeyOf(tree, [.. path.Take(above)]), cancellation).ConfigureAwait(false) is not null;
        if (isTaken)
            throw new MetadataException(MetadataError.Invalid, $"'{MetadataText.Quote(string.Join('/', path))}' cannot be a file: a folder has this name, or a file has that of a folder above it.");
    }

    private static string KeyOf(ArtifactTree tree, IReadOnlyList<string> path) => tree.IsSealed
        ? throw new ArgumentException($"The tree {tree} is sealed.", nameof(tree))
        : string.Join('/', [tree.Key, .. path]);
}
