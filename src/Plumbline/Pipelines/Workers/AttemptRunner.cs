using System.Collections.Concurrent;
using System.Diagnostics;
using Plumbline.Pipelines.Graphs;
using Plumbline.Pipelines.Runs;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;
using Plumbline.Tuning;

namespace Plumbline.Pipelines.Workers;

/// <summary>Runs the code of nodes, or finds their results in the cache. Thread-safe.</summary>
internal sealed class AttemptRunner(PipelineStore store, PipelineCatalogue catalogue, Lease lease, PipelineWorkerOptions options, Home home, IProgress<TaskProgress>? progress)
{
    /// <summary>Characters of an output: what is larger belongs into a store.</summary>
    private const int MostOutput = 8 << 20;

    private const int MostRemembered = 100;

    /// <summary>Characters of an item that are told.</summary>
    private const int LongestItem = 60;

    private readonly TaskQueue _queue = new(store.Metadata, store.Time);
    private readonly ConcurrentDictionary<string, PipelineRun> _runs = new(StringComparer.Ordinal);

    /// <returns>How it ended, and what ends when its code has: later than the outcome where code does not stop when it is told to.</returns>
    public async Task<(AttemptOutcome Outcome, Task Released)> RunAsync(RunningAttempt attempt)
    {
        var task = attempt.Task;
        var begun = store.Time.GetTimestamp();
        PipelineRun run;
        try
        {
            run = await FindAsync(task.RunId).ConfigureAwait(false);
        }
        catch (MetadataException exception)
        {
            return (AttemptOutcome.Ended(AttemptState.Released, exception.Message), Task.CompletedTask);
        }
        using var whole = task.Trace.Length == 0 ? PipelineTracing.Of("pipeline task", run.Trace, ActivityKind.Consumer, task, run) : null;
        using var span = PipelineTracing.Of("pipeline attempt", whole?.Id ?? task.Trace, ActivityKind.Internal, task, run);
        Tell(run, task, AttemptState.Running, 0, task.Input.Length <= LongestItem ? task.Input : "", begun);
        var file = AttemptLog.FileOf(home, task.RunId, task.Node, task.Item, task.Attempt);
        var log = new AttemptLog(file, store.Time);
        var (outcome, released) = await RunAsync(attempt, run, log, begun).ConfigureAwait(false);
        if (outcome.Reason.Length > 0)
            log.Write($"{RunWords.Of(outcome.State)}: {outcome.Reason}");
        log.Dispose();
        await ShareAsync(run.Id, file).ConfigureAwait(false);
        Describe(span, outcome);
        Tell(run, task, outcome.State, 1, outcome.Reason, begun);
        return (outcome with { Trace = whole?.Id ?? task.Trace }, released);
    }

    private async Task<(AttemptOutcome, Task)> RunAsync(RunningAttempt attempt, PipelineRun run, AttemptLog log, long begun)
    {
        var task = attempt.Task;
        if (attempt.Why is { } stopped)
            return (stopped, Task.CompletedTask);
        if (catalogue.Find(run, task.Node) is not { } code)
            return (AttemptOutcome.Ended(AttemptState.Released, $"this worker has not the code of {task.Node}"), Task.CompletedTask);
        var node = run.Graph.Of(task.Node);
        if (node.Options.Timeout is { } timeout)
            attempt.Limit(timeout, store.Time);
        var inputs = new TaskInputs(store.Metadata, run.Id, node.Name, node.After);
        var context = ContextOf(attempt, run, node, inputs, new AttemptVoice(log.Write, (share, message) => Tell(run, task, AttemptState.Running, share, message, begun)));
        var fingerprint = "";
        var work = Task.Run(async () =>
        {
            fingerprint = node.Options.IsCached ? Fingerprint.Of(run, node, task.Input, inputs) : "";
            if (fingerprint.Length > 0 && !run.Forces(node.Name) && await CachedAsync(fingerprint).ConfigureAwait(false) is { } cached && code.IsThere(cached))
                return (AttemptState.Cached, cached);
            return (AttemptState.Succeeded, await code.Run(context, task.Input).ConfigureAwait(false));
        });
        await Task.WhenAny(work, AbandonedAsync(attempt.Stopping)).ConfigureAwait(false);
        if (!work.IsCompleted)
            return (attempt.Why! with { Reason = $"{attempt.Why.Reason}; its code did not stop when it was told to" }, work.ContinueWith(static _ => { }, TaskScheduler.Default));
        return (await OutcomeAsync(attempt, work, fingerprint, context).ConfigureAwait(false), Task.CompletedTask);
    }

    private static async Task<AttemptOutcome> OutcomeAsync(RunningAttempt attempt, Task<(AttemptState State, string Output)> work, string fingerprint, NodeContext context)
    {
        try
        {
            var (state, output) = await work.ConfigureAwait(false);
            return output.Length <= MostOutput
                ? new AttemptOutcome(state, output, fingerprint, "", context.Followed)
                : AttemptOutcome.Ended(AttemptState.Failed, FormattableString.Invariant($"its output has {output.Length} characters, more than {MostOutput}: put it into a store, and give its digest"));
        }
        catch (NodeSkippedException skipped)
        {
            return AttemptOutcome.Ended(AttemptState.Skipped, skipped.Message);
        }
        catch (Exception exception)
        {
            return attempt.Why ?? AttemptOutcome.Ended(exception is LeaseLostException ? AttemptState.Lost : AttemptState.Failed, Study.ReasonOf(exception));
        }
    }

    /// <summary>Ends when code that was told to stop has had its time to do so.</summary>
    private async Task AbandonedAsync(CancellationToken stopping)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.Delay(options.Grace, store.Time, CancellationToken.None).ConfigureAwait(false);
    }

    private NodeContext ContextOf(RunningAttempt attempt, PipelineRun run, GraphNode node, TaskInputs inputs, AttemptVoice voice) => new(inputs, voice, run.Parameters)
    {
        RunId = run.Id,
        Node = node.Name,
        Item = attempt.Task.IsMapped ? attempt.Task.Item : null,
        Attempt = attempt.Task.Attempt,
        Began = attempt.Task.Began,
        Trigger = run.Trigger,
        Interval = run.Interval,
        Store = new FencedStore(store.Metadata, connection => _queue.Fence(connection, lease, attempt.Task)),
        Time = store.Time,
        Slots = attempt.Task.Slots,
        PoolSlots = options.Pools[node.Options.Pool],
        Cancellation = attempt.Stopping,
    };

    private async Task ShareAsync(string run, string file)
    {
        if (home.Artifacts is null)
            return;
        using var shared = new SharedArtifacts(home, store.Time);
        using var patience = new CancellationTokenSource(options.Grace, store.Time);
        await AttemptLogs.ShareAsync(shared, run, file, patience.Token).ConfigureAwait(false);
    }

    /// <returns>Null where there is none, or it is not what was stored.</returns>
    private async Task<string?> CachedAsync(string fingerprint)
    {
        var found = await store.Metadata.ReadAsync(connection => connection.Query(
            "SELECT output, digest FROM pipeline_results WHERE fingerprint = @fingerprint AND fingerprint <> '' ORDER BY creation_time DESC LIMIT 1",
            row => (Output: row.GetString(0), Digest: row.GetString(1)), ("fingerprint", fingerprint))).ConfigureAwait(false);
        return found is [var (output, digest)] && Fingerprint.DigestOf(output) == digest ? output : null;
    }

    /// <summary>What of a run never changes, remembered for its next tasks.</summary>
    private async Task<PipelineRun> FindAsync(string run)
    {
        if (_runs.TryGetValue(run, out var known))
            return known;
        if (_runs.Count >= MostRemembered)
            _runs.Clear();
        return _runs[run] = await store.GetAsync(run).ConfigureAwait(false);
    }

    /// <summary>Why stands in the log: messages may quote what nobody should read in a trace.</summary>
    private static void Describe(Activity? span, AttemptOutcome outcome)
    {
        span?.SetTag("plumbline.state", RunWords.Of(outcome.State));
        if (outcome.IsFailure || outcome.State == AttemptState.Lost)
            span?.SetTag("error.type", RunWords.Of(outcome.State)).SetStatus(ActivityStatusCode.Error);
    }

    private void Tell(PipelineRun run, ClaimedTask task, AttemptState state, double share, string message, long begun) =>
        progress?.Report(new TaskProgress(run.Id, run.Pipeline, task.Node, task.Name, state, share, message, store.Time.GetElapsedTime(begun)));
}
