using System.Collections.Concurrent;
using System.Data.Common;

namespace Plumbline.Storage;

/// <summary>
/// Threads that run changes, started by the first one, so that a slow server never takes a thread that serves requests. One thread runs changes in the order of
/// the calls, alone in the database, and gathers what waits into one transaction; several run one change each, beside one another.
/// </summary>
internal sealed class PostgresWriter(PostgresTransactions transactions, int threads) : IDisposable
{
    // Bounds how long the first of a group waits for the last, and how long others are locked out.
    private const int GroupLimit = 256;

    private readonly BlockingCollection<WriteOperation> _queue = [];
    private readonly Lock _starting = new();
    private Thread[]? _threads;

    private bool IsAlone => threads == 1;

    public async Task<T> WriteAsync<T>(Func<DbConnection, T> change, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        EnsureStarted();
        var operation = new WriteOperation<T>(change);
        try
        {
            _queue.Add(operation, CancellationToken.None);
        }
        catch (InvalidOperationException)
        {
            throw new ObjectDisposedException(nameof(PostgresMetadataStore));
        }
        using var registration = cancellation.UnsafeRegister((state, token) => ((WriteOperation<T>)state!).Cancel(token), operation);
        return await operation.Task.ConfigureAwait(false);
    }

    /// <summary>Finishes what was accepted.</summary>
    public void Stop()
    {
        _queue.CompleteAdding();
        lock (_starting)
        {
            foreach (var thread in _threads ?? [])
                thread.Join();
        }
    }

    public void Dispose() => _queue.Dispose();

    private void EnsureStarted()
    {
        if (Volatile.Read(ref _threads) is not null)
            return;
        lock (_starting)
        {
            if (_threads is not null || _queue.IsAddingCompleted)
                return;
            var started = new Thread[threads];
            for (var i = 0; i < threads; i++)
            {
                started[i] = new Thread(Loop) { IsBackground = true, Name = "metadata writer" };
                started[i].Start();
            }
            Volatile.Write(ref _threads, started);
        }
    }

    private void Loop()
    {
        var group = new List<WriteOperation>();
        var (writer, number) = (Guid.NewGuid().ToString("N"), 0L);
        foreach (var first in _queue.GetConsumingEnumerable())
        {
            group.Clear();
            Claim(group, first);
            while (IsAlone && group.Count < GroupLimit && _queue.TryTake(out var next))
                Claim(group, next);
            if (group.Count > 0)
                Run(group, writer, ++number);
        }
    }

    private static void Claim(List<WriteOperation> group, WriteOperation operation)
    {
        if (operation.TryClaim())
            group.Add(operation);
    }

    private void Run(List<WriteOperation> group, string writer, long number)
    {
        try
        {
            transactions.Write(IsAlone, writer, number, group.Count == 1 ? group[0].Run : connection => RunEach(connection, group));
        }
        catch (Exception exception)
        {
            // Whatever failed reaches every caller of the group; the thread must outlive it.
            group.ForEach(operation => operation.Reject(exception));
        }
        group.ForEach(operation => operation.Complete());
    }

    private void RunEach(DbConnection connection, List<WriteOperation> group)
    {
        connection.Execute("SAVEPOINT change");
        foreach (var operation in group)
        {
            try
            {
                operation.Run(connection);
                connection.Execute("RELEASE SAVEPOINT change; SAVEPOINT change");
            }
            catch (Exception exception) when (!PostgresErrors.IsTransient(exception))
            {
                operation.Reject(transactions.Explain(exception));
                connection.Execute("ROLLBACK TO SAVEPOINT change");
            }
        }
    }
}
