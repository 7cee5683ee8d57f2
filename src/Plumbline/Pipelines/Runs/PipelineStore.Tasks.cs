using System.Data.Common;
using System.Text.Json;
using Plumbline.Storage;

namespace Plumbline.Pipelines.Runs;

public sealed partial class PipelineStore
{
    /// <summary>Tasks of a mapped node that are listed.</summary>
    public const int MostItems = 1000;

    /// <summary>All tasks of a run, in the order of its graph, and why those that have not begun have not; of a mapped node at most <see cref="MostItems"/>, those that are not done first.</summary>
    public Task<IReadOnlyList<PipelineTask>> TasksAsync(string run, CancellationToken cancellation = default) => store.ReadAsync<IReadOnlyList<PipelineTask>>(
        connection =>
        {
            var found = RunRows.Get(connection, run);
            var nodes = RunRows.Nodes(connection, run);
            var reasons = new WaitReasons(found, nodes, LiveWorkers(connection), Running(connection), RunProgress.Active(connection, found.ActiveKey), time.GetUtcNow());
            return [.. found.Graph.Nodes.SelectMany(node => TasksOf(connection, found, node.Name, nodes[node.Name], reasons))];
        },
        cancellation);

    /// <summary>What was tried of a task, the first first.</summary>
    public Task<IReadOnlyList<PipelineAttempt>> AttemptsAsync(string run, string node, int item = 0, CancellationToken cancellation = default) => store.ReadAsync<IReadOnlyList<PipelineAttempt>>(
        connection =>
        {
            RunRows.Get(connection, run);
            return connection.Query(
                "SELECT node, item, attempt, worker, state, fault, start_time, end_time FROM pipeline_attempts WHERE run_id = @run AND node = @node AND item = @item ORDER BY attempt",
                row => new PipelineAttempt(
                    row.GetString(0), (int)row.GetInt64(1), row.GetInt64(2), row.GetString(3), RunWords.Parse<AttemptState>(row.GetString(4)), row.GetString(5), TimeOf(row.GetInt64(6))!.Value,
                    TimeOf(row.NullableInt64(7))),
                ("run", run), ("node", node), ("item", (long)item));
        },
        cancellation);

    private static IEnumerable<PipelineTask> TasksOf(DbConnection connection, PipelineRun run, string node, NodeStanding standing, WaitReasons reasons)
    {
        var isMapped = run.Graph.Of(node).Over is not null;
        var tasks = connection.Query(
            """
            SELECT t.item, t.state, t.reason, t.attempt, a.worker, t.start_time, t.end_time, t.ready_at, t.slots, t.input FROM pipeline_tasks t
            LEFT JOIN pipeline_attempts a ON a.run_id = t.run_id AND a.node = t.node AND a.item = t.item AND a.attempt = t.attempt
            WHERE t.run_id = @run AND t.node = @node ORDER BY CASE WHEN t.end_time IS NULL THEN 0 ELSE 1 END, t.item LIMIT @most
            """,
            row =>
            {
                var state = RunWords.Parse<TaskState>(row.GetString(1));
                var why = state == TaskState.Ready ? reasons.OfReady(node, TimeOf(row.GetInt64(7))!.Value, (int)row.GetInt64(8), row.GetString(2)) : null;
                return new PipelineTask(
                    node, isMapped ? (int)row.GetInt64(0) : null, state, row.GetString(2), row.GetInt64(3), row.NullableString(4), TimeOf(row.NullableInt64(5)), TimeOf(row.NullableInt64(6)), why)
                {
                    Input = isMapped ? row.GetString(9) : null,
                };
            },
            ("run", run.Id), ("node", node), ("most", MostItems));
        // One that has no task yet, or whose task is as it was before the run went on.
        var isOld = standing.State is TaskState.Waiting or TaskState.UpstreamFailed or TaskState.Skipped or TaskState.Cancelled && !isMapped && tasks.Exists(task => task.State != standing.State);
        if (tasks.Count == 0 || isOld)
            return [new PipelineTask(node, null, standing.State, standing.Reason, 0, null, null, null, standing.State == TaskState.Waiting ? reasons.OfWaiting(node) : null)];
        return isMapped ? tasks.OrderBy(task => task.Item) : tasks;
    }

    private List<LiveWorker> LiveWorkers(DbConnection connection) => connection.Query(
        "SELECT w.lease, w.name, w.queues FROM pipeline_workers w JOIN leases l ON l.token = w.lease WHERE l.ends_at > @now ORDER BY w.lease",
        row => new LiveWorker(row.GetInt64(0), row.GetString(1), JsonSerializer.Deserialize(row.GetString(2), RunJson.Default.IReadOnlyListString)!), ("now", Now));

    private static List<RunningTask> Running(DbConnection connection) => connection.Query(
        "SELECT t.run_id, t.node, t.item, t.input, t.lease, r.pipeline, r.graph_digest, r.graph FROM pipeline_tasks t JOIN pipeline_runs r ON r.run_id = t.run_id WHERE t.state = 'running' ORDER BY t.run_id, t.node, t.item",
        row => new RunningTask(
            row.GetString(0), row.GetString(3).Length > 0 ? FormattableString.Invariant($"{row.GetString(1)}[{row.GetInt64(2)}]") : row.GetString(1), row.GetInt64(4),
            Graphs.RunGraph.Parse(row.GetString(7)).Of(row.GetString(1)).Options.Pool));

    private static DateTimeOffset? TimeOf(long? milliseconds) => milliseconds is { } known ? DateTimeOffset.FromUnixTimeMilliseconds(known) : null;
}
