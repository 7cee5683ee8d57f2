using System.Data.Common;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Plumbline.Storage;

/// <summary>
/// The one writer of a store: gathers what waits into one transaction, because a commit costs an fsync whatever its size. It has a thread of
/// its own, started by the first write, so that a slow disk or a foreign lock never takes a thread that serves requests.
/// </summary>
internal sealed class SqliteWriter(Func<SqliteConnection> connect, string path)
{
    // Bounds how long the first of a group waits for the last, and how long other processes are locked out.
    private const int GroupLimit = 256;

    private readonly Channel<WriteOperation> _queue =
        Channel.CreateBounded<WriteOperation>(new BoundedChannelOptions(4 * GroupLimit) { SingleReader = true });

    private readonly Lock _starting = new();
    private Thread? _thread;
    private SqliteConnection? _connection;
    private long _commits;

    /// <summary>Commits so far.</summary>
    public long Commits => Volatile.Read(ref _commits);

    public async Task<T> WriteAsync<T>(Func<DbConnection, T> change, CancellationToken cancellation)
    {
        EnsureStarted();
        var operation = new WriteOperation<T>(change);
        try
        {
            await _queue.Writer.WriteAsync(operation, cancellation).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            throw new ObjectDisposedException(nameof(SqliteMetadataStore));
        }
        using var registration = cancellation.UnsafeRegister((state, token) => ((WriteOperation<T>)state!).Cancel(token), operation);
        return await operation.Task.ConfigureAwait(false);
    }

    /// <summary>Finishes what was accepted and closes the connection.</summary>
    public void Stop()
    {
        _queue.Writer.TryComplete();
        lock (_starting)
            _thread?.Join();
    }

    private void EnsureStarted()
    {
        if (Volatile.Read(ref _thread) is not null)
            return;
        lock (_starting)
        {
            if (_thread is not null || _queue.Reader.Completion.IsCompleted)
                return;
            var thread = new Thread(Loop) { IsBackground = true, Name = "metadata writer" };
            thread.Start();
            Volatile.Write(ref _thread, thread);
        }
    }

    private void Loop()
    {
        var group = new List<WriteOperation>(GroupLimit);
        while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            group.Clear();
            var waiting = _queue.Reader.Count;
            try
            {
                Commit(group);
            }
            catch (Exception exception)
            {
                // Whatever failed reaches every caller of the group; the loop must outlive it. After a failed fsync the pages that SQLite
                // holds may differ from those on disk, so the connection goes too.
                Take(group, waiting);
                var reason = exception is SqliteException failure ? SqliteErrors.Translate(failure, path) ?? exception : exception;
                group.ForEach(operation => operation.Reject(reason));
                _connection?.Dispose();
                _connection = null;
            }
            group.ForEach(operation => operation.Complete());
        }
        _connection?.Dispose();
    }

    private void Commit(List<WriteOperation> group)
    {
        _connection ??= connect();
        Do("BEGIN IMMEDIATE");
        while (group.Count < GroupLimit && _queue.Reader.TryRead(out var operation))
        {
            if (!operation.TryClaim())
                continue;
            group.Add(operation);
            Run(operation);
        }
        Do("COMMIT");
        Interlocked.Increment(ref _commits);
    }

    private void Run(WriteOperation operation)
    {
        Do("SAVEPOINT operation");
        try
        {
            operation.Run(_connection!);
        }
        catch (Exception exception)
        {
            // A full disk or an I/O error makes SQLite roll back the whole transaction: then the group has failed, not this operation alone.
            if (raw.sqlite3_get_autocommit(_connection!.Handle) != 0)
                throw;
            Do("ROLLBACK TO operation");
            operation.Reject(exception is SqliteException failure ? SqliteErrors.Translate(failure, path) ?? exception : exception);
        }
        Do("RELEASE operation");
    }

    /// <summary>Adds up to <paramref name="count"/> operations that waited for a transaction which never began.</summary>
    private void Take(List<WriteOperation> group, int count)
    {
        while (group.Count < count && _queue.Reader.TryRead(out var operation))
        {
            if (operation.TryClaim())
                group.Add(operation);
        }
    }

    // Straight to SQLite: the provider would answer a lock that outlasted busy_timeout with its own waits on top.
    private void Do(string sql) => SqliteException.ThrowExceptionForRC(raw.sqlite3_exec(_connection!.Handle, sql), _connection.Handle);
}
