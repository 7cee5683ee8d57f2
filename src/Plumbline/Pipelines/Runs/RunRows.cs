using System.Data.Common;
using System.Text.Json;
using Plumbline.Pipelines.Graphs;
using Plumbline.Storage;

namespace Plumbline.Pipelines.Runs;

/// <summary>Rows of runs and nodes, on a borrowed connection.</summary>
internal static class RunRows
{
    private const string Columns =
        "run_id, project, pipeline, graph_digest, parameters, started_by, forced, state, creation_time, run_key, interval_from, interval_until, paused, start_time, end_time, graph, active_key, trace";

    /// <summary>Whether a run is one of a backfill.</summary>
    public static string IsBackfill { get; } = $"started_by LIKE '{{\"kind\":\"{RunWords.Of(TriggerKind.Backfill)}\"%'";

    /// <exception cref="MetadataException">NotFound: there is no such run.</exception>
    public static PipelineRun Get(DbConnection connection, string run) => List(connection, "WHERE run_id = @run", ("run", run)) is [var found]
        ? found
        : throw new MetadataException(MetadataError.NotFound, $"There is no run '{MetadataText.Quote(run)}' of a pipeline. plumbline pipelines runs shows them.");

    /// <summary>But those that retention is about to remove.</summary>
    public static List<PipelineRun> List(DbConnection connection, string where, params ReadOnlySpan<(string, object?)> parameters) =>
        connection.Query($"SELECT {Columns} FROM (SELECT * FROM pipeline_runs WHERE pruned_at IS NULL) runs {where}", Read, parameters);

    /// <summary>Locks a run until the transaction ends, so that its changes come one after another, and reads it.</summary>
    /// <param name="lease">Token of the lease under which; null: none is needed.</param>
    /// <returns>Null where there is no such run, or the lease is over.</returns>
    public static PipelineRun? Lock(DbConnection connection, string run, long? lease, long now) => connection.Query(
        $"""
        UPDATE pipeline_runs SET revision = revision + 1
        WHERE run_id = @run {(lease is null ? "" : "AND EXISTS (SELECT 1 FROM leases l WHERE l.token = @lease AND l.ends_at > @now)")} RETURNING {Columns}
        """,
        Read, ("run", run), ("lease", lease), ("now", now)).SingleOrDefault();

    public static Dictionary<string, NodeStanding> Nodes(DbConnection connection, string run) => connection.Query(
        "SELECT node, state, reason, followed, total, succeeded, skipped, failed FROM pipeline_nodes WHERE run_id = @run",
        row => (Name: row.GetString(0), Standing: Standing(row, 1)), ("run", run)).ToDictionary(row => row.Name, row => row.Standing, StringComparer.Ordinal);

    public static NodeStanding Node(DbConnection connection, string run, string node) => connection.Query(
        "SELECT state, reason, followed, total, succeeded, skipped, failed FROM pipeline_nodes WHERE run_id = @run AND node = @node", row => Standing(row, 0), ("run", run), ("node", node)).Single();

    /// <summary>Counts a task of a mapped node that is done.</summary>
    public static NodeStanding Count(DbConnection connection, string run, string node, TaskState task) => connection.Query(
        """
        UPDATE pipeline_nodes SET succeeded = succeeded + @succeeded, skipped = skipped + @skipped, failed = failed + @failed WHERE run_id = @run AND node = @node
        RETURNING state, reason, followed, total, succeeded, skipped, failed
        """,
        row => Standing(row, 0),
        ("run", run), ("node", node), ("succeeded", task.IsSuccess() ? 1L : 0L), ("skipped", task == TaskState.Skipped ? 1L : 0L), ("failed", task.IsFailure() ? 1L : 0L)).Single();

    public static void Save(DbConnection connection, string run, string node, NodeStanding standing) => connection.Execute(
        """
        UPDATE pipeline_nodes SET state = @state, reason = @reason, followed = @followed, total = @total, succeeded = @succeeded, skipped = @skipped, failed = @failed
        WHERE run_id = @run AND node = @node
        """,
        ("run", run), ("node", node), ("state", RunWords.Of(standing.State)), ("reason", standing.Reason),
        ("followed", standing.Followed is { } followed ? JsonSerializer.Serialize(followed, RunJson.Default.IReadOnlyListString) : ""),
        ("total", standing.Total), ("succeeded", standing.Succeeded), ("skipped", standing.Skipped), ("failed", standing.Failed));

    private static NodeStanding Standing(DbDataReader row, int from) => new(
        RunWords.Parse<TaskState>(row.GetString(from)), row.GetString(from + 1),
        row.GetString(from + 2) is { Length: > 0 } followed ? JsonSerializer.Deserialize(followed, RunJson.Default.IReadOnlyListString) : null,
        row.GetInt64(from + 3), row.GetInt64(from + 4), row.GetInt64(from + 5), row.GetInt64(from + 6));

    private static PipelineRun Read(DbDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), RunTrigger.Parse(row.GetString(5)),
        JsonSerializer.Deserialize(row.GetString(6), RunJson.Default.IReadOnlyListString)!, RunWords.Parse<RunState>(row.GetString(7)), Time(row.GetInt64(8)))
    {
        Key = row.NullableString(9),
        Interval = row.NullableInt64(10) is { } from ? new RunInterval(Time(from), Time(row.GetInt64(11))) : null,
        IsPaused = row.GetInt64(12) != 0,
        Started = row.NullableInt64(13) is { } started ? Time(started) : null,
        Ended = row.NullableInt64(14) is { } ended ? Time(ended) : null,
        Graph = RunGraph.Parse(row.GetString(15)),
        ActiveKey = row.GetString(16),
        Trace = row.GetString(17),
    };

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
