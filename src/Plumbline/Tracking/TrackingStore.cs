using System.Data.Common;
using Plumbline.Storage;

namespace Plumbline.Tracking;

/// <summary>
/// Experiments and runs, with MLflow's names and rules. Thread-safe; every change is durable when its task completes, and all but
/// <see cref="CreateRunAsync"/> may be repeated without harm.
/// </summary>
/// <exception cref="MetadataException">NotFound for an unknown id, Conflict where state forbids the change, Invalid for a bad name or value.</exception>
public sealed class TrackingStore(IMetadataStore store, TimeProvider time)
{
    private const int NameLength = 500;

    /// <exception cref="MetadataException">Conflict: an experiment of this name exists, perhaps deleted.</exception>
    public Task<Experiment> CreateExperimentAsync(string name, CancellationToken cancellation = default)
    {
        MetadataText.CheckName("experiment name", name, NameLength);
        return store.WriteAsync(
            connection => Find(connection, name) is { } existing
                ? throw new MetadataException(MetadataError.Conflict, $"Experiment '{name}' exists already as {existing.Id}{(existing.Stage == LifecycleStage.Deleted ? ", deleted: restore it or choose another name" : "")}.")
                : Insert(connection, name),
            cancellation);
    }

    /// <summary>The experiment of this name, made if absent.</summary>
    public Task<Experiment> EnsureExperimentAsync(string name, CancellationToken cancellation = default)
    {
        MetadataText.CheckName("experiment name", name, NameLength);
        return store.WriteAsync(connection => Find(connection, name) ?? Insert(connection, name), cancellation);
    }

    public Task<Experiment> GetExperimentAsync(long id, CancellationToken cancellation = default) =>
        store.ReadAsync(connection => Experiment(connection, id), cancellation);

    /// <summary>Null if there is none, active or deleted.</summary>
    public Task<Experiment?> FindExperimentAsync(string name, CancellationToken cancellation = default) =>
        store.ReadAsync(connection => Find(connection, name), cancellation);

    /// <summary>By id.</summary>
    public Task<IReadOnlyList<Experiment>> ListExperimentsAsync(CancellationToken cancellation = default) =>
        store.ReadAsync<IReadOnlyList<Experiment>>(connection => connection.Query(SelectExperiments + "ORDER BY experiment_id", ReadExperiment), cancellation);

    /// <summary>Deletes or restores an experiment; its runs keep their own stage.</summary>
    public Task<Experiment> SetExperimentStageAsync(long id, LifecycleStage stage, CancellationToken cancellation = default) =>
        store.WriteAsync(
            connection =>
            {
                connection.Execute(
                    "UPDATE experiments SET lifecycle_stage = @stage, last_update_time = @now WHERE experiment_id = @id AND lifecycle_stage <> @stage",
                    ("stage", TrackingNames.Of(stage)), ("now", Now), ("id", id));
                return Experiment(connection, id);
            },
            cancellation);

    /// <summary>Starts a run; a repeated call starts another.</summary>
    public Task<Run> CreateRunAsync(NewRun run, CancellationToken cancellation = default)
    {
        var id = Guid.NewGuid().ToString("N");
        var name = run.Name ?? $"run-{id[..8]}";
        MetadataText.CheckName("run name", name, NameLength);
        RunData.Check(run.Data);
        return store.WriteConcurrentlyAsync(
            connection =>
            {
                var experiment = Experiment(connection, run.ExperimentId);
                if (experiment.Stage == LifecycleStage.Deleted)
                    throw new MetadataException(MetadataError.Conflict, $"Experiment {experiment.Id} ('{experiment.Name}') is deleted; restore it first.");
                if (run.ParentId is not null)
                    RunRows.RequireActive(connection, run.ParentId);
                var created = RunRows.Insert(connection, id, run.ExperimentId, name, run.StartTime ?? Now, run.ParentId, run.ArtifactUri ?? $"runs/{id}");
                if (run.Data.IsEmpty)
                    return created;
                RunData.Insert(connection, id, run.Data);
                return RunData.Load(connection, [created])[0];
            },
            cancellation);
    }

    /// <summary>Logs all of <paramref name="batch"/> or nothing. A run may be logged to after its end, as in MLflow, but not when deleted.</summary>
    /// <exception cref="MetadataException">Conflict: a param has another value already; NotFound: no such run.</exception>
    public Task LogAsync(string runId, RunBatch batch, CancellationToken cancellation = default)
    {
        RunData.Check(batch);
        return store.WriteConcurrentlyAsync(
            connection =>
            {
                RunRows.RequireActive(connection, runId);
                RunData.Insert(connection, runId, batch);
                return true;
            },
            cancellation);
    }

    /// <summary>Ends a run. The same status again changes nothing.</summary>
    /// <param name="endTime">Unix ms; null: now.</param>
    /// <exception cref="MetadataException">Conflict: it has ended with another status.</exception>
    public Task<Run> FinishRunAsync(string runId, RunStatus status, long? endTime = null, CancellationToken cancellation = default)
    {
        if (status == RunStatus.Running)
            throw new MetadataException(MetadataError.Invalid, $"Run {MetadataText.Quote(runId)} cannot end as running; choose finished, failed or killed.");
        return store.WriteConcurrentlyAsync(
            connection =>
            {
                connection.Execute(
                    "UPDATE runs SET status = @status, end_time = @end WHERE run_id = @id AND status = 'running'",
                    ("status", TrackingNames.Of(status)), ("end", endTime ?? Now), ("id", runId));
                var run = RunRows.Get(connection, runId);
                return run.Status == status
                    ? run
                    : throw new MetadataException(MetadataError.Conflict, $"Run {runId} has ended as {TrackingNames.Of(run.Status)} and cannot become {TrackingNames.Of(status)}.");
            },
            cancellation);
    }

    /// <summary>Deletes or restores a run.</summary>
    public Task<Run> SetRunStageAsync(string runId, LifecycleStage stage, CancellationToken cancellation = default) =>
        store.WriteAsync(
            connection =>
            {
                connection.Execute("UPDATE runs SET lifecycle_stage = @stage WHERE run_id = @id", ("stage", TrackingNames.Of(stage)), ("id", runId));
                return RunRows.Get(connection, runId);
            },
            cancellation);

    public Task<Run> GetRunAsync(string runId, CancellationToken cancellation = default) =>
        store.ReadAsync(connection => RunRows.Get(connection, runId), cancellation);

    public Task<RunPage> ListRunsAsync(RunQuery query, CancellationToken cancellation = default) =>
        store.ReadAsync(connection => RunRows.List(connection, query), cancellation);

    /// <summary>What every run read, deleted ones too, for nothing that a run read is to be removed.</summary>
    public Task<IReadOnlyList<(string RunId, string SnapshotDigest)>> ListInputsAsync(CancellationToken cancellation = default) =>
        store.ReadAsync<IReadOnlyList<(string, string)>>(
            connection => connection.Query("SELECT DISTINCT run_id, snapshot_digest FROM dataset_inputs ORDER BY run_id, snapshot_digest", row => (row.GetString(0), row.GetString(1))),
            cancellation);

    /// <summary>All points of a metric, by step, then timestamp; empty if it was never logged.</summary>
    public Task<IReadOnlyList<Metric>> GetMetricHistoryAsync(string runId, string key, CancellationToken cancellation = default) =>
        store.ReadAsync<IReadOnlyList<Metric>>(
            connection =>
            {
                RunRows.Require(connection, runId);
                return connection.Query(
                    "SELECT key, value, is_nan, step, timestamp FROM metrics WHERE run_id = @run AND key = @key ORDER BY step, timestamp, value, is_nan",
                    row => RunData.ReadMetric(row, 0), ("run", runId), ("key", key));
            },
            cancellation);

    private const string SelectExperiments = "SELECT experiment_id, name, lifecycle_stage, creation_time, last_update_time FROM experiments ";

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    private Experiment Insert(DbConnection connection, string name)
    {
        var experiment = new Experiment(Counter.Next(connection, "experiment"), name, LifecycleStage.Active, Now, Now);
        connection.Execute(
            "INSERT INTO experiments (experiment_id, name, lifecycle_stage, creation_time, last_update_time) VALUES (@id, @name, 'active', @now, @now)",
            ("id", experiment.Id), ("name", name), ("now", experiment.CreationTime));
        return experiment;
    }

    private static Experiment? Find(DbConnection connection, string name) =>
        connection.Query(SelectExperiments + "WHERE name = @name", ReadExperiment, ("name", name)).SingleOrDefault();

    private static Experiment Experiment(DbConnection connection, long id) =>
        connection.Query(SelectExperiments + "WHERE experiment_id = @id", ReadExperiment, ("id", id)).SingleOrDefault()
        ?? throw new MetadataException(MetadataError.NotFound, $"There is no experiment {id}.");

    private static Experiment ReadExperiment(DbDataReader row) =>
        new(row.GetInt64(0), row.GetString(1), TrackingNames.Stage(row.GetString(2)), row.GetInt64(3), row.GetInt64(4));
}
