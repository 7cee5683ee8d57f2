using System.Data.Common;
using Plumbline.Pipelines.Graphs;
using Plumbline.Statistics;
using Plumbline.Storage;
using Plumbline.Tuning;

namespace Plumbline.Pipelines.Runs;

/// <summary>Gives tasks to workers and takes what they bring, each under the worker's lease. Thread-safe, and safe for several processes.</summary>
/// <exception cref="MetadataException">The store is unavailable or damaged.</exception>
internal sealed class TaskQueue(IMetadataStore store, TimeProvider time)
{
    /// <summary>A task that loses so many workers may be what ends them.</summary>
    public const int MostLost = 10;

    private const int MostClaimed = 64;
    private const int MostReaped = 100;

    private const string OfAttempt = "run_id = @run AND node = @node AND item = @item AND lease = @lease AND attempt = @attempt";
    private const string Held = $"{OfAttempt} AND state = 'running'";

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Takes what may run, the greatest priority first, of equal ones what waited longest.</summary>
    /// <param name="run">Of this run alone; null: of all.</param>
    /// <exception cref="LeaseLostException">The worker's lease is over.</exception>
    public Task<IReadOnlyList<ClaimedTask>> ClaimAsync(Lease lease, IReadOnlyList<QueueOffer> offers, string? run, CancellationToken cancellation = default) =>
        store.WriteConcurrentlyAsync<IReadOnlyList<ClaimedTask>>(
            connection =>
            {
                RequireHeld(connection, lease);
                return Claim(connection, lease, offers, run);
            },
            cancellation);

    /// <summary>Whether there is something to be taken, without taking it.</summary>
    public Task<bool> AnyAsync(IReadOnlyList<QueueOffer> offers, string? run, CancellationToken cancellation = default) => store.ReadAsync(
        connection => offers.Any(offer => connection.Scalar(
            $"SELECT 1 FROM pipeline_tasks WHERE queue = @queue AND queue <> '' {(run is null ? "" : "AND run_id = @run")} AND ready_at <= @now AND slots <= @slots LIMIT 1",
            [("queue", offer.Queue), ("now", Now), ("slots", offer.Slots), .. run is null ? [] : new (string, object?)[] { ("run", run) }]) is not null),
        cancellation);

    /// <summary>Publishes how an attempt ended, moves its run on, and takes what may run next: all of it, once, or nothing.</summary>
    /// <exception cref="LeaseLostException">The lease is over, or the attempt another's by now: nothing was published.</exception>
    public Task<IReadOnlyList<ClaimedTask>> FinishAsync(Lease lease, ClaimedTask task, AttemptOutcome outcome, IReadOnlyList<QueueOffer> offers, string? run, CancellationToken cancellation = default) =>
        store.WriteConcurrentlyAsync<IReadOnlyList<ClaimedTask>>(
            connection =>
            {
                var locked = RunRows.Lock(connection, task.RunId, lease.Token, Now) ?? throw Over(lease);
                Settle(connection, locked, task, outcome);
                return Claim(connection, lease, offers, run);
            },
            cancellation);

    /// <summary>Finds attempts whose worker's lease is over, for others to run again.</summary>
    /// <returns>How many there were.</returns>
    public async Task<int> ReapAsync(CancellationToken cancellation = default)
    {
        var abandoned = await store.ReadAsync(
            connection => connection.Query(
                """
                SELECT run_id, node, item, attempt, lease, input, slots, failures, lost, trace FROM pipeline_tasks t
                WHERE state = 'running' AND NOT EXISTS (SELECT 1 FROM leases l WHERE l.token = t.lease AND l.ends_at > @now) ORDER BY run_id, node, item LIMIT @most
                """,
                row => new ClaimedTask(row.GetString(0), row.GetString(1), (int)row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), row.GetString(5), "", (int)row.GetInt64(6), row.GetInt64(7), row.GetInt64(8), row.GetString(9)),
                ("now", Now), ("most", MostReaped)),
            cancellation).ConfigureAwait(false);
        var reaped = 0;
        foreach (var task in abandoned)
            reaped += await store.WriteConcurrentlyAsync(connection => TryReap(connection, task), cancellation).ConfigureAwait(false) ? 1 : 0;
        return reaped;
    }

    /// <summary>Throws where an attempt may write nothing more; else keeps others from ending it until the transaction ends.</summary>
    /// <exception cref="LeaseLostException">The attempt is over.</exception>
    public void Fence(DbConnection connection, Lease lease, ClaimedTask task)
    {
        RequireHeld(connection, lease);
        var isHeld = connection.Execute($"UPDATE pipeline_tasks SET lease = lease WHERE {Held}", Key(task)) == 1
            && connection.Scalar("SELECT 1 FROM pipeline_runs WHERE run_id = @run AND state = 'running'", ("run", task.RunId)) is not null;
        if (!isHeld)
            throw Lost(task);
    }

    private bool TryReap(DbConnection connection, ClaimedTask task)
    {
        var run = RunRows.Lock(connection, task.RunId, null, Now);
        if (run is null || LeaseStore.IsHeld(connection, task.Lease, time.GetUtcNow()) || connection.Scalar($"SELECT 1 FROM pipeline_tasks WHERE {Held}", Key(task)) is null)
            return false;
        var holder = connection.Scalar("SELECT worker FROM pipeline_attempts WHERE run_id = @run AND node = @node AND item = @item AND attempt = @attempt", Key(task));
        Settle(connection, run, task, AttemptOutcome.Ended(AttemptState.Lost, $"{holder} was lost: it died, or stood still past the end of its lease"));
        return true;
    }

    private List<ClaimedTask> Claim(DbConnection connection, Lease lease, IReadOnlyList<QueueOffer> offers, string? run)
    {
        List<ClaimedTask> claimed = [.. offers.GroupBy(offer => offer.Pool, StringComparer.Ordinal).SelectMany(pool => Waiting(connection, lease, [.. pool], run, Now))];
        foreach (var task in claimed)
            Take(connection, lease, task);
        return claimed;
    }

    /// <summary>In one round trip.</summary>
    private void Take(DbConnection connection, Lease lease, ClaimedTask task) => connection.Execute(
        $"""
        UPDATE pipeline_tasks SET state = 'running', queue = '', attempt = @attempt, lease = @lease, start_time = COALESCE(start_time, @began), end_time = NULL
        WHERE run_id = @run AND node = @node AND item = @item;
        {(task.IsMapped ? "" : "UPDATE pipeline_nodes SET state = 'running' WHERE run_id = @run AND node = @node AND state = 'ready';")}
        INSERT INTO pipeline_attempts (run_id, node, item, attempt, lease, worker, state, fault, start_time) VALUES (@run, @node, @item, @attempt, @lease, @worker, 'running', '', @now)
        """,
        [.. Key(task), ("worker", lease.Holder), ("began", task.Began.ToUnixTimeMilliseconds()), ("now", Now)]);

    /// <summary>From the heads of a pool's queues what fits: a task of many slots is not overtaken for ever by small ones, nor one of great priority by those of another pipeline.</summary>
    private static ClaimedTask[] Waiting(DbConnection connection, Lease lease, QueueOffer[] pool, string? run, long now)
    {
        var free = pool[0].Free;
        return
        [
            .. pool.SelectMany(offer => Head(connection, lease, offer, run, now)).OrderByDescending(head => head.Priority).ThenBy(head => head.ReadyAt).ThenBy(head => head.Task.RunId, StringComparer.Ordinal)
                .ThenBy(head => head.Task.Node, StringComparer.Ordinal).ThenBy(head => head.Task.Item).Select(head => head.Task).TakeWhile(task => (free -= task.Slots) >= 0),
        ];
    }

    private static List<(ClaimedTask Task, long Priority, long ReadyAt)> Head(DbConnection connection, Lease lease, QueueOffer offer, string? run, long now)
    {
        // Other workers take what comes after, instead of waiting.
        var locking = connection.CanCreateBatch ? "FOR UPDATE SKIP LOCKED" : "";
        (string, object?)[] parameters =
        [
            ("queue", offer.Queue), ("now", now), ("slots", offer.Slots), ("most", Math.Min(offer.Free, MostClaimed)), .. run is null ? [] : new (string, object?)[] { ("run", run) },
        ];
        return connection.Query(
            $"""
            SELECT run_id, node, item, attempt, input, slots, failures, lost, trace, start_time, priority, ready_at FROM pipeline_tasks
            WHERE queue = @queue AND queue <> '' {(run is null ? "" : "AND run_id = @run")} AND ready_at <= @now AND slots <= @slots
            ORDER BY priority DESC, ready_at, run_id, node, item LIMIT @most {locking}
            """,
            row => (
                new ClaimedTask(row.GetString(0), row.GetString(1), (int)row.GetInt64(2), row.GetInt64(3) + 1, lease.Token, row.GetString(4), offer.Queue, (int)row.GetInt64(5), row.GetInt64(6), row.GetInt64(7), row.GetString(8))
                {
                    Began = DateTimeOffset.FromUnixTimeMilliseconds(row.NullableInt64(9) ?? now),
                },
                row.GetInt64(10), row.GetInt64(11)),
            parameters);
    }

    /// <param name="run">Locked.</param>
    private void Settle(DbConnection connection, PipelineRun run, ClaimedTask task, AttemptOutcome outcome)
    {
        var now = Now;
        var node = run.Graph.Of(task.Node);
        // What comes after a run was cancelled is no longer asked for.
        var ended = run.State == RunState.Running ? outcome : AttemptOutcome.Ended(AttemptState.Cancelled, "the run was cancelled") with { Trace = outcome.Trace };
        var state = StateAfter(task, node, ended);
        var isAgain = state == TaskState.Ready;
        Write(
            connection, task, ended, state, isAgain && !run.IsPaused ? run.QueueOf(node.Options.Pool) : "",
            now + (ended.IsFailure && isAgain ? (long)Pause(task, node).TotalMilliseconds : 0), now);
        if (!isAgain)
            EndTask(connection, run, node, state, ended, now);
        else
            ChangeSignal.Send(connection);
    }

    /// <summary>The task, the attempt and the result, in one round trip; nothing where the attempt is over.</summary>
    private static void Write(DbConnection connection, ClaimedTask task, AttemptOutcome ended, TaskState state, string queue, long ready, long now)
    {
        var publish = state.IsSuccess()
            ? $"""
              INSERT INTO pipeline_results (run_id, node, item, attempt, output, digest, fingerprint, creation_time)
              SELECT run_id, node, item, attempt, @output, @digest, @fingerprint, @now FROM pipeline_tasks WHERE {OfAttempt} AND state = @state
              ON CONFLICT (run_id, node, item) DO NOTHING
              """
            : "";
        var changed = connection.Execute(
            $"""
            UPDATE pipeline_tasks SET state = @state, queue = @queue, ready_at = @ready, failures = failures + @failed, lost = lost + @isLost, reason = @reason,
              trace = CASE WHEN trace = '' THEN @trace ELSE trace END, end_time = @end
            WHERE {Held};
            UPDATE pipeline_attempts SET state = @ended, fault = @reason, end_time = @now WHERE run_id = @run AND node = @node AND item = @item AND attempt = @attempt;
            {publish}
            """,
            [
                .. Key(task), ("state", RunWords.Of(state)), ("queue", queue), ("ready", ready), ("failed", ended.IsFailure ? 1L : 0L), ("isLost", ended.State == AttemptState.Lost ? 1L : 0L),
                ("reason", MetadataText.Storable(ended.Reason)), ("trace", ended.Trace), ("end", state == TaskState.Ready ? null : now), ("ended", RunWords.Of(ended.State)), ("now", now),
                ("output", ended.Output ?? ""), ("digest", ended.Output is { } output ? Fingerprint.DigestOf(output) : ""), ("fingerprint", ended.Fingerprint),
            ]);
        if (changed != (publish.Length > 0 ? 3 : 2))
            throw Lost(task);
    }

    private static void EndTask(DbConnection connection, PipelineRun run, GraphNode node, TaskState state, AttemptOutcome outcome, long now)
    {
        var standing = node.Over is null
            ? new NodeStanding(state, MetadataText.Storable(outcome.Reason), outcome.Followed)
            : RunRows.Count(connection, run.Id, node.Name, state).Settled(node.Options.ToleratedFailures);
        if (run.State != RunState.Running && standing.State.IsDone())
            standing = standing with { State = TaskState.Cancelled };
        if (!standing.State.IsDone())
            return;
        RunRows.Save(connection, run.Id, node.Name, standing);
        if (run.State != RunState.Running)
            return;
        RunProgress.Advance(connection, run, now);
        ChangeSignal.Send(connection);
    }

    private static TaskState StateAfter(ClaimedTask task, GraphNode node, AttemptOutcome outcome) => outcome.State switch
    {
        AttemptState.Succeeded => TaskState.Succeeded,
        AttemptState.Cached => TaskState.Cached,
        AttemptState.Skipped => TaskState.Skipped,
        AttemptState.Cancelled => TaskState.Cancelled,
        AttemptState.Released => TaskState.Ready,
        AttemptState.Lost => task.Lost + 1 < MostLost ? TaskState.Ready : TaskState.Failed,
        _ => task.Failures < node.Options.Retries ? TaskState.Ready : TaskState.Failed,
    };

    /// <summary>Before the next attempt; drawn by the task and its number, so that tasks that failed together do not come back together.</summary>
    private static TimeSpan Pause(ClaimedTask task, GraphNode node) =>
        node.Options.Backoff.After(task.Failures + 1, RandomSource.Fork(TaskSeed.Of(task.RunId, task.Node), ((ulong)task.Item << 16) + (ulong)task.Attempt).NextDouble());

    private void RequireHeld(DbConnection connection, Lease lease)
    {
        if (!LeaseStore.IsHeld(connection, lease.Token, time.GetUtcNow()))
            throw Over(lease);
    }

    private static LeaseLostException Over(Lease lease) => new($"The lease {lease.Token} of {lease.Holder} is over: it stood still too long, or the store was away. What it found since is dropped.");

    private static LeaseLostException Lost(ClaimedTask task) => new($"Attempt {task.Attempt} of {task.Name} in run {task.RunId} is over, or another's by now: nothing of it was published.");

    private static (string, object?)[] Key(ClaimedTask task) => [("run", task.RunId), ("node", task.Node), ("item", (long)task.Item), ("attempt", task.Attempt), ("lease", task.Lease)];
}
