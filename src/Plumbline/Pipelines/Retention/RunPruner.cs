using System.Data.Common;
using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Pipelines.Runs;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;

namespace Plumbline.Pipelines.Retention;

/// <summary>
/// Removes runs of a project that ended and that nothing refers to: their tasks, attempts and results, and so what the cache has of them alone, and their logs. A run is gone to all who
/// read at once, and then removed in small steps; who is interrupted is followed by the next. Thread-safe, for any number of processes.
/// </summary>
/// <param name="home">Whose logs go, and those in its artifact store.</param>
/// <exception cref="MetadataException">A store does not answer, or logs cannot be removed.</exception>
public sealed class RunPruner(PipelineStore pipelines, string project, RunRetention retention, Home home)
{
    private const int MostCondemned = 100;
    private const int MostTasks = 500;
    private const int RunDigits = 32;

    // Whoever waited for its end wants to look at it.
    private static readonly TimeSpan Youngest = TimeSpan.FromHours(1);
    private static readonly TimeSpan YoungestLogs = TimeSpan.FromDays(1);
    private static readonly TimeSpan Pause = TimeSpan.FromHours(1);

    private IMetadataStore Store => pipelines.Metadata;

    private DateTimeOffset Now => pipelines.Time.GetUtcNow();

    private TimeSpan Kept => TimeSpan.FromDays(retention.KeepDays);

    /// <summary>What would go, and what something refers to, the oldest first; of what is young or among the newest nothing is told.</summary>
    public Task<IReadOnlyList<PrunedRun>> PlanAsync(CancellationToken cancellation = default) => Store.ReadAsync<IReadOnlyList<PrunedRun>>(Plan, cancellation);

    /// <summary>Removes all that may go, and what an earlier one left.</summary>
    /// <param name="actor">For the audit log.</param>
    /// <returns>What went, then what something refers to.</returns>
    public async Task<IReadOnlyList<PrunedRun>> PruneAsync(string actor, CancellationToken cancellation = default)
    {
        var removed = new List<PrunedRun>();
        while (true)
        {
            while (await RemoveSomeAsync(cancellation).ConfigureAwait(false))
                cancellation.ThrowIfCancellationRequested();
            var condemned = await CondemnAsync(actor, cancellation).ConfigureAwait(false);
            if (condemned.Count == 0)
                return [.. removed, .. await PlanAsync(cancellation).ConfigureAwait(false)];
            removed.AddRange(condemned);
        }
    }

    /// <summary>Removes logs of this host whose runs are gone, now and every hour until it is stopped: who prunes may be another host.</summary>
    public async Task SweepAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await SweepOnceAsync(stop).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is MetadataException or IOException or UnauthorizedAccessException or OperationCanceledException)
            {
                // They are there an hour later.
            }
            await Task.Delay(Pause, pipelines.Time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Does one step, of some milliseconds.</summary>
    /// <returns>Whether there may be more to do.</returns>
    internal async Task<bool> StepAsync(string actor, CancellationToken cancellation) =>
        await RemoveSomeAsync(cancellation).ConfigureAwait(false) || (await CondemnAsync(actor, cancellation).ConfigureAwait(false)).Count > 0;

    /// <returns>Logs of how many runs went.</returns>
    internal async Task<int> SweepOnceAsync(CancellationToken cancellation)
    {
        if (!Directory.Exists(home.Pipelines))
            return 0;
        var before = Now - (Kept > YoungestLogs ? Kept : YoungestLogs);
        string[] old = [.. Directory.EnumerateDirectories(home.Pipelines).Where(folder => MetadataText.IsHex(Path.GetFileName(folder), RunDigits) && AbandonedFolders.LastWrite(folder) < before)];
        var swept = 0;
        foreach (var part in old.Chunk(MostTasks))
        {
            var known = await Store.ReadAsync(
                connection =>
                {
                    var (condition, among) = connection.Among("run_id", [.. part.Select(folder => Path.GetFileName(folder)!)]);
                    return connection.Query($"SELECT run_id FROM pipeline_runs WHERE {condition}", row => row.GetString(0), among).ToHashSet(StringComparer.Ordinal);
                },
                cancellation).ConfigureAwait(false);
            foreach (var folder in part.Where(folder => !known.Contains(Path.GetFileName(folder)!)))
            {
                Directory.Delete(folder, recursive: true);
                swept++;
            }
        }
        return swept;
    }

    /// <summary>From now on nobody finds them, and a key of theirs begins another run.</summary>
    private async Task<IReadOnlyList<PrunedRun>> CondemnAsync(string actor, CancellationToken cancellation)
    {
        if (!(await PlanAsync(cancellation).ConfigureAwait(false)).Any(run => run.Removed))
            return [];
        return await Store.WriteAsync<IReadOnlyList<PrunedRun>>(
            connection =>
            {
                PrunedRun[] condemned = [.. Plan(connection).Where(run => run.Removed).Take(MostCondemned)];
                if (condemned.Length == 0)
                    return condemned;
                var (condition, among) = connection.Among("run_id", [.. condemned.Select(run => run.Id)]);
                connection.Execute($"UPDATE pipeline_runs SET pruned_at = @now, run_key = NULL WHERE {condition}", ("now", Now.ToUnixTimeMilliseconds()), among);
                EventLog.Append(
                    connection, Now.ToUnixTimeMilliseconds(), actor, "pipelines.pruned", project.Length > 0 ? project : "pipelines",
                    new JsonObject { ["runs"] = new JsonArray([.. condemned.Select(run => JsonValue.Create(run.Id))]) });
                return condemned;
            },
            cancellation).ConfigureAwait(false);
    }

    private async Task<bool> RemoveSomeAsync(CancellationToken cancellation)
    {
        var run = await Store.ReadAsync(
            connection => (string?)connection.Scalar("SELECT run_id FROM pipeline_runs WHERE project = @project AND pruned_at IS NOT NULL ORDER BY pruned_at, run_id LIMIT 1", ("project", project)),
            cancellation).ConfigureAwait(false);
        if (run is null)
            return false;
        var tasks = await Store.WriteConcurrentlyAsync(
            run,
            connection => connection.Execute(
                $"DELETE FROM pipeline_tasks WHERE run_id = @run AND (node, item) IN (SELECT node, item FROM pipeline_tasks WHERE run_id = @run ORDER BY node, item LIMIT {MostTasks})", ("run", run)),
            cancellation).ConfigureAwait(false);
        if (tasks == MostTasks)
            return true;
        await RemoveLogsAsync(run, cancellation).ConfigureAwait(false);
        await Store.WriteConcurrentlyAsync(run, connection => connection.Execute("DELETE FROM pipeline_runs WHERE run_id = @run AND pruned_at IS NOT NULL", ("run", run)), cancellation).ConfigureAwait(false);
        return true;
    }

    private async Task RemoveLogsAsync(string run, CancellationToken cancellation)
    {
        try
        {
            var tree = new ArtifactTree(ArtifactKind.Pipelines, run);
            using var shared = new SharedArtifacts(home, pipelines.Time);
            if (shared.IsShared)
                await (await shared.OpenAsync(cancellation).ConfigureAwait(false)).RemoveAsync(tree, cancellation).ConfigureAwait(false);
            if (Directory.Exists(shared.FolderOf(tree)))
                Directory.Delete(shared.FolderOf(tree), recursive: true);
        }
        catch (Exception exception) when (exception is MetadataException or IOException or UnauthorizedAccessException)
        {
            // Others have their turn first.
            await Store.WriteConcurrentlyAsync(
                run, connection => connection.Execute("UPDATE pipeline_runs SET pruned_at = @now WHERE run_id = @run", ("now", Now.ToUnixTimeMilliseconds()), ("run", run)), cancellation).ConfigureAwait(false);
            throw new MetadataException(MetadataError.Unavailable, $"The logs of run {run} cannot be removed, and it is tried again later: {exception.Message}", exception);
        }
    }

    private IReadOnlyList<PrunedRun> Plan(DbConnection connection)
    {
        var old = connection.Query(
            """
            SELECT run_id, pipeline, state, end_time FROM (
              SELECT run_id, pipeline, state, end_time, ROW_NUMBER() OVER (PARTITION BY pipeline ORDER BY end_time DESC, run_id DESC) AS place FROM pipeline_runs
              WHERE project = @project AND pruned_at IS NULL AND state IN ('succeeded', 'failed', 'cancelled')) ended
            WHERE place > @keep AND end_time < @before ORDER BY end_time, run_id
            """,
            row => (Id: row.GetString(0), Pipeline: row.GetString(1), State: RunWords.Parse<RunState>(row.GetString(2)), Ended: DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(3))),
            ("project", project), ("keep", (long)retention.Keep), ("before", (Now - (Kept > Youngest ? Kept : Youngest)).ToUnixTimeMilliseconds()));
        var references = RunReferences.Of(connection, [.. old.Select(run => run.Id)]);
        var gone = string.Create(CultureInfo.InvariantCulture, $"not among the {retention.Keep} newest of its pipeline, and ended more than {retention.KeepDays:0.##} days ago");
        return [.. old.Select(run => references.TryGetValue(run.Id, out var reason)
            ? new PrunedRun(run.Id, run.Pipeline, run.State, run.Ended, false, reason)
            : new PrunedRun(run.Id, run.Pipeline, run.State, run.Ended, true, gone))];
    }
}
