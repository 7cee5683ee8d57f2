using System.Data.Common;
using System.Globalization;
using Plumbline.Storage;

namespace Plumbline.Tracking;

/// <summary>Rows of <c>runs</c>.</summary>
internal static class RunRows
{
    private const int MaxLimit = 1000;
    private const string Columns = "run_id, experiment_id, run_name, status, start_time, end_time, parent_run_id, artifact_uri, lifecycle_stage";
    private const string Select = $"SELECT {Columns} FROM runs ";

    /// <summary>Adds a running run, to which nothing is logged yet.</summary>
    public static Run Insert(DbConnection connection, string id, long experiment, string name, long start, string? parent, string artifacts) => connection.Query(
        $"""
        INSERT INTO runs (run_id, experiment_id, run_name, status, start_time, parent_run_id, artifact_uri, lifecycle_stage)
        VALUES (@id, @experiment, @name, 'running', @start, @parent, @artifacts, 'active') RETURNING {Columns}
        """,
        Read, ("id", id), ("experiment", experiment), ("name", name), ("start", start), ("parent", parent), ("artifacts", artifacts)).Single();

    /// <summary>The run with all that was logged to it.</summary>
    public static Run Get(DbConnection connection, string runId) => RunData.Load(connection, [Require(connection, runId)])[0];

    /// <summary>The run's own row.</summary>
    public static Run Require(DbConnection connection, string runId) =>
        connection.Query(Select + "WHERE run_id = @id", Read, ("id", runId)).SingleOrDefault()
        ?? throw new MetadataException(MetadataError.NotFound, $"There is no run '{MetadataText.Quote(runId)}'.");

    public static void RequireActive(DbConnection connection, string runId)
    {
        if (Require(connection, runId).Stage == LifecycleStage.Deleted)
            throw new MetadataException(MetadataError.Conflict, $"Run {runId} is deleted; restore it first.");
    }

    public static RunPage List(DbConnection connection, RunQuery query)
    {
        if (query.Limit is < 1 or > MaxLimit)
            throw new MetadataException(MetadataError.Invalid, $"The limit {query.Limit} is not from 1 to {MaxLimit}.");
        var conditions = new List<string>();
        var parameters = new List<(string, object?)> { ("limit", query.Limit + 1) };
        if (query.ExperimentId is { } experiment)
        {
            conditions.Add("experiment_id = @experiment");
            parameters.Add(("experiment", experiment));
        }
        if (query.Stage is { } stage)
        {
            conditions.Add("lifecycle_stage = @stage");
            parameters.Add(("stage", TrackingNames.Of(stage)));
        }
        if (query.PageToken is { } token)
        {
            var (start, run) = Position(token);
            conditions.Add("(start_time, run_id) < (@start, @run)");
            parameters.Add(("start", start));
            parameters.Add(("run", run));
        }
        var where = conditions.Count == 0 ? "" : "WHERE " + string.Join(" AND ", conditions);
        var runs = connection.Query($"{Select} {where} ORDER BY start_time DESC, run_id DESC LIMIT @limit", Read, [.. parameters]);
        if (runs.Count <= query.Limit)
            return new RunPage(RunData.Load(connection, runs), null);
        runs.RemoveAt(query.Limit);
        return new RunPage(RunData.Load(connection, runs), string.Create(CultureInfo.InvariantCulture, $"{runs[^1].StartTime}:{runs[^1].Id}"));
    }

    private static (long Start, string Run) Position(string token) =>
        token.Split(':') is [var start, var run] && long.TryParse(start, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var time)
            ? (time, run)
            : throw new MetadataException(MetadataError.Invalid, $"'{MetadataText.Quote(token)}' is not a page token; take it from the page before.");

    private static Run Read(DbDataReader row) => new(
        row.GetString(0), row.GetInt64(1), row.GetString(2), TrackingNames.Status(row.GetString(3)), row.GetInt64(4), row.NullableInt64(5),
        row.NullableString(6), row.GetString(7), TrackingNames.Stage(row.GetString(8)));
}
