namespace Plumbline.Storage.Artifacts;

/// <summary>An object that is being written. Disposed without a commit, it leaves nothing. Not thread-safe.</summary>
internal abstract class ObjectUpload : IAsyncDisposable
{
    /// <exception cref="MetadataException">Unavailable: the disk takes no more.</exception>
    public abstract ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation);

    /// <summary>Makes it durable and then visible, in the place of whatever had the key.</summary>
    /// <exception cref="MetadataException">Unavailable: the store takes no more. Invalid: the key cannot be an object's.</exception>
    public abstract Task CommitAsync(string key, CancellationToken cancellation);

    public abstract ValueTask DisposeAsync();
}
