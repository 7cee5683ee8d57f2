using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Plumbline.Storage;

/// <summary>
/// The metadata store in one SQLite file, in WAL mode with <c>synchronous=FULL</c>. Server, CLI and workers on one machine may share the
/// file; a network file system must not hold it, since WAL needs shared memory.
/// </summary>
public sealed class SqliteMetadataStore : IMetadataStore
{
    // What a reader answers to a delegate that writes; a file that cannot be written has a longer code.
    private const int QueryOnly = raw.SQLITE_READONLY;

    // Beside the migrations, whose SQL both databases share.
    internal const string KeepEvents =
        """
        CREATE TRIGGER IF NOT EXISTS events_stay BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are never altered'); END;
        CREATE TRIGGER IF NOT EXISTS events_remain BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are never removed'); END;
        """;

    private static readonly TimeSpan DefaultBusyTimeout = TimeSpan.FromSeconds(30);

    private readonly string _path;
    private readonly string _connectionString;
    private readonly int _busyMilliseconds;
    private readonly ConcurrentBag<SqliteConnection> _readers = [];
    private readonly SqliteWriter _writer;
    private volatile bool _disposed;

    private SqliteMetadataStore(string path, TimeSpan busyTimeout)
    {
        _path = path;
        _busyMilliseconds = (int)busyTimeout.TotalMilliseconds;
        _connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Pooling = false,
            // busy_timeout does the waiting; the least that can be said here stops the provider from waiting as long again.
            DefaultTimeout = 1,
        }.ToString();
        _writer = new SqliteWriter(Connect, path);
    }

    /// <summary>Commits of this store's writer so far: under load far fewer than writes.</summary>
    public long Commits => _writer.Commits;

    /// <summary>Opens the store in <paramref name="path"/>, made with its folder if absent, and brings its schema up to date.</summary>
    /// <exception cref="MetadataException">The file is damaged, of a newer version, of another program, locked, or its folder is not writable.</exception>
    public static SqliteMetadataStore Open(string path, TimeProvider time) => Open(path, time, Migration.Embedded(), DefaultBusyTimeout);

    internal static SqliteMetadataStore Open(string path, TimeProvider time, IReadOnlyList<Migration> migrations, TimeSpan busyTimeout)
    {
        path = Path.GetFullPath(path);
        try
        {
            DurableFolder.Create(Path.GetDirectoryName(path)!);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MetadataException(
                MetadataError.Unavailable, $"The folder of the metadata store {path} cannot be made: {exception.Message} Choose another state folder with --home.", exception);
        }
        var store = new SqliteMetadataStore(path, busyTimeout);
        store.Prepare(migrations, time);
        return store;
    }

    public T Read<T>(Func<DbConnection, T> query)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        SqliteConnection? connection = null;
        try
        {
            if (!_readers.TryTake(out connection))
                connection = ConnectReader();
            Do(connection, "BEGIN");
            return query(connection);
        }
        catch (SqliteException exception) when (
            exception.SqliteExtendedErrorCode != QueryOnly && SqliteErrors.Translate(exception, _path) is { } translated)
        {
            throw translated;
        }
        finally
        {
            if (connection is not null)
                Return(connection);
        }
    }

    public Task<T> ReadAsync<T>(Func<DbConnection, T> query, CancellationToken cancellation = default) =>
        Task.Run(() => Read(query), cancellation);

    public Task<T> WriteAsync<T>(Func<DbConnection, T> change, CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _writer.WriteAsync(change, cancellation);
    }

    public Task WatchAsync(Action changed, TimeProvider time, CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return Task.Run(() => SqliteWatch.RunAsync(ConnectReader, changed, time, cancellation), CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        await Task.Run(_writer.Stop).ConfigureAwait(false);
        CloseReaders();
    }

    private void Prepare(IReadOnlyList<Migration> migrations, TimeProvider time)
    {
        SqliteConnection? connection = null;
        try
        {
            connection = Connect();
            var missing = Missing(connection, migrations).Any();
            // The mode stays in the file, but a restored copy (VACUUM INTO) comes without it.
            Do(connection, "PRAGMA journal_mode=WAL");
            if (missing)
            {
                Do(connection, "BEGIN IMMEDIATE");
                // Another process may have done it while this one waited for the lock.
                Schema.Apply(connection, Missing(connection, migrations), time);
                Do(connection, KeepEvents);
                Do(connection, "COMMIT");
            }
            Do(connection, "PRAGMA query_only=ON");
            _readers.Add(connection);
            connection = null;
        }
        catch (SqliteException exception) when (SqliteErrors.Translate(exception, _path) is { } translated)
        {
            throw translated;
        }
        finally
        {
            connection?.Dispose();
        }
    }

    private IEnumerable<Migration> Missing(SqliteConnection connection, IReadOnlyList<Migration> migrations) =>
        Schema.Missing(connection, migrations, connection.Query("SELECT name FROM sqlite_master WHERE type='table'", row => row.GetString(0)), _path, "Choose another state folder with --home.");

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection(_connectionString);
        try
        {
            connection.Open();
            raw.sqlite3_busy_timeout(connection.Handle, _busyMilliseconds);
            // LIKE as PostgreSQL has it; without case is said by lower().
            Do(connection, "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA case_sensitive_like=ON");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private SqliteConnection ConnectReader()
    {
        var connection = Connect();
        Do(connection, "PRAGMA query_only=ON");
        return connection;
    }

    private void Return(SqliteConnection connection)
    {
        // Nothing was written, so there is nothing to commit. A connection on which even this fails is of no further use.
        if (raw.sqlite3_get_autocommit(connection.Handle) == 0 && raw.sqlite3_exec(connection.Handle, "ROLLBACK") != raw.SQLITE_OK)
        {
            connection.Dispose();
            return;
        }
        _readers.Add(connection);
        if (_disposed)
            CloseReaders();
    }

    private void CloseReaders()
    {
        while (_readers.TryTake(out var connection))
            connection.Dispose();
    }

    private static void Do(SqliteConnection connection, string sql) =>
        SqliteException.ThrowExceptionForRC(raw.sqlite3_exec(connection.Handle, sql), connection.Handle);
}
