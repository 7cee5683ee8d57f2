namespace Plumbline.Storage.Artifacts;

internal sealed class FileUpload : ObjectUpload
{
    /// <summary>EEXIST: a folder that was there when it was to be made, and gone when it was looked at.</summary>
    private const int AlreadyExists = 17;

    private const int MostAttempts = 8;

    private readonly FileObjectStore _store;
    private readonly string _path;
    private readonly FlushedFile _file;

    public FileUpload(FileObjectStore store)
    {
        _store = store;
        _path = Path.Combine(store.Uploads, $".{Guid.NewGuid():N}.tmp");
        try
        {
            DurableFolder.Create(store.Uploads);
            _file = new FlushedFile(_path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw store.Unwritable(exception);
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        try
        {
            await _file.WriteAsync(bytes).ConfigureAwait(false);
        }
        catch (IOException exception)
        {
            throw _store.Unwritable(exception);
        }
    }

    public override async Task CommitAsync(string key, CancellationToken cancellation)
    {
        var target = _store.Resolve(key);
        var parent = Path.GetDirectoryName(target)!;
        try
        {
            await _file.FinishAsync().ConfigureAwait(false);
            for (var attempt = 1; !TryMove(target, parent, attempt == MostAttempts); attempt++)
            {
            }
            FlushMoved(parent);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw IsTaken(target)
                ? new MetadataException(MetadataError.Invalid, $"'{MetadataText.Quote(key)}' cannot be a file: a folder has this name, or a file has that of a folder above it.", exception)
                : _store.Unwritable(exception);
        }
    }

    public override ValueTask DisposeAsync()
    {
        try
        {
            _file.Dispose();
            File.Delete(_path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A collection does it later; what broke the upload off is the error to tell.
        }
        return ValueTask.CompletedTask;
    }

    /// <returns>False if the folder was empty and went before the file came.</returns>
    private bool TryMove(string target, string parent, bool isLast)
    {
        try
        {
            DurableFolder.Create(parent);
            File.Move(_path, target, overwrite: true);
            return true;
        }
        catch (IOException exception) when (!isLast && (FileObjectStore.IsGone(exception) || (exception.HResult == AlreadyExists && !IsTaken(target))))
        {
            return false;
        }
    }

    private static void FlushMoved(string parent)
    {
        try
        {
            DurableFolder.Flush(parent);
        }
        catch (IOException exception) when (FileObjectStore.IsGone(exception))
        {
            // Another deleted it meanwhile, and the folder with it.
        }
    }

    private static bool IsTaken(string target)
    {
        if (Directory.Exists(target))
            return true;
        for (var above = Path.GetDirectoryName(target); above is not null; above = Path.GetDirectoryName(above))
        {
            if (File.Exists(above))
                return true;
        }
        return false;
    }
}
