using System.Data.Common;
using Plumbline.Storage;

namespace Plumbline.Tracking;

/// <summary>Params, metrics, tags, inputs and outputs of runs.</summary>
internal static class RunData
{
    private const int LoadedAtOnce = 1000;

    public static void Check(RunBatch batch)
    {
        KeyedTexts.CheckParams(batch.Params);
        KeyedTexts.CheckTags(batch.Tags);
        foreach (var metric in batch.Metrics)
            KeyedTexts.CheckKey("metric key", metric.Key);
        foreach (var input in batch.Inputs)
        {
            MetadataText.CheckDigest("snapshot digest", input.SnapshotDigest);
            MetadataText.CheckName("input context", input.Context, KeyedTexts.KeyLength);
        }
        RunDatasets.Check(batch.Datasets);
    }

    /// <summary>Logs to runs that are there.</summary>
    /// <param name="logs">Of different runs.</param>
    /// <exception cref="MetadataException">A run is not there or deleted; a param has another value already; there is no such logged model.</exception>
    public static IReadOnlyList<bool> Log(DbConnection connection, IReadOnlyList<(string RunId, RunBatch Batch)> logs)
    {
        RunRows.RequireActive(connection, [.. logs.Select(log => log.RunId)]);
        Insert(connection, logs);
        return new bool[logs.Count];
    }

    /// <param name="added">Rows of new runs, which have the names that their tags say; null where they are there.</param>
    /// <remarks>In the order of runs and keys, so that of two batches of a run one waits for the other, and not each for the other.</remarks>
    public static void Insert(DbConnection connection, IReadOnlyList<(string RunId, RunBatch Batch)> logs, RowInsert? added = null)
    {
        foreach (var model in logs.SelectMany(log => ModelsOf(log.Batch)).Distinct())
            LoggedModelRows.Require(connection, model);
        var inserts = logs.Select(log => ToInsert(log.RunId, log.Batch)).ToArray();
        var joined = inserts[0].Select((insert, table) => inserts.Length == 1 ? insert : insert with { Rows = [.. inserts.SelectMany(ofRun => ofRun[table].Rows)] });
        var inserted = connection.InsertAll([.. added is null ? [] : new[] { added }, .. joined]);
        if (inserted[added is null ? 0 : 1] < logs.Sum(log => log.Batch.Params.Count))
        {
            foreach (var (runId, batch) in logs)
                KeyedTexts.CheckPutOnce(connection, "params", "run_id", runId, $"run {runId}", batch.Params, inserted: 0);
        }
        foreach (var (runId, batch) in added is null ? logs : [])
        {
            foreach (var (_, name) in batch.Tags.Where(tag => tag.Key == WellKnownTags.RunName))
                connection.Execute("UPDATE runs SET run_name = @name WHERE run_id = @run", ("name", name), ("run", runId));
        }
    }

    /// <summary>The same runs with their data.</summary>
    public static IReadOnlyList<Run> Load(DbConnection connection, IReadOnlyList<Run> runs) =>
        runs.Count == 0 ? runs : [.. runs.Chunk(LoadedAtOnce).SelectMany(chunk => LoadChunk(connection, chunk))];

    private static IEnumerable<Run> LoadChunk(DbConnection connection, Run[] runs)
    {
        var (condition, parameter) = connection.Among("run_id", [.. runs.Select(run => run.Id)]);
        var among = "WHERE " + condition;
        var data = Rows("SELECT run_id, key, value FROM params", row => KeyValuePair.Create(row.GetString(1), row.GetString(2)));
        var tags = Rows("SELECT run_id, key, value FROM tags", row => KeyValuePair.Create(row.GetString(1), row.GetString(2)));
        var metrics = Rows("SELECT run_id, key, value, is_nan, step, timestamp FROM latest_metrics", row => RunMetrics.Read(row, 1));
        var inputs = Rows("SELECT run_id, snapshot_digest, context FROM dataset_inputs", row => new DatasetInput(row.GetString(1), row.GetString(2)));
        var models = Rows("SELECT run_id, direction, model_id, step FROM run_models", row => (IsInput: row.GetString(1) == "input", Output: new ModelOutput(row.GetString(2), row.GetInt64(3))));
        var datasets = RunDatasets.Load(connection, among, parameter);
        return runs.Select(run => run with
        {
            Params = data[run.Id].ToDictionary(),
            Tags = tags[run.Id].ToDictionary(),
            Metrics = metrics[run.Id].ToDictionary(metric => metric.Key),
            Inputs = inputs[run.Id].ToArray(),
            Datasets = datasets[run.Id].ToArray(),
            ModelInputs = models[run.Id].Where(model => model.IsInput).Select(model => model.Output.ModelId).ToArray(),
            ModelOutputs = models[run.Id].Where(model => !model.IsInput).Select(model => model.Output).ToArray(),
        });

        ILookup<string, T> Rows<T>(string select, Func<DbDataReader, T> read) =>
            connection.Query($"{select} {among} ORDER BY 1, 2, 3", row => (Run: row.GetString(0), Value: read(row)), parameter)
                .ToLookup(row => row.Run, row => row.Value);
    }

    private static IEnumerable<string> ModelsOf(RunBatch batch) =>
        batch.Metrics.Select(metric => metric.ModelId).OfType<string>().Concat(batch.ModelInputs).Concat(batch.ModelOutputs.Select(model => model.ModelId));

    /// <summary>Of each table, params first.</summary>
    private static RowInsert[] ToInsert(string runId, RunBatch batch) =>
    [
        KeyedTexts.ToPutOnce("params", "run_id", runId, batch.Params),
        .. RunMetrics.ToInsert(runId, batch.Metrics),
        KeyedTexts.ToPut("tags", "run_id", runId, batch.Tags),
        new(
            "dataset_inputs", ["run_id", "snapshot_digest", "context"],
            [.. batch.Inputs.OrderBy(input => input.SnapshotDigest + input.Context, StringComparer.Ordinal).Select(input => new object?[] { runId, input.SnapshotDigest, input.Context })],
            "ON CONFLICT DO NOTHING"),
        .. RunDatasets.ToInsert(runId, batch.Datasets),
        ToInsertModels(runId, batch),
    ];

    private static RowInsert ToInsertModels(string runId, RunBatch batch) => new(
        "run_models", ["run_id", "model_id", "direction", "step"],
        [
            .. batch.ModelInputs.Select(model => new object?[] { runId, model, "input", 0L }),
            .. batch.ModelOutputs.Select(model => new object?[] { runId, model.ModelId, "output", model.Step }),
        ],
        "ON CONFLICT DO NOTHING");
}
