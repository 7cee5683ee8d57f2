using System.Data.Common;
using System.Text.Json.Nodes;
using Plumbline.Pipelines.Graphs;
using Plumbline.Storage;

namespace Plumbline.Pipelines.Runs;

public sealed partial class PipelineStore
{
    /// <summary>Ends a run: what waits is not begun, what runs is told to stop, and nothing of it is published.</summary>
    /// <exception cref="MetadataException">Conflict: it has ended.</exception>
    public Task<PipelineRun> CancelAsync(string run, string actor, string reason, CancellationToken cancellation = default) => ChangeAsync(
        run, actor, "pipeline.cancelled", reason,
        (connection, found, now) =>
        {
            if (found.IsDone)
                throw new MetadataException(MetadataError.Conflict, $"Run {run} has ended: it is {RunWords.Of(found.State)}.");
            // Those of mapped nodes are counted; of others the node says it.
            connection.Execute(
                """
                UPDATE pipeline_nodes SET failed = failed + (SELECT COUNT(*) FROM pipeline_tasks t WHERE t.run_id = pipeline_nodes.run_id AND t.node = pipeline_nodes.node AND t.state = 'ready')
                WHERE run_id = @run AND total > 0 AND state = 'running'
                """,
                ("run", run));
            connection.Execute("UPDATE pipeline_tasks SET state = 'cancelled', queue = '', end_time = @now WHERE run_id = @run AND state = 'ready'", ("run", run), ("now", now));
            connection.Execute(
                """
                UPDATE pipeline_nodes SET state = 'cancelled'
                WHERE run_id = @run AND state IN ('waiting', 'ready', 'running')
                  AND NOT EXISTS (SELECT 1 FROM pipeline_tasks t WHERE t.run_id = pipeline_nodes.run_id AND t.node = pipeline_nodes.node AND t.state = 'running')
                """,
                ("run", run));
            RunProgress.End(connection, found, RunState.Cancelled, now);
        },
        cancellation);

    /// <summary>Goes on with a run that was paused, or failed or was cancelled: then with what failed, and all that comes after it. What succeeded is not done again.</summary>
    /// <exception cref="MetadataException">Conflict: it runs, succeeded, or attempts of it have not stopped yet.</exception>
    public Task<PipelineRun> ResumeAsync(string run, string actor, string reason, CancellationToken cancellation = default) => ChangeAsync(
        run, actor, "pipeline.resumed", reason,
        (connection, found, now) =>
        {
            if (!found.IsDone && !found.IsPaused)
                throw new MetadataException(MetadataError.Conflict, $"Run {run} is {RunWords.Of(found.State)} already.");
            if (found.State == RunState.Succeeded)
                throw new MetadataException(MetadataError.Conflict, $"Run {run} succeeded; there is nothing to go on with. Start another.");
            connection.Execute("UPDATE pipeline_runs SET paused = 0 WHERE run_id = @run", ("run", run));
            found = found with { IsPaused = false };
            if (!found.IsDone)
            {
                // Its turn may have come meanwhile.
                if (found.State == RunState.Queued)
                    RunProgress.BeginOrQueue(connection, found, now);
                else
                    RunProgress.Enqueue(connection, found);
                return;
            }
            if (connection.Scalar("SELECT 1 FROM pipeline_tasks WHERE run_id = @run AND state = 'running' LIMIT 1", ("run", run)) is not null)
                throw new MetadataException(MetadataError.Conflict, $"Attempts of run {run} have not stopped yet; resume it in some seconds.");
            Reset(connection, found, now);
            RunProgress.BeginOrQueue(connection, found, now);
        },
        cancellation);

    /// <summary>Holds back what has not begun; what runs goes on to its end.</summary>
    /// <exception cref="MetadataException">Conflict: it has ended.</exception>
    public Task<PipelineRun> PauseAsync(string run, string actor, string reason, CancellationToken cancellation = default) => ChangeAsync(
        run, actor, "pipeline.paused", reason,
        (connection, found, now) =>
        {
            if (found.IsDone)
                throw new MetadataException(MetadataError.Conflict, $"Run {run} has ended: it is {RunWords.Of(found.State)}.");
            connection.Execute("UPDATE pipeline_runs SET paused = 1 WHERE run_id = @run", ("run", run));
            connection.Execute("UPDATE pipeline_tasks SET queue = '' WHERE run_id = @run AND queue <> ''", ("run", run));
        },
        cancellation);

    private Task<PipelineRun> ChangeAsync(string run, string actor, string action, string reason, Action<DbConnection, PipelineRun, long> change, CancellationToken cancellation)
    {
        MetadataText.Check("reason", reason, TextLength);
        return store.WriteAsync(
            connection =>
            {
                var (found, now) = (RunRows.Get(connection, run), Now);
                change(connection, found, now);
                EventLog.Append(connection, now, actor, action, run, new JsonObject { ["pipeline"] = found.Pipeline, ["reason"] = reason });
                ChangeSignal.Send(connection);
                return RunRows.Get(connection, run);
            },
            cancellation);
    }

    private static void Reset(DbConnection connection, PipelineRun run, long now)
    {
        var nodes = RunRows.Nodes(connection, run.Id);
        var resumed = RunMachine.Resumed(run.Graph, nodes);
        foreach (var node in run.Graph.Nodes.Where(node => resumed.Contains(node.Name)))
        {
            var isPartial = node.Over is not null && nodes[node.Name].Total > 0 && !node.After.Any(resumed.Contains);
            if (isPartial)
            {
                ResetItems(connection, run, node, nodes[node.Name], now);
                continue;
            }
            connection.Execute("DELETE FROM pipeline_results WHERE run_id = @run AND node = @node", ("run", run.Id), ("node", node.Name));
            // The list may be another.
            if (node.Over is not null)
                connection.Execute("DELETE FROM pipeline_tasks WHERE run_id = @run AND node = @node", ("run", run.Id), ("node", node.Name));
            RunRows.Save(connection, run.Id, node.Name, NodeStanding.Waiting);
        }
    }

    /// <summary>Of a list that stays as it is, only those run again that did not succeed.</summary>
    private static void ResetItems(DbConnection connection, PipelineRun run, GraphNode node, NodeStanding standing, long now)
    {
        connection.Execute(
            """
            UPDATE pipeline_tasks SET state = 'ready', queue = '', ready_at = @now, failures = 0, lost = 0, reason = '', start_time = NULL, end_time = NULL
            WHERE run_id = @run AND node = @node AND state IN ('failed', 'cancelled')
            """,
            ("now", now), ("run", run.Id), ("node", node.Name));
        RunRows.Save(connection, run.Id, node.Name, standing with { State = TaskState.Running, Reason = "", Failed = 0 });
    }
}
