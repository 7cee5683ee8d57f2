using System.Data.Common;
using System.Globalization;
using Plumbline.Storage;
using Plumbline.Tuning;

namespace Plumbline.Inference.Batch;

/// <summary>Chunks of a job, which workers of several processes take under leases.</summary>
/// <param name="chunkRows">Rows of a chunk.</param>
/// <param name="lease">Of this worker.</param>
internal sealed class JobLedger(BatchJobStore jobs, string job, int chunkRows, long lease) : IChunkLedger
{
    /// <summary>Nobody holds the lease of what is not done.</summary>
    private const string Abandoned =
        "SELECT MIN(chunk) FROM batch_chunks c WHERE job_id = @job AND row_count IS NULL AND NOT EXISTS (SELECT 1 FROM leases l WHERE l.token = c.lease AND l.ends_at > @now)";

    public long Token => lease;

    public Task<ChunkClaim> ClaimAsync(long from, CancellationToken stop) => jobs.Metadata.WriteAsync(
        connection =>
        {
            RequireHeld(connection);
            var (rows, next) = connection.Query("SELECT input_rows, next_chunk FROM batch_jobs WHERE job_id = @job", row => (row.NullableInt64(0), row.GetInt64(1)), ("job", job)).Single();
            var total = rows is { } known ? ChunksOf(known) : long.MaxValue;
            var isNew = next < total;
            var chunk = FindAbandoned(connection, from) ?? (isNew ? next : FindAbandoned(connection, 0));
            if (isNew && next < chunk)
                chunk = next;
            if (chunk is { } claimed)
                Take(connection, claimed, isNew: claimed == next && isNew);
            return new ChunkClaim(chunk, IsComplete: chunk is null && CountDone(connection) == total);
        },
        stop);

    public Task EndAsync(long rows, CancellationToken stop) => jobs.Metadata.WriteAsync(
        connection =>
        {
            RequireHeld(connection);
            connection.Execute("UPDATE batch_jobs SET input_rows = @rows WHERE job_id = @job", ("rows", rows), ("job", job));
            return connection.Execute("DELETE FROM batch_chunks WHERE job_id = @job AND chunk >= @chunks", ("job", job), ("chunks", ChunksOf(rows)));
        },
        stop);

    public Task<BatchCounts> CompleteAsync(DoneChunk chunk, CancellationToken stop) => jobs.Metadata.WriteAsync(
        connection =>
        {
            RequireHeld(connection);
            var changed = connection.Execute(
                "UPDATE batch_chunks SET row_count = @rows, error_count = @errors WHERE job_id = @job AND chunk = @chunk AND lease = @lease",
                ("rows", chunk.Rows), ("errors", chunk.Errors), ("job", job), ("chunk", chunk.Chunk), ("lease", lease));
            if (changed != 1)
                throw Lost();
            return connection.Query(
                "SELECT SUM(row_count), SUM(error_count) FROM batch_chunks WHERE job_id = @job", row => new BatchCounts(Number(row, 0), Number(row, 1)), ("job", job)).Single();
        },
        stop);

    public Task<IReadOnlyList<DoneChunk>> ListAsync(CancellationToken stop) => jobs.Metadata.ReadAsync<IReadOnlyList<DoneChunk>>(
        connection => connection.Query(
            "SELECT chunk, lease, row_count, error_count FROM batch_chunks WHERE job_id = @job AND row_count IS NOT NULL ORDER BY chunk",
            row => new DoneChunk(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3)), ("job", job)),
        stop);

    private long ChunksOf(long rows) => (rows + chunkRows - 1) / chunkRows;

    private long? FindAbandoned(DbConnection connection, long from) =>
        (long?)connection.Scalar($"{Abandoned} AND chunk >= @from", ("job", job), ("now", Now), ("from", from));

    private void Take(DbConnection connection, long chunk, bool isNew)
    {
        connection.Execute(
            "INSERT INTO batch_chunks (job_id, chunk, lease) VALUES (@job, @chunk, @lease) ON CONFLICT (job_id, chunk) DO UPDATE SET lease = @lease",
            ("job", job), ("chunk", chunk), ("lease", lease));
        connection.Execute(
            "UPDATE batch_jobs SET next_chunk = next_chunk + @step, start_time = COALESCE(start_time, @now) WHERE job_id = @job", ("step", isNew ? 1 : 0), ("now", Now), ("job", job));
    }

    private long CountDone(DbConnection connection) => (long)connection.Scalar("SELECT COUNT(row_count) FROM batch_chunks WHERE job_id = @job", ("job", job))!;

    private void RequireHeld(DbConnection connection)
    {
        if (!LeaseStore.IsHeld(connection, lease, jobs.Time.GetUtcNow())
            || connection.Scalar("SELECT 1 FROM batch_jobs WHERE job_id = @job AND state = 'running'", ("job", job)) is null)
            throw Lost();
    }

    private LeaseLostException Lost() => new($"Batch job {job} is no longer worked at under lease {lease}: it has ended, or the machine slept. What is being answered is dropped.");

    private static long Number(DbDataReader row, int column) => row.IsDBNull(column) ? 0 : Convert.ToInt64(row.GetValue(column), CultureInfo.InvariantCulture);

    private long Now => jobs.Time.GetUtcNow().ToUnixTimeMilliseconds();
}
