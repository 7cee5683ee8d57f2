using System.Globalization;

namespace Plumbline.Pipelines.Runs;

/// <summary>A worker whose lease is held.</summary>
internal sealed record LiveWorker(long Lease, string Name, IReadOnlyList<string> Queues);

/// <summary>A task that a worker is at.</summary>
/// <param name="Task">Such as <c>tune[2]</c>.</param>
internal sealed record RunningTask(string Run, string Task, long Lease, string Pool);

/// <summary>Says why a task has not begun.</summary>
/// <param name="active">The run that runs now of those of which one runs at a time; null if none does.</param>
internal sealed class WaitReasons(PipelineRun run, IReadOnlyDictionary<string, NodeStanding> nodes, IReadOnlyList<LiveWorker> workers, IReadOnlyList<RunningTask> running, string? active, DateTimeOffset now)
{
    private const int Shown = 3;

    /// <summary>Of a node that waits for others.</summary>
    public string? OfWaiting(string node)
    {
        if (OfRun() is { } whole)
            return whole;
        var missing = run.Graph.Of(node).After.Where(name => !nodes[name].State.IsDone()).Select(name => $"{name} ({RunWords.Of(nodes[name].State)})");
        return $"waits for {string.Join(", ", missing)}";
    }

    /// <summary>Of a task that a worker could take.</summary>
    /// <param name="reason">Why the last attempt of it ended.</param>
    public string OfReady(string node, DateTimeOffset readyAt, int slots, string reason)
    {
        if (OfRun() is { } whole)
            return whole;
        if (readyAt > now)
            return string.Create(CultureInfo.InvariantCulture, $"is tried again at {readyAt:yyyy-MM-dd HH:mm:ss}Z: {reason}");
        var pool = run.Graph.Of(node).Options.Pool;
        var queue = run.QueueOf(pool);
        var able = workers.Where(worker => worker.Queues.Contains(queue)).ToArray();
        if (able.Length > 0)
            return OfPool(pool, slots, able);
        var (any, same) = ($"{run.Project}/{run.Pipeline}:", $"{run.Project}/{run.Pipeline}:{run.GraphDigest}:");
        return workers.Any(worker => worker.Queues.Any(other => other.StartsWith(any, StringComparison.Ordinal) && !other.StartsWith(same, StringComparison.Ordinal)))
            ? $"no worker knows {run.Pipeline} as it was when the run began (graph {run.GraphDigest}); start a run anew, or a worker of that version"
            : $"no worker takes pool {pool} of {run.Pipeline}: start one with plumbline worker --pool {pool}=1";
    }

    private string? OfRun()
    {
        if (run.IsPaused)
            return $"the run is paused: plumbline pipelines resume {run.Id}";
        return run.State == RunState.Queued ? $"the run is queued behind run {active}: of its kind one runs at a time" : null;
    }

    private string OfPool(string pool, int slots, LiveWorker[] able)
    {
        var busy = running.Where(task => task.Pool == pool && able.Any(worker => worker.Lease == task.Lease))
            .Select(task => $"{task.Task} of run {Short(task.Run)} by {able.First(worker => worker.Lease == task.Lease).Name}").ToArray();
        if (busy.Length == 0)
            return FormattableString.Invariant($"a worker takes it at any moment, if it has {slots} slots of pool {pool}");
        var more = busy.Length > Shown ? FormattableString.Invariant($" and {busy.Length - Shown} more") : "";
        return $"pool {pool} is full: {string.Join(", ", busy.Take(Shown))}{more}";
    }

    private static string Short(string id) => id[^8..];
}
