using System.Data.Common;
using Npgsql;

namespace Plumbline.Storage;

/// <summary>
/// The metadata store in a PostgreSQL database, 15 or later, for several machines. Texts are ordered by their bytes whatever the database's collation, and
/// commits are flushed whatever its <c>synchronous_commit</c>.
/// </summary>
public sealed class PostgresMetadataStore : IMetadataStore
{
    // As many as wait for one another's flushes at a time; connections beyond it only cost memory.
    private const int MostWriters = 16;

    // A server on the same machine needs its processors: what waits goes together then, which costs less than each for itself. Over a network round trips are what takes time, and
    // groups would only wait for one another's.
    private const int MostWritersBesideTheServer = 4;

    private static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(30);

    private readonly PostgresTransactions _transactions;
    private readonly PostgresWriter _alone;
    private readonly PostgresWriter _beside;
    private volatile bool _disposed;

    private PostgresMetadataStore(PostgresTransactions transactions)
    {
        _transactions = transactions;
        _alone = new PostgresWriter(transactions, threads: 1);
        _beside = new PostgresWriter(transactions, Math.Clamp(transactions.MostConnections / 2, 2, transactions.IsLocal ? MostWritersBesideTheServer : MostWriters));
    }

    /// <summary>Opens the store in an existing database, and brings its schema up to date.</summary>
    /// <exception cref="MetadataException">
    /// The server cannot be reached, is too old or only reads, refuses user or password, or lacks the database; the database is of a newer version, of another
    /// program, or not UTF-8.
    /// </exception>
    public static PostgresMetadataStore Open(PostgresStoreOptions options, TimeProvider time) => Open(options, time, Migration.Embedded(), DefaultPatience);

    internal static PostgresMetadataStore Open(PostgresStoreOptions options, TimeProvider time, IReadOnlyList<Migration> migrations, TimeSpan patience)
    {
        var transactions = new PostgresTransactions(options, time, patience);
        try
        {
            PostgresSchema.Prepare(transactions, options, migrations, time);
            return new PostgresMetadataStore(transactions);
        }
        catch (Exception exception)
        {
            transactions.DisposeAsync().AsTask().GetAwaiter().GetResult();
            if (PostgresErrors.Translate(exception, options) is { } translated)
                throw translated;
            throw;
        }
    }

    /// <summary>Makes a store in a schema without tables, and lets <paramref name="fill"/> put rows into it, in one transaction.</summary>
    internal static void Fill(PostgresStoreOptions options, TimeProvider time, Action<DbConnection> fill)
    {
        var transactions = new PostgresTransactions(options, time, DefaultPatience);
        try
        {
            PostgresSchema.Fill(transactions, options, Migration.Embedded(), time, fill);
        }
        catch (NpgsqlException exception) when (PostgresErrors.Translate(exception, options) is { } translated)
        {
            throw translated;
        }
        finally
        {
            transactions.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    public T Read<T>(Func<DbConnection, T> query)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _transactions.Read(query);
    }

    public Task<T> ReadAsync<T>(Func<DbConnection, T> query, CancellationToken cancellation = default) =>
        Task.Run(() => Read(query), cancellation);

    public Task<T> WriteAsync<T>(Func<DbConnection, T> change, CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _alone.WriteAsync(new WriteOperation<T>(change), cancellation);
    }

    public Task<T> WriteConcurrentlyAsync<T>(Func<DbConnection, T> change, CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _beside.WriteAsync(new WriteOperation<T>(change), cancellation);
    }

    public Task<T> WriteConcurrentlyAsync<T>(string owner, Func<DbConnection, T> change, CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _beside.WriteAsync(new WriteOperation<T>(change, owner), cancellation);
    }

    public Task<T> WriteTogetherAsync<TItem, T>(
        string owner, TItem item, Func<DbConnection, IReadOnlyList<TItem>, IReadOnlyList<T>> change, CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _beside.WriteAsync(new JoinedOperation<TItem, T>(item, change, owner), cancellation);
    }

    public Task WatchAsync(Action changed, TimeProvider time, CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return Task.Run(() => PostgresWatch.RunAsync(_transactions.Options, changed, time, cancellation), CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, true))
            return;
        await Task.Run(() =>
        {
            _alone.Stop();
            _beside.Stop();
        }).ConfigureAwait(false);
        _alone.Dispose();
        _beside.Dispose();
        await _transactions.DisposeAsync().ConfigureAwait(false);
    }
}
