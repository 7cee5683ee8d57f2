using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Plumbline.Exchange;

public sealed partial class MlflowCopier
{
    private const string ParentTag = "mlflow.parentRunId";

    // So many fit into one request of a megabyte, whatever their length.
    private const int MetricsAtOnce = 500;
    private const int TextsAtOnce = 30;
    private const int HistoryPage = 25_000;

    private static readonly string[] Ends = ["FINISHED", "FAILED", "KILLED"];

    /// <summary>Copies the runs of an experiment, the oldest first, so that a run's parent is there before it.</summary>
    private async Task<List<PendingRun>> CopyRunsAsync(string from, string to, CancellationToken cancellation)
    {
        var known = await KnownRunsAsync(to, cancellation).ConfigureAwait(false);
        var pending = new List<PendingRun>();
        await foreach (var run in source.ListAsync("runs/search", "runs", RunSearch(from, "", "start_time ASC"), cancellation).ConfigureAwait(false))
        {
            var id = (string)run["info"]!["run_id"]!;
            var state = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(run.ToJsonString())))[..32];
            if (Tag(run["data"]!.AsObject(), SourceTags.Run) is { } origin && await target.FindAsync("runs/get", cancellation, ("run_id", origin)).ConfigureAwait(false) is not null)
            {
                // It came from there.
                _runs[id] = origin;
                _report.RunsUnchanged++;
                continue;
            }
            if (known.TryGetValue(id, out var copy))
                _runs[id] = copy.Id;
            if (copy.State == state)
            {
                _report.RunsUnchanged++;
                continue;
            }
            pending.Add(await CopyRunAsync(run, id, state, to, cancellation).ConfigureAwait(false));
        }
        return pending;
    }

    /// <summary>By the id at the source.</summary>
    private async Task<Dictionary<string, (string Id, string? State)>> KnownRunsAsync(string experiment, CancellationToken cancellation)
    {
        var known = new Dictionary<string, (string, string?)>(StringComparer.Ordinal);
        await foreach (var run in target.ListAsync("runs/search", "runs", RunSearch(experiment, $"tags.`{SourceTags.Run}` LIKE '%'", "start_time DESC"), cancellation).ConfigureAwait(false))
        {
            var data = run["data"]!.AsObject();
            known[Tag(data, SourceTags.Run)!] = ((string)run["info"]!["run_id"]!, Tag(data, SourceTags.RunState));
        }
        return known;
    }

    private async Task<PendingRun> CopyRunAsync(JsonObject run, string from, string state, string experiment, CancellationToken cancellation)
    {
        var (info, data) = (run["info"]!, run["data"]!.AsObject());
        var tags = Pairs(data["tags"]).Where(tag => !IsOurs(tag.Key)).Select(tag => tag.Key == ParentTag && _runs.TryGetValue(tag.Value, out var parent) ? (tag.Key, parent) : tag).Append((SourceTags.Run, from)).ToArray();
        if (!_runs.TryGetValue(from, out var to))
        {
            var made = await target.PostAsync(
                "runs/create",
                new JsonObject
                {
                    ["experiment_id"] = experiment, ["user_id"] = (string?)info["user_id"], ["run_name"] = (string?)info["run_name"], ["start_time"] = (long)info["start_time"]!,
                    ["tags"] = List([(SourceTags.Run, from)]),
                },
                cancellation, isSafe: false).ConfigureAwait(false);
            to = _runs[from] = (string)made["run"]!["info"]!["run_id"]!;
        }
        await LogAsync(to, "tags", tags.Chunk(TextsAtOnce).Select(List), cancellation).ConfigureAwait(false);
        await LogAsync(to, "params", Pairs(data["params"]).Chunk(TextsAtOnce).Select(List), cancellation).ConfigureAwait(false);
        foreach (var metric in data["metrics"]?.AsArray() ?? [])
            await CopyHistoryAsync(from, to, (string)metric!["key"]!, cancellation).ConfigureAwait(false);
        if (run["inputs"]?["dataset_inputs"] is JsonArray datasets)
            await target.PostAsync("runs/log-inputs", new JsonObject { ["run_id"] = to, ["datasets"] = datasets.DeepClone() }, cancellation).ConfigureAwait(false);
        var copied = await target.GetAsync("runs/get", cancellation, ("run_id", to)).ConfigureAwait(false);
        await CopyFilesAsync((string)info["artifact_uri"]!, (string)copied["run"]!["info"]!["artifact_uri"]!, $"run {from}", cancellation).ConfigureAwait(false);
        await EndAsync(to, (string)info["status"]!, (long?)info["end_time"], cancellation).ConfigureAwait(false);
        return new PendingRun(to, state, Models(run["inputs"]?["model_inputs"]), Models(run["outputs"]?["model_outputs"]));
    }

    private async Task LogAsync(string run, string what, IEnumerable<JsonArray> parts, CancellationToken cancellation)
    {
        foreach (var part in parts)
            await target.PostAsync("runs/log-batch", new JsonObject { ["run_id"] = run, [what] = part }, cancellation).ConfigureAwait(false);
    }

    private async Task CopyHistoryAsync(string from, string to, string key, CancellationToken cancellation)
    {
        var points = new List<JsonNode>(MetricsAtOnce);
        var history = source.ListByQueryAsync("metrics/get-history", "metrics", [("run_id", from), ("metric_key", key), ("max_results", $"{HistoryPage}")], cancellation);
        await foreach (var point in history.ConfigureAwait(false))
        {
            var copy = point.DeepClone().AsObject();
            copy.Remove("run_id");
            points.Add(copy);
            if (points.Count == MetricsAtOnce)
                await FlushAsync().ConfigureAwait(false);
        }
        await FlushAsync().ConfigureAwait(false);

        async Task FlushAsync()
        {
            if (points.Count > 0)
                await target.PostAsync("runs/log-batch", new JsonObject { ["run_id"] = to, ["metrics"] = new JsonArray([.. points]) }, cancellation).ConfigureAwait(false);
            points.Clear();
        }
    }

    private async Task EndAsync(string run, string status, long? end, CancellationToken cancellation)
    {
        var update = new JsonObject { ["run_id"] = run, ["status"] = status };
        if (end is not null && Ends.Contains(status))
            update["end_time"] = end;
        await target.PostAsync("runs/update", update, cancellation).ConfigureAwait(false);
    }

    /// <summary>Links the run with its models, and says that all of it is there.</summary>
    private async Task CompleteRunAsync(PendingRun run, CancellationToken cancellation)
    {
        if (Mapped(run.ModelInputs) is { Count: > 0 } inputs)
            await target.PostAsync("runs/log-inputs", new JsonObject { ["run_id"] = run.Id, ["models"] = inputs }, cancellation).ConfigureAwait(false);
        if (Mapped(run.ModelOutputs) is { Count: > 0 } outputs)
            await target.PostAsync("runs/outputs", new JsonObject { ["run_id"] = run.Id, ["models"] = outputs }, cancellation).ConfigureAwait(false);
        await LogAsync(run.Id, "tags", [List([(SourceTags.RunState, run.State)])], cancellation).ConfigureAwait(false);
        _report.Runs++;
    }

    private static JsonArray Models(JsonNode? list) => list is JsonArray models ? models.DeepClone().AsArray() : [];

    /// <summary>The same links with the ids of the target; without those of models that were not copied.</summary>
    private JsonArray Mapped(JsonArray models)
    {
        var mapped = new JsonArray();
        foreach (var model in models)
        {
            if (!_models.TryGetValue((string)model!["model_id"]!, out var id))
                continue;
            var copy = model.DeepClone().AsObject();
            copy["model_id"] = id;
            mapped.Add(copy);
        }
        return mapped;
    }

    private static JsonObject RunSearch(string experiment, string filter, string order) => new()
    {
        ["experiment_ids"] = new JsonArray(experiment), ["filter"] = filter, ["run_view_type"] = "ACTIVE_ONLY", ["max_results"] = PageSize, ["order_by"] = new JsonArray(order),
    };
}
