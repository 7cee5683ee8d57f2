using System.Collections.Concurrent;
using System.Text.Json;
using Plumbline.Pipelines.Runs;
using Plumbline.Storage;
using Plumbline.Tuning;

namespace Plumbline.Pipelines.Workers;

/// <summary>What a worker does under one lease: looks for tasks, runs them, and ends what it is at when it is stopped or the lease is lost.</summary>
internal sealed class WorkerSession(
    PipelineStore store, PipelineCatalogue catalogue, PipelineWorkerOptions options, SlotLedger slots, HeldLease held, Home home, IProgress<TaskProgress>? progress) : IDisposable
{
    // Clocks of hosts differ; nothing that is held is as old.
    private static readonly TimeSpan LongOver = TimeSpan.FromHours(1);

    private readonly CancellationTokenSource _doubt = new();
    private readonly TaskQueue _queue = new(store.Metadata, store.Time);
    private readonly ConcurrentDictionary<RunningAttempt, Task> _running = [];
    private readonly SemaphoreSlim _signal = new(0, 1);
    private readonly AttemptRunner _runner = new(store, catalogue, held.Lease, options, home, progress);
    private bool _isClosed;

    /// <returns>Whether there is nothing left to do for this worker; false where it needs another lease.</returns>
    public async Task<bool> RunAsync(CancellationToken stop)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop, held.Lost, _doubt.Token);
        var watching = store.WatchAsync(Signal, ended.Token);
        try
        {
            await RegisterAsync(ended.Token).ConfigureAwait(false);
            long? looked = null;
            while (!ended.IsCancellationRequested && !await IsOverAsync(ended.Token).ConfigureAwait(false))
            {
                // Signs come with every commit, these things rarely.
                if (looked is not { } last || store.Time.GetElapsedTime(last) >= options.Look)
                {
                    looked = store.Time.GetTimestamp();
                    await _queue.ReapAsync(ended.Token).ConfigureAwait(false);
                    await StopCancelledAsync(ended.Token).ConfigureAwait(false);
                }
                await ClaimAsync(ended.Token).ConfigureAwait(false);
                await _signal.WaitAsync(options.Look, ended.Token).ConfigureAwait(false);
            }
            return stop.IsCancellationRequested || !ended.IsCancellationRequested;
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            return stop.IsCancellationRequested;
        }
        finally
        {
            await DrainAsync().ConfigureAwait(false);
            await ended.CancelAsync().ConfigureAwait(false);
            await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public void Dispose()
    {
        _signal.Dispose();
        _doubt.Dispose();
    }

    private void Signal()
    {
        try
        {
            _signal.Release();
        }
        catch (Exception exception) when (exception is SemaphoreFullException or ObjectDisposedException)
        {
            // It will look anyway, or is over.
        }
    }

    /// <summary>Others are told who takes what, for whoever asks why a task waits.</summary>
    private Task<int> RegisterAsync(CancellationToken stop) => store.Metadata.WriteAsync(
        connection =>
        {
            var now = store.Time.GetUtcNow();
            // Of workers that died; each had a lease of its own.
            connection.Execute(
                "DELETE FROM leases WHERE ends_at < @over AND token IN (SELECT lease FROM pipeline_workers)", ("over", (now - LongOver).ToUnixTimeMilliseconds()));
            connection.Execute("DELETE FROM pipeline_workers WHERE NOT EXISTS (SELECT 1 FROM leases l WHERE l.token = pipeline_workers.lease)");
            return connection.Execute(
                "INSERT INTO pipeline_workers (lease, name, queues, start_time) VALUES (@lease, @name, @queues, @now)",
                ("lease", held.Lease.Token), ("name", options.Name), ("queues", JsonSerializer.Serialize(slots.Queues.Order(StringComparer.Ordinal).ToArray(), RunJson.Default.IReadOnlyListString)),
                ("now", now.ToUnixTimeMilliseconds()));
        },
        stop);

    private async Task<bool> IsOverAsync(CancellationToken stop) =>
        options.Run is { } run && _running.IsEmpty && (await store.GetAsync(run, stop).ConfigureAwait(false)).IsDone;

    private async Task StopCancelledAsync(CancellationToken stop)
    {
        var runs = _running.Keys.Select(attempt => attempt.Task.RunId).Distinct().ToArray();
        if (runs.Length == 0)
            return;
        var ended = await store.Metadata.ReadAsync(
            connection =>
            {
                var (condition, parameter) = connection.Among("run_id", runs);
                return connection.Query($"SELECT run_id FROM pipeline_runs WHERE {condition} AND state <> 'running'", row => row.GetString(0), parameter);
            },
            stop).ConfigureAwait(false);
        foreach (var attempt in _running.Keys.Where(attempt => ended.Contains(attempt.Task.RunId)))
            attempt.Stop(AttemptState.Cancelled, "the run was cancelled");
    }

    private async Task ClaimAsync(CancellationToken stop)
    {
        var offers = slots.Offer();
        IReadOnlyList<ClaimedTask> claimed = [];
        try
        {
            if (offers.Count > 0 && await _queue.AnyAsync(offers, options.Run, stop).ConfigureAwait(false))
                claimed = await _queue.ClaimAsync(held.Lease, offers, options.Run, stop).ConfigureAwait(false);
        }
        finally
        {
            slots.Return(offers, claimed);
        }
        Begin(claimed);
    }

    private void Begin(IReadOnlyList<ClaimedTask> claimed)
    {
        foreach (var task in claimed)
        {
            var attempt = new RunningAttempt(task);
            // It must be known before it can end.
            var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _running[attempt] = begun.Task;
            if (Volatile.Read(ref _isClosed))
                attempt.Stop(AttemptState.Released, "its worker stopped");
            _ = Task.Run(async () =>
            {
                await AttemptAsync(attempt).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                _running.TryRemove(attempt, out _);
                attempt.Dispose();
                begun.SetResult();
                Signal();
            });
        }
    }

    private async Task AttemptAsync(RunningAttempt attempt)
    {
        var (outcome, released) = await RunAsync(attempt).ConfigureAwait(false);
        // Code that does not stop keeps its slots until it does.
        if (released.IsCompleted)
            slots.Return(attempt.Task);
        else
            _ = released.ContinueWith(_ => slots.Return(attempt.Task), TaskScheduler.Default);
        await PublishAsync(attempt.Task, outcome).ConfigureAwait(false);
    }

    /// <summary>Whatever happens, it ends: a task that ends by no word would run for ever.</summary>
    private async Task<(AttemptOutcome, Task)> RunAsync(RunningAttempt attempt)
    {
        try
        {
            return await _runner.RunAsync(attempt).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            return (AttemptOutcome.Ended(AttemptState.Failed, Study.ReasonOf(exception)), Task.CompletedTask);
        }
    }

    private async Task PublishAsync(ClaimedTask task, AttemptOutcome outcome)
    {
        var (isInDoubt, isRefused) = (false, false);
        while (!held.Lost.IsCancellationRequested)
        {
            var offers = slots.Offer();
            IReadOnlyList<ClaimedTask> claimed = [];
            try
            {
                claimed = await _queue.FinishAsync(held.Lease, task, outcome, offers, options.Run, CancellationToken.None).ConfigureAwait(false);
                return;
            }
            catch (LeaseLostException)
            {
                // Nothing was published; or a try before was stored whose answer was lost, and what it claimed is this worker's without it knowing: it gives up its lease, so that others get it.
                if (isInDoubt)
                    await _doubt.CancelAsync().ConfigureAwait(false);
                return;
            }
            catch (MetadataException)
            {
                // As long as the lease is held nobody else may say how it ended.
                isInDoubt = true;
                await Task.Delay(options.Look, store.Time, held.Lost).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception exception) when (!isRefused)
            {
                // Whatever the database does not take of it.
                isRefused = true;
                outcome = AttemptOutcome.Ended(AttemptState.Failed, $"its end cannot be stored: {Study.ReasonOf(exception)}");
            }
            catch (Exception)
            {
                await _doubt.CancelAsync().ConfigureAwait(false);
                return;
            }
            finally
            {
                slots.Return(offers, claimed);
                Begin(claimed);
            }
        }
    }

    private async Task DrainAsync()
    {
        slots.Close();
        Volatile.Write(ref _isClosed, true);
        var (state, why) = held.Lost.IsCancellationRequested ? (AttemptState.Lost, "the lease of its worker is over") : (AttemptState.Released, "its worker stopped");
        while (!_running.IsEmpty)
        {
            var left = _running.ToArray();
            foreach (var (attempt, _) in left)
                attempt.Stop(state, why);
            await Task.WhenAll(left.Select(pair => pair.Value)).ConfigureAwait(false);
        }
        slots.Open();
    }
}
