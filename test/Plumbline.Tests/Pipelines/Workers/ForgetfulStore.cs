using System.Data.Common;
using Plumbline.Storage;

namespace Plumbline.Tests.Pipelines.Workers;

/// <summary>A store of which one concurrent write is stored, but never answered, as when the database goes away in between.</summary>
/// <param name="forgotten">Which one, from 1.</param>
internal sealed class ForgetfulStore(IMetadataStore store, int forgotten) : IMetadataStore
{
    private int _writes;

    public int Forgot { get; private set; }

    public T Read<T>(Func<DbConnection, T> query) => store.Read(query);

    public Task<T> ReadAsync<T>(Func<DbConnection, T> query, CancellationToken cancellation = default) => store.ReadAsync(query, cancellation);

    public Task<T> WriteAsync<T>(Func<DbConnection, T> change, CancellationToken cancellation = default) => store.WriteAsync(change, cancellation);

    public async Task<T> WriteConcurrentlyAsync<T>(Func<DbConnection, T> change, CancellationToken cancellation = default)
    {
        var written = await store.WriteConcurrentlyAsync(change, cancellation);
        if (Interlocked.Increment(ref _writes) != forgotten)
            return written;
        Forgot++;
        throw new MetadataException(MetadataError.Unavailable, "the answer was lost");
    }

    public Task WatchAsync(Action changed, TimeProvider time, CancellationToken cancellation) => store.WatchAsync(changed, time, cancellation);

    /// <summary>The store is its owner's.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
