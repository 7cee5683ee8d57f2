using Microsoft.Win32.SafeHandles;

namespace Plumbline.Storage.Artifacts;

/// <summary>Waits in a file without a name, so that its digest is known and a call can be made again, and is sent when it is committed.</summary>
internal sealed class S3Upload : ObjectUpload
{
    private readonly S3ObjectStore _store;
    private readonly string _folder;
    private readonly SafeFileHandle _file;
    private long _size;

    public S3Upload(S3ObjectStore store, string folder)
    {
        (_store, _folder) = (store, folder);
        try
        {
            _file = UnnamedFile.Create(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(exception);
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        try
        {
            await RandomAccess.WriteAsync(_file, bytes, _size, cancellation).ConfigureAwait(false);
            _size += bytes.Length;
        }
        catch (IOException exception)
        {
            throw Unwritable(exception);
        }
    }

    public override Task CommitAsync(string key, CancellationToken cancellation) => _store.SendAsync(key, _file, cancellation);

    public override ValueTask DisposeAsync()
    {
        _file.Dispose();
        return ValueTask.CompletedTask;
    }

    private MetadataException Unwritable(Exception cause) =>
        new(MetadataError.Unavailable, $"{_folder}, where uploads to {_store.Address} wait, takes nothing: {cause.Message.TrimEnd('.')}. Free some space there, or name another state folder with --home.", cause);
}
