using System.ComponentModel;

namespace Plumbline.Storage.Artifacts;

/// <summary>Objects as files of a folder.</summary>
/// <param name="root">Made by the first write.</param>
internal sealed class FileObjectStore(string root) : IObjectStore
{
    private const int NoSuchEntry = 2;

    private readonly string _root = Path.GetFullPath(root);

    public string Address => _root;

    /// <summary>Where objects are until they are committed: on the same file system, so that they can be renamed.</summary>
    internal string Uploads => Path.Combine(_root, "uploads");

    public ObjectUpload Begin() => new FileUpload(this);

    public Task<StoredObject?> FindAsync(string key, CancellationToken cancellation)
    {
        var file = new FileInfo(Resolve(key));
        return Task.FromResult<StoredObject?>(file.Exists ? Describe(file) : null);
    }

    public async Task<byte[]?> ReadAsync(string key, CancellationToken cancellation)
    {
        try
        {
            var path = Resolve(key);
            return Directory.Exists(path) ? null : await File.ReadAllBytesAsync(path, cancellation).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(key, exception);
        }
    }

    public Task<Stream> OpenReadAsync(string key, long offset, long length, CancellationToken cancellation)
    {
        try
        {
            var file = File.OpenHandle(Resolve(key), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.SequentialScan);
            return Task.FromResult<Stream>(new SliceStream(file, offset, length, file));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new MetadataException(MetadataError.NotFound, $"There is no {key} in {_root}.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(key, exception);
        }
    }

    public Task<ObjectPage> ListAsync(string folder, string? page, int limit, CancellationToken cancellation)
    {
        try
        {
            var directory = new DirectoryInfo(Resolve(folder));
            if (!directory.Exists)
                return Task.FromResult(new ObjectPage([], null));
            var entries = directory.EnumerateFileSystemInfos()
                .Where(entry => !IsLink(entry) && (page is null || string.CompareOrdinal(entry.Name, page) > 0))
                .OrderBy(entry => entry.Name, StringComparer.Ordinal).Take(limit + 1)
                .Select(entry => new ObjectEntry(entry.Name, entry is FileInfo file ? Describe(file) : null)).ToArray();
            return Task.FromResult(entries.Length <= limit ? new ObjectPage(entries, null) : new ObjectPage(entries[..limit], entries[limit - 1].Name));
        }
        catch (DirectoryNotFoundException)
        {
            return Task.FromResult(new ObjectPage([], null));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(folder, exception);
        }
    }

    public Task DeleteAsync(string key, CancellationToken cancellation)
    {
        var path = Resolve(key);
        try
        {
            File.Delete(path);
            FlushRemoved(Path.GetDirectoryName(path)!);
        }
        catch (DirectoryNotFoundException)
        {
            // Nor is there a file, then.
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(exception);
        }
        return Task.CompletedTask;
    }

    public Task<int> SweepAsync(DateTimeOffset before, bool dryRun, CancellationToken cancellation)
    {
        try
        {
            var left = Directory.Exists(Uploads) ? new DirectoryInfo(Uploads).GetFiles().Where(file => file.LastWriteTimeUtc < before.UtcDateTime).ToArray() : [];
            foreach (var file in dryRun ? [] : left)
                file.Delete();
            return Task.FromResult(left.Length);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(exception);
        }
    }

    public void Dispose()
    {
    }

    /// <exception cref="MetadataException">Invalid: a part of the way is a link, which could lead anywhere.</exception>
    internal string Resolve(string key)
    {
        var path = _root;
        foreach (var part in key.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            path = Path.Combine(path, part);
            if (new FileInfo(path).LinkTarget is not null)
                throw new MetadataException(MetadataError.Invalid, $"'{MetadataText.Quote(key)}' is refused: a symbolic link is on its way in {_root}.");
        }
        return path;
    }

    internal MetadataException Unwritable(Exception cause) =>
        new(MetadataError.Unavailable, $"The artifact store {_root} takes nothing: {cause.Message.TrimEnd('.')}. Free some space, or give this user the right to write there; then try again.", cause);

    private MetadataException Unreadable(string key, Exception cause) =>
        new(MetadataError.Unavailable, $"{key} in the artifact store {_root} cannot be read: {cause.Message.TrimEnd('.')}.", cause);

    private static StoredObject Describe(FileInfo file) => new(file.Length, file.LastWriteTimeUtc);

    private static bool IsLink(FileSystemInfo entry) => entry.Attributes.HasFlag(FileAttributes.ReparsePoint);

    /// <summary>Whether a folder went, because another removed the last of it.</summary>
    internal static bool IsGone(Exception exception) => exception is DirectoryNotFoundException or FileNotFoundException || exception.InnerException is Win32Exception { NativeErrorCode: NoSuchEntry };

    /// <summary>Removes folders that are empty now, so that one is listed only while something is in it, as in a bucket; and flushes the first that stays.</summary>
    private void FlushRemoved(string folder)
    {
        while (folder.Length > _root.Length && TryRemoveEmpty(folder))
            folder = Path.GetDirectoryName(folder)!;
        try
        {
            DurableFolder.Flush(folder);
        }
        catch (IOException exception) when (IsGone(exception))
        {
            // Who removed it flushes what is above.
        }
    }

    private static bool TryRemoveEmpty(string folder)
    {
        try
        {
            Directory.Delete(folder);
            return true;
        }
        catch (IOException exception)
        {
            return exception is DirectoryNotFoundException;
        }
    }
}
