using System.Data.Common;
using System.Text.Json;
using System.Text.Json.Nodes;
using Plumbline.Pipelines.Graphs;
using Plumbline.Storage;

namespace Plumbline.Pipelines.Runs;

/// <summary>Runs of pipelines in the metadata store: durable, shared by processes. Thread-safe. What is done here is in the audit log.</summary>
/// <exception cref="MetadataException">NotFound: there is no such run, node or result. The store is unavailable or damaged.</exception>
public sealed partial class PipelineStore(IMetadataStore store, TimeProvider time)
{
    /// <summary>Runs of a list.</summary>
    public const int MostListed = 100;

    private const int KeyLength = 200;
    private const int TextLength = 5000;

    internal IMetadataStore Metadata => store;

    internal TimeProvider Time => time;

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Asks for a run; workers do the rest. Where one of its kind runs already and the pipeline has one at a time, it queues.</summary>
    /// <returns>The run; the one that is there, where its key was used before.</returns>
    /// <exception cref="ArgumentException">The parameters, or the names of forced nodes, are not the pipeline's; the message names the key.</exception>
    public async Task<PipelineRun> StartAsync(Pipeline pipeline, RunRequest request, CancellationToken cancellation = default)
    {
        var parameters = pipeline.Check(request.Parameters);
        if (request.Forced.FirstOrDefault(node => node != RunRequest.All && !pipeline.Code.ContainsKey(node)) is { } unknown)
            throw new ArgumentException($"{pipeline.Name} has no step '{MetadataText.Quote(unknown)}'; it has {string.Join(", ", pipeline.Nodes)}.");
        if (request.Key is not null)
            MetadataText.CheckName("run key", request.Key, KeyLength);
        MetadataText.Check("reason", request.Trigger.Reason, TextLength);
        using var span = PipelineTracing.Begin(pipeline.Name);
        var run = new PipelineRun(
            Guid.CreateVersion7(time.GetUtcNow()).ToString("N"), pipeline.Project, pipeline.Name, pipeline.GraphDigest, parameters.Json, request.Trigger, request.Forced, RunState.Queued, time.GetUtcNow())
        {
            Key = request.Key,
            Interval = request.Interval,
            Graph = pipeline.Graph,
            ActiveKey = parameters.ActiveKey,
            Trace = span?.Id ?? "",
        };
        span?.SetTag("plumbline.run", run.Id);
        return await store.WriteAsync(connection => Create(connection, run), cancellation).ConfigureAwait(false);
    }

    public Task<PipelineRun> GetAsync(string run, CancellationToken cancellation = default) => store.ReadAsync(connection => RunRows.Get(connection, run), cancellation);

    /// <summary>The newest first, at most <see cref="MostListed"/>.</summary>
    /// <param name="project">Null for all; likewise <paramref name="pipeline"/>.</param>
    /// <param name="activeOnly">Only those that run or are queued.</param>
    public Task<IReadOnlyList<PipelineRun>> ListAsync(string? project = null, string? pipeline = null, bool activeOnly = false, CancellationToken cancellation = default) => store.ReadAsync<IReadOnlyList<PipelineRun>>(
        connection => RunRows.List(
            connection,
            $"WHERE 1 = 1 {(project is null ? "" : "AND project = @project")} {(pipeline is null ? "" : "AND pipeline = @pipeline")} {(activeOnly ? "AND state IN ('running', 'queued')" : "")} ORDER BY creation_time DESC, run_id DESC LIMIT @most",
            [("most", MostListed), ("project", project), ("pipeline", pipeline)]),
        cancellation);

    /// <summary>What a node gave in a run, as JSON; of a mapped one what its first task gave.</summary>
    /// <returns>Null where it gave nothing yet.</returns>
    public async Task<JsonNode?> OutputAsync(string run, string node, int item = 0, CancellationToken cancellation = default)
    {
        var output = await store.ReadAsync(
            connection => (string?)connection.Scalar("SELECT output FROM pipeline_results WHERE run_id = @run AND node = @node AND item = @item", ("run", run), ("node", node), ("item", (long)item)),
            cancellation).ConfigureAwait(false);
        return output is null ? null : JsonNode.Parse(output);
    }

    /// <summary>Whether a run whose key begins so waits for another of its kind, and is neither paused nor one of a backfill.</summary>
    internal Task<bool> IsQueuedAsync(string project, string pipeline, string key, CancellationToken cancellation) => store.ReadAsync(
        connection => connection.Scalar(
            $"SELECT 1 FROM pipeline_runs WHERE state = 'queued' AND paused = 0 AND NOT {RunRows.IsBackfill} AND project = @project AND pipeline = @pipeline AND substr(run_key, 1, length(@key)) = @key LIMIT 1",
            ("project", project), ("pipeline", pipeline), ("key", key)) is not null,
        cancellation);

    /// <summary>Calls <paramref name="changed"/> soon after a run moved on, and perhaps at other times; whoever watches looks from time to time besides.</summary>
    public Task WatchAsync(Action changed, CancellationToken cancellation) => store.WatchAsync(changed, time, cancellation);

    private PipelineRun Create(DbConnection connection, PipelineRun run)
    {
        if (run.Key is not null && RunRows.List(connection, "WHERE project = @project AND pipeline = @pipeline AND run_key = @key", ("project", run.Project), ("pipeline", run.Pipeline), ("key", run.Key)) is [var known])
            return known;
        var now = Now;
        connection.Execute(
            """
            INSERT INTO pipeline_runs (run_id, project, pipeline, graph_digest, graph, parameters, started_by, forced, run_key, active_key, interval_from, interval_until, trace, state, paused, revision, creation_time)
            VALUES (@run, @project, @pipeline, @digest, @graph, @parameters, @by, @forced, @key, @active, @from, @until, @trace, 'queued', 0, 1, @now)
            """,
            ("run", run.Id), ("project", run.Project), ("pipeline", run.Pipeline), ("digest", run.GraphDigest), ("graph", run.Graph.ToJson()), ("parameters", run.Parameters), ("by", run.Trigger.ToJson()),
            ("forced", JsonSerializer.Serialize(run.Forced, RunJson.Default.IReadOnlyListString)), ("key", run.Key), ("active", run.ActiveKey),
            ("from", run.Interval?.From.ToUnixTimeMilliseconds()), ("until", run.Interval?.Until.ToUnixTimeMilliseconds()), ("trace", run.Trace), ("now", now));
        connection.InsertAll(new RowInsert(
            "pipeline_nodes", ["run_id", "node", "state", "reason", "followed", "total", "succeeded", "skipped", "failed"],
            [.. run.Graph.Nodes.Select(node => new object?[] { run.Id, node.Name, "waiting", "", "", 0L, 0L, 0L, 0L })], ""));
        EventLog.Append(
            connection, now, run.Trigger.Actor, "pipeline.started", run.Id,
            new JsonObject { ["pipeline"] = run.Pipeline, ["trigger"] = RunWords.Of(run.Trigger.Kind), ["reason"] = run.Trigger.Reason });
        RunProgress.BeginOrQueue(connection, run, now);
        ChangeSignal.Send(connection);
        return RunRows.Get(connection, run.Id);
    }
}
