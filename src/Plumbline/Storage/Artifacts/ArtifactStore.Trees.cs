using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;

namespace Plumbline.Storage.Artifacts;

public sealed partial class ArtifactStore
{
    private const int FilesAtOnce = 4;
    private const int PageEntries = 1000;

    /// <summary>Whether a sealed tree is there.</summary>
    public async Task<bool> HasAsync(ArtifactTree tree, CancellationToken cancellation = default) => await _objects.FindAsync(tree.Key, cancellation).ConfigureAwait(false) is not null;

    /// <summary>Stores the files of a folder, then names them all at once; a tree that is there whole stays as it is.</summary>
    /// <param name="tree">A sealed one.</param>
    /// <exception cref="MetadataException">Invalid: a name in the folder is refused.</exception>
    public async Task SealAsync(ArtifactTree tree, string folder, CancellationToken cancellation = default)
    {
        if (await IsWholeAsync(tree, cancellation).ConfigureAwait(false))
            return;
        var paths = PathsOf(folder);
        var files = new TreeFile[paths.Count];
        await Parallel.ForAsync(0, files.Length, Limit(FilesAtOnce, cancellation), async (i, stop) =>
        {
            var blob = await PutFileAsync(Path.Combine(folder, paths[i]), stop).ConfigureAwait(false);
            files[i] = new TreeFile(paths[i], blob.Sha256, blob.Size);
        }).ConfigureAwait(false);
        await WriteAsync(tree.Key, new TreeContent(files), ArtifactJson.Default.TreeContent, cancellation).ConfigureAwait(false);
    }

    /// <summary>Fetches a sealed tree as a folder called by its id: whole, checked and flushed, or not at all.</summary>
    /// <returns>False if it is not in the store.</returns>
    public async Task<bool> FetchAsync(ArtifactTree tree, string parent, CancellationToken cancellation = default)
    {
        if (await ReadTreeAsync(tree, cancellation).ConfigureAwait(false) is not { } content)
            return false;
        try
        {
            using var folder = AtomicDirectory.Create(parent);
            foreach (var inner in content.Files.Select(file => Path.GetDirectoryName(file.Path)!).Distinct())
                Directory.CreateDirectory(Path.Combine(folder.Path, inner));
            await Parallel.ForEachAsync(
                content.Files, Limit(FilesAtOnce, cancellation),
                async (file, stop) => await FetchAsync(file.Blob, Path.Combine(folder.Path, file.Path), stop).ConfigureAwait(false)).ConfigureAwait(false);
            folder.Publish(tree.Id);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unfetched(tree.ToString(), parent, exception);
        }
    }

    /// <summary>A small file of a sealed tree, checked; null where there is no such tree, or no such file in it.</summary>
    /// <exception cref="MetadataException">NotFound or Damaged: the store has lost it, or part of it.</exception>
    internal async Task<byte[]?> ReadFileAsync(ArtifactTree tree, string path, CancellationToken cancellation)
    {
        if ((await ReadTreeAsync(tree, cancellation).ConfigureAwait(false))?.Files.FirstOrDefault(file => file.Path == path) is not { } found)
            return null;
        var content = await OpenReadAsync(found.Blob, cancellation).ConfigureAwait(false);
        await using (content.ConfigureAwait(false))
        {
            var bytes = new byte[found.Size];
            await content.ReadExactlyAsync(bytes, cancellation).ConfigureAwait(false);
            return bytes;
        }
    }

    /// <summary>Removes a tree, if it is there; its blobs are left to a collection.</summary>
    public Task RemoveAsync(ArtifactTree tree, CancellationToken cancellation = default) =>
        tree.IsSealed ? _objects.DeleteAsync(tree.Key, cancellation) : DeleteFolderAsync(tree.Key, cancellation);

    /// <summary>Ids of the trees of a kind that are there, in no order.</summary>
    public async IAsyncEnumerable<string> ListAsync(ArtifactKind kind, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await foreach (var entry in EntriesAsync(ArtifactTree.FolderOf(kind), cancellation).ConfigureAwait(false))
        {
            if (kind is not (ArtifactKind.Bundles or ArtifactKind.Snapshots))
                yield return entry.Name;
            else if (entry.Name.EndsWith(TreeSuffix, StringComparison.Ordinal) && MetadataText.IsHex(entry.Name[..^TreeSuffix.Length], 64))
                yield return entry.Name[..^TreeSuffix.Length];
        }
    }

    internal Task<TreeContent?> ReadTreeAsync(ArtifactTree tree, CancellationToken cancellation) =>
        ReadAsync(tree.Key, ArtifactJson.Default.TreeContent, static content => content.Check(), cancellation);

    internal async IAsyncEnumerable<ObjectEntry> EntriesAsync(string folder, [EnumeratorCancellation] CancellationToken cancellation)
    {
        string? next = null;
        do
        {
            var page = await _objects.ListAsync(folder, next, PageEntries, cancellation).ConfigureAwait(false);
            foreach (var entry in page.Entries)
                yield return entry;
            next = page.Next;
        }
        while (next is not null);
    }

    private async Task<bool> IsWholeAsync(ArtifactTree tree, CancellationToken cancellation)
    {
        if (await ReadTreeAsync(tree, cancellation).ConfigureAwait(false) is not { } content)
            return false;
        foreach (var file in content.Files)
        {
            if (!await IsThereAsync(file.Blob, cancellation).ConfigureAwait(false))
                return false;
        }
        return true;
    }

    private async Task<Blob> PutFileAsync(string path, CancellationToken cancellation)
    {
        using var file = OpenFile(path);
        var content = new SliceStream(file, 0, RandomAccess.GetLength(file));
        await using (content.ConfigureAwait(false))
            return await PutAsync(content, cancellation).ConfigureAwait(false);
    }

    private static SafeFileHandle OpenFile(string path) => File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.SequentialScan);

    private static MetadataException Unfetched(string what, string folder, Exception cause) => new(
        MetadataError.Unavailable, $"{what} cannot be fetched into {folder}: {cause.Message.TrimEnd('.')}. Free some space, or name another state folder with --home.", cause);

    /// <summary>Paths of the files of a folder, in order, with /; links and what is being written are none.</summary>
    private static List<string> PathsOf(string folder)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = false };
        var paths = Directory.EnumerateFiles(folder, "*", options)
            .Select(file => Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/')).Where(path => !ArtifactPath.IsTemporary(Path.GetFileName(path)))
            .Order(StringComparer.Ordinal).ToList();
        foreach (var path in paths)
            ArtifactPath.Split(path);
        return paths;
    }

    private static ParallelOptions Limit(int atOnce, CancellationToken cancellation) => new() { MaxDegreeOfParallelism = atOnce, CancellationToken = cancellation };
}
