using System.Collections.Concurrent;
using System.Data.Common;

namespace Plumbline.Storage;

/// <summary>
/// Threads that run changes, started by the first one, so that a slow server never takes a thread that serves requests. One thread runs changes in the order of
/// the calls, alone in the database, and gathers what waits into one transaction; several run beside one another, and gather what waits and locks rows of different owners.
/// </summary>
internal sealed class PostgresWriter(PostgresTransactions transactions, int threads) : IDisposable
{
    // Bounds how long the first of a group waits for the last, and how long others are locked out.
    private const int GroupLimit = 256;

    // A group is as slow as all its changes together, and holds their rows as long.
    private const int GroupLimitBeside = 8;

    private readonly BlockingCollection<WriteOperation> _queue = [];
    private readonly Lock _starting = new();
    private Thread[]? _threads;

    private bool IsAlone => threads == 1;

    /// <param name="operation">Without an owner it may lock any rows, and shares no transaction with others beside it.</param>
    public async Task<T> WriteAsync<T>(WriteOperation<T> operation, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        EnsureStarted();
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
        WriteOperation? next = null;
        while (next is not null || _queue.TryTake(out next, Timeout.Infinite))
        {
            group.Clear();
            next = Gather(group, next);
            if (group.Count == 0 || TryRun(group, writer, ++number))
                continue;
            foreach (var operation in group)
                TryRun([operation], writer, ++number);
        }
    }

    /// <summary>Takes what waits and may share a transaction with <paramref name="first"/>.</summary>
    /// <returns>What was taken, but may not; null if that is nothing.</returns>
    private WriteOperation? Gather(List<WriteOperation> group, WriteOperation first)
    {
        Claim(group, first);
        var limit = IsAlone ? GroupLimit : first.Owner is null ? 1 : GroupLimitBeside;
        WriteOperation? other = null;
        while (other is null && group.Count < limit && _queue.TryTake(out var next))
        {
            if (!IsAlone && (next.Owner is null || group.Exists(operation => operation.Owner == next.Owner)))
                other = next;
            else
                Claim(group, next);
        }
        // All groups lock in one order, so that no two wait for each other.
        if (!IsAlone)
            group.Sort((a, b) => string.CompareOrdinal(a.Owner, b.Owner));
        return other;
    }

    private static void Claim(List<WriteOperation> group, WriteOperation operation)
    {
        if (operation.TryClaim())
            group.Add(operation);
    }

    /// <returns>False if one of several that run beside others failed: nothing was stored, and each is to be run by itself.</returns>
    private bool TryRun(List<WriteOperation> group, string writer, long number)
    {
        var broke = false;
        try
        {
            transactions.Write(IsAlone, writer, number, group.Count == 1 ? group[0].Run : IsAlone ? connection => RunEach(connection, group) : connection => RunAll(connection, group, out broke));
        }
        catch (Exception) when (broke)
        {
            return false;
        }
        catch (Exception exception)
        {
            // Whatever failed reaches every caller of the group; the thread must outlive it.
            group.ForEach(operation => operation.Reject(exception));
        }
        group.ForEach(operation => operation.Complete());
        return true;
    }

    // A savepoint each would cost as much as a transaction each; few fail.
    private static void RunAll(DbConnection connection, List<WriteOperation> group, out bool broke)
    {
        broke = false;
        try
        {
            foreach (var same in group.GroupBy(operation => operation.Change))
                same.First().Run(connection, [.. same]);
        }
        catch (Exception exception) when (!PostgresErrors.IsTransient(exception))
        {
            broke = true;
            throw;
        }
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
