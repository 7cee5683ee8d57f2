using System.Text.Json.Nodes;
using Plumbline.Storage;

namespace Plumbline.Tracking;

/// <summary>
/// Experiments and runs, with MLflow's names and rules. Thread-safe; every change is durable when its task completes, and all but
/// <see cref="CreateRunAsync"/> may be repeated without harm.
/// </summary>
/// <exception cref="MetadataException">NotFound for an unknown id, Conflict where state forbids the change, Invalid for a bad name or value.</exception>
public sealed partial class TrackingStore(IMetadataStore store, TimeProvider time)
{
    private const int NameLength = 500;

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Starts a run; a repeated call starts another.</summary>
    public Task<Run> CreateRunAsync(NewRun run, CancellationToken cancellation = default)
    {
        var id = Guid.NewGuid().ToString("N");
        var tagged = run.Data.Tags.LastOrDefault(tag => tag.Key == WellKnownTags.RunName).Value;
        if (run.Name is not null && tagged is not null && run.Name != tagged)
            throw new MetadataException(MetadataError.Invalid, $"The run is named '{MetadataText.Quote(run.Name)}', but '{MetadataText.Quote(tagged)}' in its tag {WellKnownTags.RunName}; give one of them.");
        var name = run.Name ?? tagged ?? $"run-{id[..8]}";
        MetadataText.CheckName("run name", name, NameLength);
        MetadataText.Check("user id", run.UserId, KeyedTexts.KeyLength);
        RunData.Check(run.Data);
        return store.WriteTogetherAsync(id, (id, run with { Name = name, StartTime = run.StartTime ?? Now }), RunRows.Insert, cancellation);
    }

    /// <summary>Logs all of <paramref name="batch"/> or nothing. A run may be logged to after its end, as in MLflow, but not when deleted.</summary>
    /// <exception cref="MetadataException">Conflict: a param has another value already; NotFound: no such run or logged model.</exception>
    public Task LogAsync(string runId, RunBatch batch, CancellationToken cancellation = default)
    {
        RunData.Check(batch);
        foreach (var (_, name) in batch.Tags.Where(tag => tag.Key == WellKnownTags.RunName))
            MetadataText.CheckName("run name", name, NameLength);
        return store.WriteTogetherAsync(runId, (runId, batch), RunData.Log, cancellation);
    }

    /// <exception cref="MetadataException">NotFound: no such run or tag.</exception>
    public Task DeleteTagAsync(string runId, string key, CancellationToken cancellation = default) => store.WriteAsync(
        connection =>
        {
            RunRows.RequireActive(connection, runId);
            KeyedTexts.Remove(connection, "tags", "run_id", runId, $"Run {runId}", key);
            return true;
        },
        cancellation);

    /// <summary>Adds to the list of models in the tag <see cref="WellKnownTags.ModelHistory"/>; one that is there already is not added again.</summary>
    public Task LogModelHistoryAsync(string runId, JsonObject model, CancellationToken cancellation = default) => store.WriteAsync(
        connection =>
        {
            RunRows.RequireActive(connection, runId);
            var text = (string?)connection.Scalar("SELECT value FROM tags WHERE run_id = @run AND key = @key", ("run", runId), ("key", WellKnownTags.ModelHistory));
            var history = text is null ? [] : JsonNode.Parse(text)!.AsArray();
            if (!history.Any(logged => JsonNode.DeepEquals(logged, model)))
                history.Add(model.DeepClone());
            KeyedTexts.Put(connection, "tags", "run_id", runId, [new(WellKnownTags.ModelHistory, history.ToJsonString())]);
            return true;
        },
        cancellation);

    /// <summary>Changes status, end or name, whatever they were.</summary>
    public Task<Run> UpdateRunAsync(string runId, RunUpdate update, CancellationToken cancellation = default)
    {
        if (update.Name is not null)
            MetadataText.CheckName("run name", update.Name, NameLength);
        var isOpen = update.Status is RunStatus.Running or RunStatus.Scheduled;
        return store.WriteAsync(
            connection =>
            {
                RunRows.RequireActive(connection, runId);
                if (update.Status is { } status)
                    connection.Execute("UPDATE runs SET status = @status WHERE run_id = @id", ("status", TrackingNames.Of(status)), ("id", runId));
                if (update.EndTime is not null || isOpen)
                    connection.Execute("UPDATE runs SET end_time = @end WHERE run_id = @id", ("end", isOpen ? null : update.EndTime), ("id", runId));
                else if (update.Status is not null)
                    connection.Execute("UPDATE runs SET end_time = @now WHERE run_id = @id AND end_time IS NULL", ("now", Now), ("id", runId));
                if (update.Name is { } name)
                    RunData.Insert(connection, [(runId, new RunBatch { Tags = [new(WellKnownTags.RunName, name)] })]);
                return RunRows.Get(connection, runId);
            },
            cancellation);
    }

    /// <summary>Ends a run. The same status again changes nothing.</summary>
    /// <param name="endTime">Unix ms; null: now.</param>
    /// <exception cref="MetadataException">Conflict: it has ended with another status.</exception>
    public Task<Run> FinishRunAsync(string runId, RunStatus status, long? endTime = null, CancellationToken cancellation = default)
    {
        if (status is RunStatus.Running or RunStatus.Scheduled)
            throw new MetadataException(MetadataError.Invalid, $"Run {MetadataText.Quote(runId)} cannot end as {TrackingNames.Of(status)}; choose finished, failed or killed.");
        return store.WriteConcurrentlyAsync(
            runId,
            connection =>
            {
                connection.Execute(
                    "UPDATE runs SET status = @status, end_time = @end WHERE run_id = @id AND status IN ('scheduled', 'running')",
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

    /// <exception cref="MetadataException">Invalid: filter, order, limit or page token are wrong; says where.</exception>
    public Task<RunPage> ListRunsAsync(RunQuery query, CancellationToken cancellation = default) =>
        store.ReadAsync(connection => RunRows.Page(connection, query), cancellation);

    /// <summary>All points of a metric, by step, then timestamp; empty if it was never logged.</summary>
    public Task<IReadOnlyList<Metric>> GetMetricHistoryAsync(string runId, string key, CancellationToken cancellation = default) =>
        store.ReadAsync(connection => RunMetrics.History(connection, runId, key, null, null).Points, cancellation);

    /// <summary>As above, page by page.</summary>
    /// <param name="limit">At least 1.</param>
    /// <param name="pageToken">Of the page before; null for the first.</param>
    public Task<MetricPage> GetMetricHistoryAsync(string runId, string key, int limit, string? pageToken, CancellationToken cancellation = default) =>
        store.ReadAsync(connection => RunMetrics.History(connection, runId, key, limit, pageToken), cancellation);
}
