using System.Data.Common;
using System.Globalization;
using Plumbline.Storage;

namespace Plumbline.Tracking;

/// <summary>Params, metrics, tags and inputs of runs.</summary>
internal static class RunData
{
    // MLflow's limits.
    private const int KeyLength = 250;
    private const int ParamLength = 6000;
    private const int TagLength = 8000;

    public static void Check(RunBatch batch)
    {
        foreach (var (key, value) in batch.Params)
        {
            MetadataText.CheckName("param key", key, KeyLength);
            MetadataText.Check($"param {key}", value, ParamLength);
        }
        foreach (var (key, value) in batch.Tags)
        {
            MetadataText.CheckName("tag key", key, KeyLength);
            MetadataText.Check($"tag {key}", value, TagLength);
        }
        foreach (var metric in batch.Metrics)
            MetadataText.CheckName("metric key", metric.Key, KeyLength);
        foreach (var input in batch.Inputs)
        {
            MetadataText.CheckDigest("snapshot digest", input.SnapshotDigest);
            MetadataText.CheckName("input context", input.Context, KeyLength);
        }
    }

    /// <remarks>In the order of keys, so that of two batches of a run one waits for the other, and not each for the other.</remarks>
    public static void Insert(DbConnection connection, string runId, RunBatch batch)
    {
        InsertParams(connection, runId, batch.Params);
        InsertMetrics(connection, runId, batch.Metrics);
        connection.ExecuteEach(
            "INSERT INTO tags (run_id, key, value) VALUES (@run, @key, @value) ON CONFLICT (run_id, key) DO UPDATE SET value = excluded.value",
            ["run", "key", "value"], [.. batch.Tags.OrderBy(tag => tag.Key, StringComparer.Ordinal).Select(tag => new object?[] { runId, tag.Key, tag.Value })]);
        connection.ExecuteEach(
            "INSERT INTO dataset_inputs (run_id, snapshot_digest, context) VALUES (@run, @digest, @context) ON CONFLICT DO NOTHING",
            ["run", "digest", "context"], [.. batch.Inputs.OrderBy(input => input.SnapshotDigest + input.Context, StringComparer.Ordinal).Select(input => new object?[] { runId, input.SnapshotDigest, input.Context })]);
    }

    /// <summary>The same runs with their data.</summary>
    public static IReadOnlyList<Run> Load(DbConnection connection, IReadOnlyList<Run> runs)
    {
        if (runs.Count == 0)
            return runs;
        (string, object?)[] parameters = [.. runs.Select((run, i) => (Parameter(i), (object?)run.Id))];
        var among = $"WHERE run_id IN ({string.Join(", ", parameters.Select(parameter => "@" + parameter.Item1))})";
        var data = Rows("SELECT run_id, key, value FROM params", row => KeyValuePair.Create(row.GetString(1), row.GetString(2)));
        var tags = Rows("SELECT run_id, key, value FROM tags", row => KeyValuePair.Create(row.GetString(1), row.GetString(2)));
        var metrics = Rows("SELECT run_id, key, value, is_nan, step, timestamp FROM latest_metrics", row => ReadMetric(row, 1));
        var inputs = Rows("SELECT run_id, snapshot_digest, context FROM dataset_inputs", row => new DatasetInput(row.GetString(1), row.GetString(2)));
        return [.. runs.Select(run => run with
        {
            Params = data[run.Id].ToDictionary(),
            Tags = tags[run.Id].ToDictionary(),
            Metrics = metrics[run.Id].ToDictionary(metric => metric.Key),
            Inputs = inputs[run.Id].ToArray(),
        })];

        ILookup<string, T> Rows<T>(string select, Func<DbDataReader, T> read) =>
            connection.Query($"{select} {among} ORDER BY 1, 2, 3", row => (Run: row.GetString(0), Value: read(row)), parameters)
                .ToLookup(row => row.Run, row => row.Value);
    }

    /// <summary>Reads columns key, value, is_nan, step, timestamp from <paramref name="first"/> on.</summary>
    public static Metric ReadMetric(DbDataReader row, int first) => new(
        row.GetString(first), row.GetInt64(first + 2) != 0 ? double.NaN : row.GetDouble(first + 1), row.GetInt64(first + 3), row.GetInt64(first + 4));

    private static void InsertParams(DbConnection connection, string runId, IReadOnlyCollection<KeyValuePair<string, string>> values)
    {
        var inserted = connection.ExecuteEach(
            "INSERT INTO params (run_id, key, value) VALUES (@run, @key, @value) ON CONFLICT (run_id, key) DO NOTHING",
            ["run", "key", "value"], [.. values.OrderBy(param => param.Key, StringComparer.Ordinal).Select(param => new object?[] { runId, param.Key, param.Value })]);
        if (inserted == values.Count)
            return;
        var stored = connection.Query("SELECT key, value FROM params WHERE run_id = @run", row => KeyValuePair.Create(row.GetString(0), row.GetString(1)), ("run", runId)).ToDictionary();
        foreach (var (key, value) in values)
        {
            if (stored[key] is var old && old != value)
            {
                throw new MetadataException(
                    MetadataError.Conflict,
                    $"Param '{key}' of run {runId} is '{MetadataText.Quote(old)}' and cannot become '{MetadataText.Quote(value)}': params are set once. Use a tag, or another run.");
            }
        }
    }

    private static void InsertMetrics(DbConnection connection, string runId, IReadOnlyCollection<Metric> metrics)
    {
        if (metrics.Count == 0)
            return;
        string[] names = ["run", "key", "step", "timestamp", "value", "nan"];
        object?[][] rows =
        [
            .. metrics.OrderBy(metric => metric.Key, StringComparer.Ordinal).Select(metric => new object?[]
            {
                runId, metric.Key, metric.Step, metric.Timestamp, double.IsNaN(metric.Value) ? 0.0 : metric.Value, double.IsNaN(metric.Value) ? 1L : 0L,
            }),
        ];
        connection.ExecuteEach(
            "INSERT INTO metrics (run_id, key, step, timestamp, value, is_nan) VALUES (@run, @key, @step, @timestamp, @value, @nan) ON CONFLICT DO NOTHING",
            names, rows);
        connection.ExecuteEach(
            """
            INSERT INTO latest_metrics (run_id, key, step, timestamp, value, is_nan) VALUES (@run, @key, @step, @timestamp, @value, @nan)
            ON CONFLICT (run_id, key) DO UPDATE SET step = excluded.step, timestamp = excluded.timestamp, value = excluded.value, is_nan = excluded.is_nan
            WHERE (excluded.step, excluded.timestamp, excluded.value) > (latest_metrics.step, latest_metrics.timestamp, latest_metrics.value)
            """,
            names, rows);
    }

    private static string Parameter(int index) => string.Create(CultureInfo.InvariantCulture, $"r{index}");
}
