using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Plumbline.Storage;

namespace Plumbline.Inference.Batch;

/// <summary>Batch jobs in the metadata store: durable, shared by processes. Thread-safe.</summary>
/// <exception cref="MetadataException">The store is unavailable or damaged.</exception>
public sealed class BatchJobStore(IMetadataStore store, TimeProvider time)
{
    /// <summary>Jobs of a list.</summary>
    public const int MostListed = 100;

    private const int KeyLength = 200;

    private const string Select = """
        SELECT job_id, state, definition, fault, creation_time, start_time, end_time, input_rows,
          (SELECT COALESCE(SUM(row_count), 0) FROM batch_chunks c WHERE c.job_id = j.job_id), (SELECT COALESCE(SUM(error_count), 0) FROM batch_chunks c WHERE c.job_id = j.job_id),
          (SELECT COUNT(row_count) FROM batch_chunks c WHERE c.job_id = j.job_id),
          (SELECT COUNT(*) FROM leases l WHERE substr(l.name, 1, length(@workers) + length(j.job_id) + 1) = @workers || j.job_id || '/' AND l.ends_at > @now)
        FROM batch_jobs j
        """;

    internal IMetadataStore Metadata => store;

    internal TimeProvider Time => time;

    /// <summary>Takes a job.</summary>
    /// <param name="request">SHA-256 of what was asked for.</param>
    /// <param name="key">Under which the same request is the same job of the model; null for none.</param>
    /// <exception cref="MetadataException">Conflict: the key was used for another request, or a job that runs writes to the output. Invalid: the key is too long.</exception>
    public async Task<BatchJob> CreateAsync(BatchJobDefinition definition, string request, string? key, string actor, CancellationToken cancellation = default)
    {
        if (key is not null)
            MetadataText.CheckName("idempotency key", key, KeyLength);
        var json = JsonSerializer.Serialize(definition, BatchJobJson.Default.BatchJobDefinition);
        var proposed = Guid.CreateVersion7(time.GetUtcNow()).ToString("N");
        var id = await store.WriteAsync(
            connection =>
            {
                if (key is not null && FindByKey(connection, definition.Model, key, request) is { } known)
                    return known;
                if (FindWriter(connection, definition.Output) is { } writer)
                    throw new MetadataException(MetadataError.Conflict, $"Batch job {writer.Id} writes to {MetadataText.Quote(writer.Output)}, and this one would to {MetadataText.Quote(definition.Output)}. Wait for its end, cancel it, or name another output.");
                var now = Now;
                connection.Execute(
                    "INSERT INTO batch_jobs (job_id, model, idempotency_key, request, definition, state, next_chunk, creation_time) VALUES (@id, @model, @key, @request, @definition, 'running', 0, @now)",
                    ("id", proposed), ("model", definition.Model), ("key", key), ("request", request), ("definition", json), ("now", now));
                EventLog.Append(connection, now, actor, "batch_job.created", proposed, new JsonObject { ["version"] = definition.Version, ["input"] = definition.Input, ["output"] = definition.Output });
                return proposed;
            },
            cancellation).ConfigureAwait(false);
        return await GetAsync(id, cancellation).ConfigureAwait(false);
    }

    /// <summary>The job of a key; null where there is none yet.</summary>
    /// <exception cref="MetadataException">Conflict: the key was used for another request.</exception>
    public async Task<BatchJob?> FindAsync(string model, string key, string request, CancellationToken cancellation = default) =>
        await store.ReadAsync(connection => FindByKey(connection, model, key, request), cancellation).ConfigureAwait(false) is { } id ? await GetAsync(id, cancellation).ConfigureAwait(false) : null;

    /// <exception cref="MetadataException">NotFound: there is no such job.</exception>
    public Task<BatchJob> GetAsync(string id, CancellationToken cancellation = default) => store.ReadAsync(connection => Get(connection, id), cancellation);

    /// <summary>The job that runs and writes to an output, or beside it where another's parts or errors would be; null where there is none.</summary>
    internal async Task<string?> FindWriterAsync(string output, CancellationToken cancellation) =>
        (await store.ReadAsync(connection => FindWriter(connection, output), cancellation).ConfigureAwait(false))?.Id;

    internal Task<bool> IsKnownAsync(string id, CancellationToken cancellation) =>
        store.ReadAsync(connection => connection.Scalar("SELECT 1 FROM batch_jobs WHERE job_id = @id", ("id", id)) is not null, cancellation);

    /// <summary>False of one that is not known.</summary>
    internal Task<bool> HasEndedAsync(string id, CancellationToken cancellation) =>
        store.ReadAsync(connection => connection.Scalar("SELECT 1 FROM batch_jobs WHERE job_id = @id AND state <> 'running'", ("id", id)) is not null, cancellation);

    /// <summary>The newest first, at most <see cref="MostListed"/>.</summary>
    /// <param name="model">Null for all.</param>
    public Task<IReadOnlyList<BatchJob>> ListAsync(string? model = null, CancellationToken cancellation = default) => store.ReadAsync<IReadOnlyList<BatchJob>>(
        connection => connection.Query(
            $"{Select} {(model is null ? "" : "WHERE model = @model")} ORDER BY creation_time DESC, job_id DESC LIMIT @limit", ReadJob,
            [("limit", MostListed), ("workers", BatchJobLeases.Prefix), ("now", Now), .. model is null ? [] : new (string, object?)[] { ("model", model) }]),
        cancellation);

    /// <summary>All of a model that run, the oldest first.</summary>
    public Task<IReadOnlyList<BatchJob>> RunningAsync(string model, CancellationToken cancellation = default) => store.ReadAsync<IReadOnlyList<BatchJob>>(
        connection => connection.Query(
            $"{Select} WHERE model = @model AND state = 'running' ORDER BY creation_time, job_id", ReadJob, ("model", model), ("workers", BatchJobLeases.Prefix), ("now", Now)),
        cancellation);

    /// <exception cref="MetadataException">NotFound: there is no such job. Conflict: it has ended.</exception>
    public Task<BatchJob> CancelAsync(string id, string actor, CancellationToken cancellation = default) => store.WriteAsync(
        connection =>
        {
            var job = Get(connection, id);
            if (job.State != BatchJobState.Running)
                throw new MetadataException(MetadataError.Conflict, $"Batch job {id} has ended: it is {NameOf(job.State)}.");
            End(connection, id, BatchJobState.Cancelled, null);
            EventLog.Append(connection, Now, actor, "batch_job.cancelled", id, []);
            return Get(connection, id);
        },
        cancellation);

    /// <summary>Forgets a job that has ended; its output stays.</summary>
    /// <exception cref="MetadataException">NotFound: there is no such job. Conflict: it runs.</exception>
    public Task<BatchJob> DeleteAsync(string id, string actor, CancellationToken cancellation = default) => store.WriteAsync(
        connection =>
        {
            var job = Get(connection, id);
            if (job.State == BatchJobState.Running)
                throw new MetadataException(MetadataError.Conflict, $"Batch job {id} runs. Cancel it first.");
            connection.Execute("DELETE FROM batch_chunks WHERE job_id = @id", ("id", id));
            connection.Execute("DELETE FROM batch_jobs WHERE job_id = @id", ("id", id));
            EventLog.Append(connection, Now, actor, "batch_job.deleted", id, []);
            return job;
        },
        cancellation);

    /// <summary>Ends a job that can be begun nowhere; without effect on one that has ended.</summary>
    public Task<bool> FailAsync(string id, string fault, CancellationToken cancellation = default) =>
        store.WriteAsync(connection => End(connection, id, BatchJobState.Failed, fault), cancellation);

    /// <summary>Ends a job that runs; without effect on another.</summary>
    /// <param name="lease">That must be held.</param>
    /// <returns>Whether it ended so.</returns>
    internal Task<bool> EndAsync(string id, BatchJobState state, string? fault, long lease, CancellationToken cancellation = default) => store.WriteAsync(
        connection => LeaseStore.IsHeld(connection, lease, time.GetUtcNow()) && End(connection, id, state, fault), cancellation);

    /// <summary>What is thrown where there is no such job.</summary>
    public static MetadataException NotFound(string id) => new(MetadataError.NotFound, $"There is no batch job {MetadataText.Quote(id)}.");

    internal static string NameOf(BatchJobState state) => JsonNamingPolicy.SnakeCaseLower.ConvertName(state.ToString());

    private bool End(DbConnection connection, string id, BatchJobState state, string? fault) => connection.Execute(
        "UPDATE batch_jobs SET state = @state, fault = @fault, end_time = @now WHERE job_id = @id AND state = 'running'",
        ("state", NameOf(state)), ("fault", fault), ("now", Now), ("id", id)) == 1;

    private static (string Id, string Output)? FindWriter(DbConnection connection, string output)
    {
        foreach (var (id, definition) in connection.Query("SELECT job_id, definition FROM batch_jobs WHERE state = 'running' ORDER BY creation_time, job_id", row => (row.GetString(0), row.GetString(1))))
        {
            var written = JsonSerializer.Deserialize(definition, BatchJobJson.Default.BatchJobDefinition)!.Output;
            if (OutputPlace.Collide(written, output))
                return (id, written);
        }
        return null;
    }

    private static string? FindByKey(DbConnection connection, string model, string key, string request)
    {
        var found = connection.Query(
            "SELECT job_id, request FROM batch_jobs WHERE model = @model AND idempotency_key = @key", row => (Id: row.GetString(0), Request: row.GetString(1)), ("model", model), ("key", key));
        return found is not [var known] ? null
            : known.Request == request ? known.Id
            : throw new MetadataException(MetadataError.Conflict, $"The idempotency key '{MetadataText.Quote(key)}' was used for another job, {known.Id}. Send another key.");
    }

    private BatchJob Get(DbConnection connection, string id) =>
        connection.Query($"{Select} WHERE job_id = @id", ReadJob, ("id", id), ("workers", BatchJobLeases.Prefix), ("now", Now)) is [var job]
            ? job
            : throw NotFound(id);

    private static BatchJob ReadJob(DbDataReader row)
    {
        var definition = JsonSerializer.Deserialize(row.GetString(2), BatchJobJson.Default.BatchJobDefinition)!;
        return new BatchJob(
            row.GetString(0), Enum.Parse<BatchJobState>(row.GetString(1), ignoreCase: true), definition, row.NullableString(3),
            DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(4)), TimeOf(row.NullableInt64(5)), TimeOf(row.NullableInt64(6)), Sum(row, 8), Sum(row, 9), row.GetInt64(10),
            row.NullableInt64(7) is { } rows ? definition.ChunksOf(rows) : null, (int)row.GetInt64(11));
    }

    /// <summary>PostgreSQL sums to NUMERIC.</summary>
    private static long Sum(DbDataReader row, int column) => Convert.ToInt64(row.GetValue(column), CultureInfo.InvariantCulture);

    private static DateTimeOffset? TimeOf(long? milliseconds) => milliseconds is { } known ? DateTimeOffset.FromUnixTimeMilliseconds(known) : null;

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();
}
