using System.Data.Common;
using Plumbline.Storage;

namespace Plumbline.Pipelines.Runs;

public sealed partial class PipelineStore
{
    /// <summary>Runs, the newest, of which the one that ended last is looked for.</summary>
    private const int MostRecent = 100;

    /// <summary>How pipelines of a project stand, in the order in which they are asked for; one that never ran stands well.</summary>
    public Task<IReadOnlyList<PipelineStanding>> StandingsAsync(string project, IEnumerable<string> pipelines, CancellationToken cancellation = default) => store.ReadAsync<IReadOnlyList<PipelineStanding>>(
        connection =>
        {
            var (now, since) = (Now, new Dictionary<string, long>(StringComparer.Ordinal));
            foreach (var (pipeline, began) in Deserted(connection, project).Concat(Overdue(connection, project, now)))
                since[pipeline] = Math.Min(began, since.GetValueOrDefault(pipeline, now));
            return [.. pipelines.Select(pipeline => new PipelineStanding(pipeline, HasFailed(connection, project, pipeline), TimeSpan.FromMilliseconds(now - since.GetValueOrDefault(pipeline, now))))];
        },
        cancellation);

    private static bool HasFailed(DbConnection connection, string project, string pipeline) => (string?)connection.Scalar(
        """
        SELECT state FROM (
          SELECT state, end_time, run_id FROM pipeline_runs WHERE project = @project AND pipeline = @pipeline AND state IN ('succeeded', 'failed') ORDER BY creation_time DESC, run_id DESC LIMIT @most
        ) recent ORDER BY end_time DESC, run_id DESC LIMIT 1
        """,
        ("project", project), ("pipeline", pipeline), ("most", MostRecent)) == "failed";

    /// <summary>Since when tasks wait that no live worker takes.</summary>
    private IEnumerable<(string Pipeline, long Since)> Deserted(DbConnection connection, string project)
    {
        var queues = connection.Query("SELECT queue, MIN(ready_at) FROM pipeline_tasks WHERE queue <> '' GROUP BY queue", row => (Queue: row.GetString(0), Since: row.GetInt64(1)));
        if (queues.Count == 0)
            return [];
        var (taken, prefix) = (LiveWorkers(connection).SelectMany(worker => worker.Queues).ToHashSet(StringComparer.Ordinal), $"{project}/");
        return queues.Where(waiting => waiting.Queue.StartsWith(prefix, StringComparison.Ordinal) && !taken.Contains(waiting.Queue))
            .Select(waiting => (waiting.Queue[prefix.Length..].Split(':')[0], waiting.Since));
    }

    /// <summary>Since when schedules are due that nobody has begun.</summary>
    private static List<(string Pipeline, long Since)> Overdue(DbConnection connection, string project, long now) => connection.Query(
        "SELECT pipeline, MIN(next_at) FROM pipeline_schedules WHERE project = @project AND paused = 0 AND next_at <= @now GROUP BY pipeline",
        row => (row.GetString(0), row.GetInt64(1)), ("project", project), ("now", now));
}
