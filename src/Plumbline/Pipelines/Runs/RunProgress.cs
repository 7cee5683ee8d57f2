using System.Data.Common;
using System.Text.Json;
using Plumbline.Pipelines.Graphs;
using Plumbline.Storage;

namespace Plumbline.Pipelines.Runs;

/// <summary>Moves runs on, inside a transaction that holds the run's lock or runs alone.</summary>
internal static class RunProgress
{
    private static readonly string[] TaskColumns = ["run_id", "node", "item", "input", "state", "queue", "priority", "slots", "ready_at", "attempt", "failures", "lost", "lease", "reason", "trace"];

    /// <summary>Makes ready what may run, and ends the run where nothing is left; then the next of its kind begins.</summary>
    public static void Advance(DbConnection connection, PipelineRun run, long now)
    {
        var nodes = RunRows.Nodes(connection, run.Id);
        var items = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var name in RunMachine.Advance(run.Graph, nodes, node => (items[node.Name] = Items(connection, run.Id, node.Over!)).Count))
        {
            RunRows.Save(connection, run.Id, name, nodes[name]);
            if (nodes[name].State is TaskState.Ready or TaskState.Running)
                AddTasks(connection, run, run.Graph.Of(name), items.GetValueOrDefault(name, [""]), now);
        }
        if (RunMachine.StateOf(nodes.Values) is var state && state != RunState.Running)
            End(connection, run, state, now);
    }

    /// <summary>Ends a run, and begins the one that waited for that the longest, but for those that are paused; backfills last.</summary>
    public static void End(DbConnection connection, PipelineRun run, RunState state, long now)
    {
        connection.Execute("UPDATE pipeline_runs SET state = @state, end_time = @now WHERE run_id = @run", ("state", RunWords.Of(state)), ("now", now), ("run", run.Id));
        if (run.ActiveKey.Length > 0 && FirstQueued(connection, run.ActiveKey) is { } next && !IsActive(connection, run.ActiveKey))
            Begin(connection, next, now);
    }

    /// <summary>Lets a run begin, or queue behind another of its kind.</summary>
    public static void BeginOrQueue(DbConnection connection, PipelineRun run, long now)
    {
        if (run.ActiveKey.Length == 0 || !IsActive(connection, run.ActiveKey))
            Begin(connection, run, now);
        else
            connection.Execute("UPDATE pipeline_runs SET state = 'queued', end_time = NULL WHERE run_id = @run", ("run", run.Id));
    }

    /// <summary>Lets workers see what is ready, unless the run is paused or queued.</summary>
    public static void Enqueue(DbConnection connection, PipelineRun run)
    {
        if (run.IsPaused || run.State != RunState.Running)
            return;
        connection.ExecuteEach(
            "UPDATE pipeline_tasks SET queue = @queue WHERE run_id = @run AND node = @node AND state = 'ready'", ["queue", "run", "node"],
            [.. run.Graph.Nodes.Select(node => new object?[] { run.QueueOf(node.Options.Pool), run.Id, node.Name })]);
    }

    /// <summary>The run of its kind that runs now; null if none does.</summary>
    public static string? Active(DbConnection connection, string activeKey) =>
        (string?)connection.Scalar("SELECT run_id FROM pipeline_runs WHERE active_key = @key AND state = 'running' AND active_key <> ''", ("key", activeKey));

    private static bool IsActive(DbConnection connection, string activeKey) => Active(connection, activeKey) is not null;

    private static void Begin(DbConnection connection, PipelineRun run, long now)
    {
        connection.Execute(
            "UPDATE pipeline_runs SET state = 'running', start_time = COALESCE(start_time, @now), end_time = NULL WHERE run_id = @run", ("now", now), ("run", run.Id));
        run = run with { State = RunState.Running };
        Enqueue(connection, run);
        Advance(connection, run, now);
    }

    /// <summary>History that is made anew waits for all else.</summary>
    private static PipelineRun? FirstQueued(DbConnection connection, string activeKey) => RunRows.List(
        connection, $"WHERE active_key = @key AND state = 'queued' AND paused = 0 ORDER BY CASE WHEN {RunRows.IsBackfill} THEN 1 ELSE 0 END, creation_time, run_id LIMIT 1", ("key", activeKey)) is [var first] ? first : null;

    private static List<string> Items(DbConnection connection, string run, string over)
    {
        var output = (string?)connection.Scalar("SELECT output FROM pipeline_results WHERE run_id = @run AND node = @node AND item = 0", ("run", run), ("node", over));
        using var list = JsonDocument.Parse(output ?? "[]");
        return list.RootElement.ValueKind == JsonValueKind.Array ? [.. list.RootElement.EnumerateArray().Select(item => item.GetRawText())] : [];
    }

    /// <summary>A task that was there before, of a run that goes on, begins anew.</summary>
    private static void AddTasks(DbConnection connection, PipelineRun run, GraphNode node, List<string> items, long now)
    {
        var queue = run.IsPaused ? "" : run.QueueOf(node.Options.Pool);
        connection.InsertAll(new RowInsert(
            "pipeline_tasks", TaskColumns,
            [.. items.Select((input, item) => new object?[]
            {
                run.Id, node.Name, (long)item, input, "ready", queue, (long)node.Options.Priority, (long)node.Options.Slots, now, 0L, 0L, 0L, 0L, "", "",
            })],
            """
            ON CONFLICT (run_id, node, item) DO UPDATE SET input = excluded.input, state = 'ready', queue = excluded.queue, ready_at = excluded.ready_at, failures = 0, lost = 0, reason = '',
              start_time = NULL, end_time = NULL
            """));
    }
}
