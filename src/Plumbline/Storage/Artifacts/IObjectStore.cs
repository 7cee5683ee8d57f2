namespace Plumbline.Storage.Artifacts;

/// <summary>
/// Named objects, each whole or absent, old or new: what an <see cref="ArtifactStore"/> is made of. Thread-safe; any number of processes may use one at once.
/// Keys are parts separated by <c>/</c>, fit for file names. Errors are <see cref="MetadataException"/>s: Unavailable while the store does not answer or takes no more.
/// </summary>
internal interface IObjectStore : IDisposable
{
    /// <summary>For messages, without secrets.</summary>
    string Address { get; }

    /// <summary>Begins an object; nothing is seen of it until it is committed.</summary>
    ObjectUpload Begin();

    /// <summary>Null where there is no such object.</summary>
    Task<StoredObject?> FindAsync(string key, CancellationToken cancellation);

    /// <summary>All bytes of a small object; null where there is none.</summary>
    Task<byte[]?> ReadAsync(string key, CancellationToken cancellation);

    /// <summary>The bytes of an object from an offset on; the caller disposes it.</summary>
    /// <param name="length">How many; the object has them.</param>
    /// <exception cref="MetadataException">NotFound: there is no such object.</exception>
    Task<Stream> OpenReadAsync(string key, long offset, long length, CancellationToken cancellation);

    /// <summary>What is in a folder, not in those below it.</summary>
    /// <param name="folder">Key of it; empty for the root.</param>
    /// <param name="page">As the page before gave it; null for the first.</param>
    /// <param name="limit">Most entries of a page.</param>
    Task<ObjectPage> ListAsync(string folder, string? page, int limit, CancellationToken cancellation);

    /// <summary>Removes an object, if it is there.</summary>
    Task DeleteAsync(string key, CancellationToken cancellation);

    /// <summary>Removes uploads that were never committed and that nobody has written to since a time.</summary>
    /// <returns>How many.</returns>
    Task<int> SweepAsync(DateTimeOffset before, bool dryRun, CancellationToken cancellation);
}
