using System.Data.Common;

namespace Plumbline.Storage;

/// <summary>
/// The relational store of everything that is not a file: experiments, runs, models, aliases, events.
/// </summary>
/// <remarks>
/// <para><b>Threads and processes.</b> Every member may be called from any thread at any time. Any number of stores, in one process or in
/// several, may be open on the same database.</para>
/// <para><b>Ownership.</b> The store owns every connection. A delegate borrows one until it returns: it must not keep it or anything read lazily
/// from it, hand it to another thread, wait for another call to the store, or begin, commit or roll back.</para>
/// <para><b>Reads</b> run in one transaction that sees one consistent state, at least as new as every write acknowledged by this store before. They
/// never wait for writers. A delegate that tries to write gets a <see cref="DbException"/>.</para>
/// <para><b>Writes</b> are atomic one by one, though several may share a commit: a delegate that throws leaves nothing behind and does not disturb
/// its neighbours. Changes run one after another, whatever store or process they come from, so that what one read is still so when it commits, and those
/// begun by one caller in the order of the calls; <see cref="WriteConcurrentlyAsync{T}(Func{DbConnection, T}, CancellationToken)"/> promises neither. A write's task completes only when the change is
/// durable: it survives the death of the process and of the machine. A change may be run again, after all that its last run did was rolled back, so it may
/// do nothing that lasts outside the connection.</para>
/// <para><b>Errors.</b> What a delegate throws reaches its caller unchanged. <see cref="MetadataException"/> with
/// <see cref="MetadataError.Unavailable"/> or <see cref="MetadataError.Damaged"/> replaces the provider's exception where the database as a whole is
/// at fault; if the commit itself failed, its message says so, and only a read can tell whether the change was stored, so changes should be idempotent.</para>
/// <para><b>Dispose</b> finishes the writes accepted so far; calls after it throw <see cref="ObjectDisposedException"/>.</para>
/// </remarks>
public interface IMetadataStore : IAsyncDisposable
{
    /// <summary>Runs <paramref name="query"/> on the calling thread: for start-up, where a hop to the thread pool costs more than the query.</summary>
    T Read<T>(Func<DbConnection, T> query);

    /// <summary>Runs <paramref name="query"/> on the thread pool; <paramref name="cancellation"/> counts until it starts.</summary>
    Task<T> ReadAsync<T>(Func<DbConnection, T> query, CancellationToken cancellation = default);

    /// <summary>
    /// Runs <paramref name="change"/> on a thread of the store's own and completes when it is durable.
    /// </summary>
    /// <param name="cancellation">Until the change starts it can be cancelled, and then has no effect; from then on it runs to its end.</param>
    Task<T> WriteAsync<T>(Func<DbConnection, T> change, CancellationToken cancellation = default);

    /// <summary>
    /// As <see cref="WriteAsync"/>, for what happens often: where the database can do so, other changes of this kind run meanwhile (READ COMMITTED), none of the
    /// other kind. The change must decide by nothing that those may change but through statements that lock it: an INSERT with ON CONFLICT, an UPDATE with its
    /// condition, a <see cref="Counter"/>.
    /// </summary>
    Task<T> WriteConcurrentlyAsync<T>(Func<DbConnection, T> change, CancellationToken cancellation = default) => WriteAsync(change, cancellation);

    /// <summary>
    /// As <see cref="WriteConcurrentlyAsync{T}(Func{DbConnection, T}, CancellationToken)"/>, for a change that locks rows of one thing only and no <see cref="Counter"/>,
    /// so that several of different things may share a commit.
    /// </summary>
    /// <param name="owner">Of the rows, such as a run's id.</param>
    Task<T> WriteConcurrentlyAsync<T>(string owner, Func<DbConnection, T> change, CancellationToken cancellation = default) => WriteConcurrentlyAsync(change, cancellation);

    /// <summary>
    /// As <see cref="WriteConcurrentlyAsync{T}(string, Func{DbConnection, T}, CancellationToken)"/>, for what happens so often that it is made for several at once: one statement then
    /// does what each would need one for.
    /// </summary>
    /// <param name="change">Static: what waits with the same one may be given to it together, each <paramref name="item"/> of another owner, in the order of owners. Gives what each caller gets.
    /// If it throws for several, nothing of it stays, and it is run for each alone. It appends no events.</param>
    Task<T> WriteTogetherAsync<TItem, T>(string owner, TItem item, Func<DbConnection, IReadOnlyList<TItem>, IReadOnlyList<T>> change, CancellationToken cancellation = default) =>
        WriteConcurrentlyAsync(owner, connection => change(connection, [item])[0], cancellation);

    /// <summary>
    /// Calls <paramref name="changed"/> soon after a change that <see cref="ChangeSignal"/> tells of was committed by whatever store or process, and perhaps at other times; from a thread of the
    /// store's own, so it must not wait. A connection that breaks is made again, and what was missed meanwhile is told then. Ends when it is cancelled, without an error.
    /// </summary>
    /// <remarks>No promise: a proxy that gives a connection to several clients passes nothing on. Who watches looks from time to time besides.</remarks>
    Task WatchAsync(Action changed, TimeProvider time, CancellationToken cancellation);
}
