using System.Data.Common;
using Plumbline.Storage;
using Plumbline.Tracking.Filters;

namespace Plumbline.Tracking;

/// <summary>Rows of <c>metrics</c>, <c>latest_metrics</c> and <c>logged_model_metrics</c>.</summary>
internal static class RunMetrics
{
    private const string Later = "(excluded.step, excluded.timestamp, excluded.value) > ";

    private static readonly string[] Columns = ["run_id", "key", "step", "timestamp", "value", "is_nan"];

    public static IEnumerable<RowInsert> ToInsert(string runId, IReadOnlyCollection<Metric> metrics) =>
    [
        new("metrics", Columns, [.. metrics.OrderBy(metric => metric.Key, StringComparer.Ordinal).Select(metric => Row(runId, metric))], "ON CONFLICT DO NOTHING"),
        new(
            "latest_metrics", Columns, [.. metrics.GroupBy(metric => metric.Key).Select(Latest).OrderBy(metric => metric.Key, StringComparer.Ordinal).Select(metric => Row(runId, metric))],
            $"""
            ON CONFLICT (run_id, key) DO UPDATE SET step = excluded.step, timestamp = excluded.timestamp, value = excluded.value, is_nan = excluded.is_nan
            WHERE {Later}(latest_metrics.step, latest_metrics.timestamp, latest_metrics.value)
            """),
        new(
            "logged_model_metrics", [.. Columns, "model_id", "dataset_name", "dataset_digest"], RowsOfModels(runId, metrics),
            $"""
            ON CONFLICT (model_id, key, run_id, dataset_name, dataset_digest)
            DO UPDATE SET step = excluded.step, timestamp = excluded.timestamp, value = excluded.value, is_nan = excluded.is_nan
            WHERE {Later}(logged_model_metrics.step, logged_model_metrics.timestamp, logged_model_metrics.value)
            """),
    ];

    /// <summary>Reads columns key, value, is_nan, step, timestamp from <paramref name="first"/> on.</summary>
    public static Metric Read(DbDataReader row, int first) => new(
        row.GetString(first), row.GetInt64(first + 2) != 0 ? double.NaN : row.GetDouble(first + 1), row.GetInt64(first + 3), row.GetInt64(first + 4));

    /// <param name="limit">Null: all at once.</param>
    public static MetricPage History(DbConnection connection, string runId, string key, int? limit, string? pageToken)
    {
        RunRows.Require(connection, runId);
        var question = $"history\n{runId}\n{key}";
        var parameters = new List<(string, object?)> { ("run", runId), ("key", key), ("limit", limit is { } most ? most + 1L : long.MaxValue) };
        var after = "";
        if (pageToken is not null)
        {
            after = "AND (step, timestamp, value, is_nan) > (@step, @timestamp, @value, @nan)";
            parameters.AddRange(((string[])["step", "timestamp", "value", "nan"]).Zip(PageToken.Read(pageToken, question).Keys));
        }
        var points = connection.Query(
            $"SELECT key, value, is_nan, step, timestamp FROM metrics WHERE run_id = @run AND key = @key {after} ORDER BY step, timestamp, value, is_nan LIMIT @limit",
            row => Read(row, 0), [.. parameters]);
        if (limit is null || points.Count <= limit)
            return new MetricPage(points, null);
        points.RemoveAt(limit.Value);
        var last = Row(runId, points[^1]);
        return new MetricPage(points, new PageToken(0, last[2..]).Write(question));
    }

    private static object?[] Row(string runId, Metric metric) =>
        [runId, metric.Key, metric.Step, metric.Timestamp, double.IsNaN(metric.Value) ? 0.0 : metric.Value, double.IsNaN(metric.Value) ? 1L : 0L];

    private static object?[][] RowsOfModels(string runId, IEnumerable<Metric> metrics) =>
    [
        .. metrics.Where(metric => metric.ModelId is not null)
            .GroupBy(metric => (metric.Key, metric.ModelId, metric.DatasetName ?? "", metric.DatasetDigest ?? "")).Select(Latest).OrderBy(metric => metric.Key, StringComparer.Ordinal)
            .Select(metric => (object?[])[.. Row(runId, metric), metric.ModelId, metric.DatasetName ?? "", metric.DatasetDigest ?? ""]),
    ];

    private static Metric Latest(IEnumerable<Metric> points) => points.MaxBy(metric => (metric.Step, metric.Timestamp, double.IsNaN(metric.Value) ? 0.0 : metric.Value))!;
}
