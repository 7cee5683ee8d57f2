using System.Buffers;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;

namespace Plumbline.Tracking;

/// <summary>
/// The artifacts of one run, logged model or bundle, in a folder of the state folder. Symbolic links are neither followed nor listed.
/// </summary>
/// <param name="root">Made by the first write.</param>
public sealed class ArtifactFolder(string root) : IArtifactFolder
{
    private const int BufferSize = 256 * 1024;

    private readonly string _root = Path.GetFullPath(root);

    /// <summary>Files and folders in a folder, by name; none if there is no such folder.</summary>
    public IReadOnlyList<ArtifactEntry> List(IReadOnlyList<string> path)
    {
        var folder = new DirectoryInfo(Resolve(path));
        if (!folder.Exists)
            return [];
        return [.. folder.EnumerateFileSystemInfos()
            .Where(entry => !ArtifactPath.IsTemporary(entry.Name) && !IsLink(entry))
            .OrderBy(entry => entry.Name, StringComparer.Ordinal)
            .Select(entry => new ArtifactEntry(entry.Name, (entry as FileInfo)?.Length))];
    }

    /// <exception cref="MetadataException">NotFound: there is no such file.</exception>
    public FileStream OpenRead(IReadOnlyList<string> path)
    {
        try
        {
            return new FileStream(Resolve(path), new FileStreamOptions { Share = FileShare.Read | FileShare.Delete, BufferSize = 0, Options = FileOptions.SequentialScan | FileOptions.Asynchronous });
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException or IOException)
        {
            throw new MetadataException(MetadataError.NotFound, $"There is no artifact file '{MetadataText.Quote(string.Join('/', path))}'.", exception);
        }
    }

    /// <summary>Writes a file, in the place of whatever file was there.</summary>
    /// <exception cref="MetadataException">Invalid: a folder has this name, or a file that of a folder above it. Unavailable: the disk takes no more.</exception>
    public async Task WriteAsync(IReadOnlyList<string> path, Stream content, CancellationToken cancellation = default)
    {
        if (path.Count == 0)
            throw new MetadataException(MetadataError.Invalid, "The path names no file; add one.");
        var target = Resolve(path);
        var parent = Path.GetDirectoryName(target)!;
        if (Directory.Exists(target) || !TryCreate(parent))
            throw new MetadataException(MetadataError.Invalid, $"'{MetadataText.Quote(string.Join('/', path))}' cannot be a file: a folder has this name, or a file has that of a folder above it.");
        var temporary = Path.Combine(parent, $".{Guid.NewGuid():N}.tmp");
        try
        {
            await CopyAsync(content, temporary, cancellation).ConfigureAwait(false);
            File.Move(temporary, target, overwrite: true);
            DurableFolder.Flush(parent);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Removes a file, or a folder with all that is in it.</summary>
    /// <exception cref="MetadataException">NotFound: there is none.</exception>
    public void Delete(IReadOnlyList<string> path)
    {
        var target = Resolve(path);
        if (File.Exists(target))
        {
            File.Delete(target);
            DurableFolder.Flush(Path.GetDirectoryName(target)!);
        }
        else if (!AtomicDirectory.Remove(target))
        {
            throw new MetadataException(MetadataError.NotFound, $"There is no artifact '{MetadataText.Quote(string.Join('/', path))}'.");
        }
    }

    Task<IReadOnlyList<ArtifactEntry>> IArtifactFolder.ListAsync(IReadOnlyList<string> path, CancellationToken cancellation) => Task.FromResult(List(path));

    Task<Stream> IArtifactFolder.OpenReadAsync(IReadOnlyList<string> path, CancellationToken cancellation) => Task.FromResult<Stream>(OpenRead(path));

    Task IArtifactFolder.DeleteAsync(IReadOnlyList<string> path, CancellationToken cancellation)
    {
        Delete(path);
        return Task.CompletedTask;
    }

    private static bool IsLink(FileSystemInfo entry) => entry.Attributes.HasFlag(FileAttributes.ReparsePoint);

    /// <exception cref="MetadataException">Invalid: a part of the way is a link, which could lead anywhere.</exception>
    private string Resolve(IReadOnlyList<string> path)
    {
        var at = _root;
        for (var i = 0; ; i++)
        {
            var entry = new FileInfo(at);
            if ((entry.Exists || Directory.Exists(at) || entry.LinkTarget is not null) && IsLink(entry))
                throw new MetadataException(MetadataError.Invalid, $"The artifact path '{MetadataText.Quote(string.Join('/', path))}' is refused: a symbolic link is on its way.");
            if (i == path.Count)
                return at;
            at = Path.Combine(at, path[i]);
        }
    }

    private static bool TryCreate(string folder)
    {
        try
        {
            DurableFolder.Create(folder);
            return true;
        }
        catch (IOException) when (HasFileAbove(folder))
        {
            return false;
        }
    }

    private static bool HasFileAbove(string folder) => File.Exists(folder) || (Path.GetDirectoryName(folder) is { } above && HasFileAbove(above));

    private static async Task CopyAsync(Stream content, string path, CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0, FileOptions.Asynchronous);
            await using (file.ConfigureAwait(false))
            {
                int read;
                while ((read = await content.ReadAtLeastAsync(buffer, BufferSize, throwOnEndOfStream: false, cancellation).ConfigureAwait(false)) > 0)
                    await StoreAsync(() => file.WriteAsync(buffer.AsMemory(0, read), cancellation)).ConfigureAwait(false);
                await StoreAsync(() =>
                {
                    file.Flush(flushToDisk: true);
                    return ValueTask.CompletedTask;
                }).ConfigureAwait(false);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Tells a disk that takes no more from a client that is gone.</summary>
    private static async ValueTask StoreAsync(Func<ValueTask> write)
    {
        try
        {
            await write().ConfigureAwait(false);
        }
        catch (IOException exception)
        {
            throw new MetadataException(MetadataError.Unavailable, $"The artifact cannot be stored: {exception.Message} Free some space, then send it again.", exception);
        }
    }
}
