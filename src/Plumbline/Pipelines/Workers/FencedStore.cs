using System.Data.Common;
using Plumbline.Storage;

namespace Plumbline.Pipelines.Workers;

/// <summary>A store whose every write first proves, in its own transaction, that the attempt still holds its task.</summary>
/// <param name="fence">Throws where it does not.</param>
internal sealed class FencedStore(IMetadataStore store, Action<DbConnection> fence) : IMetadataStore
{
    public T Read<T>(Func<DbConnection, T> query) => store.Read(query);

    public Task<T> ReadAsync<T>(Func<DbConnection, T> query, CancellationToken cancellation = default) => store.ReadAsync(query, cancellation);

    public Task<T> WriteAsync<T>(Func<DbConnection, T> change, CancellationToken cancellation = default) => store.WriteAsync(Fenced(change), cancellation);

    public Task<T> WriteConcurrentlyAsync<T>(Func<DbConnection, T> change, CancellationToken cancellation = default) => store.WriteConcurrentlyAsync(Fenced(change), cancellation);

    public Task WatchAsync(Action changed, TimeProvider time, CancellationToken cancellation) => store.WatchAsync(changed, time, cancellation);

    /// <summary>The store is its owner's.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Func<DbConnection, T> Fenced<T>(Func<DbConnection, T> change) => connection =>
    {
        fence(connection);
        return change(connection);
    };
}
