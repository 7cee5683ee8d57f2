using System.Text.Json.Nodes;

namespace Plumbline.Exchange;

/// <summary>
/// Copies experiments, runs, logged models and registered models from one server of MLflow's API to another. What was copied is found again by tags, so that a
/// copy may be repeated, and goes on where another was broken off. Not thread-safe; one copy into a server at a time.
/// </summary>
/// <param name="progress">Gets a line for each experiment and model.</param>
/// <exception cref="ExchangeException">A server cannot be reached, or refused.</exception>
public sealed partial class MlflowCopier(MlflowEndpoint source, MlflowEndpoint target, Action<string>? progress = null)
{
    private const int PageSize = 200;

    private readonly ExchangeReport _report = new();

    // Of the source to those of the target.
    private readonly Dictionary<string, string> _runs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _models = new(StringComparer.Ordinal);

    /// <param name="experiments">Names of those to copy; null for all.</param>
    public async Task<ExchangeReport> CopyAsync(IReadOnlyCollection<string>? experiments = null, CancellationToken cancellation = default)
    {
        var list = source.ListAsync("experiments/search", "experiments", new JsonObject { ["max_results"] = PageSize, ["view_type"] = "ACTIVE_ONLY", ["order_by"] = new JsonArray("experiment_id ASC") }, cancellation);
        var missing = experiments?.ToHashSet(StringComparer.Ordinal);
        await foreach (var experiment in list.ConfigureAwait(false))
        {
            var name = (string)experiment["name"]!;
            if (experiments is not null && !experiments.Contains(name))
                continue;
            missing?.Remove(name);
            await CopyExperimentAsync(experiment, name, cancellation).ConfigureAwait(false);
        }
        if (missing?.FirstOrDefault() is { } unknown)
            throw new ExchangeException($"{source.Address} has no experiment '{unknown}'.");
        await CopyRegisteredModelsAsync(cancellation).ConfigureAwait(false);
        return _report;
    }

    private async Task CopyExperimentAsync(JsonObject experiment, string name, CancellationToken cancellation)
    {
        var to = await EnsureExperimentAsync(experiment, name, cancellation).ConfigureAwait(false);
        var (before, unchanged) = (_report.Runs, _report.RunsUnchanged);
        var from = (string)experiment["experiment_id"]!;
        var pending = await CopyRunsAsync(from, to, cancellation).ConfigureAwait(false);
        await CopyLoggedModelsAsync(from, to, cancellation).ConfigureAwait(false);
        foreach (var run in pending)
            await CompleteRunAsync(run, cancellation).ConfigureAwait(false);
        _report.Experiments++;
        progress?.Invoke($"{name}: {_report.Runs - before} runs copied, {_report.RunsUnchanged - unchanged} as before");
    }

    private async Task<string> EnsureExperimentAsync(JsonObject experiment, string name, CancellationToken cancellation)
    {
        var known = (JsonObject?)(await target.FindAsync("experiments/get-by-name", cancellation, ("experiment_name", name)).ConfigureAwait(false))?["experiment"];
        if ((string?)known?["lifecycle_stage"] == "deleted")
            throw new ExchangeException($"{target.Address} has a deleted experiment '{name}'. Restore it, or give one of the two another name.");
        var id = (string?)known?["experiment_id"]
            ?? (string)(await target.PostAsync("experiments/create", new JsonObject { ["name"] = name }, cancellation, isSafe: false).ConfigureAwait(false))["experiment_id"]!;
        foreach (var (key, value) in Pairs(experiment["tags"]))
            await target.PostAsync("experiments/set-experiment-tag", new JsonObject { ["experiment_id"] = id, ["key"] = key, ["value"] = value }, cancellation).ConfigureAwait(false);
        return id;
    }

    /// <summary>Copies all files of a folder.</summary>
    /// <param name="what">Whose they are, for the report.</param>
    private async Task CopyFilesAsync(string from, string to, string what, CancellationToken cancellation)
    {
        if (!MlflowEndpoint.IsHere(from) || !MlflowEndpoint.IsHere(to))
        {
            _report.LeftOut.Add($"files of {what}: they are at {(MlflowEndpoint.IsHere(from) ? to : from)}, which the server does not give out");
            return;
        }
        foreach (var (name, size) in await source.ListFilesAsync(from, cancellation).ConfigureAwait(false))
        {
            if (size is null)
            {
                await CopyFilesAsync($"{from}/{name}", $"{to}/{name}", what, cancellation).ConfigureAwait(false);
                continue;
            }
            await source.CopyFileAsync($"{from}/{name}", target, $"{to}/{name}", cancellation).ConfigureAwait(false);
            _report.Files++;
            _report.Bytes += size.Value;
        }
    }

    private static IEnumerable<(string Key, string Value)> Pairs(JsonNode? list) =>
        (list?.AsArray() ?? []).Select(pair => ((string)pair!["key"]!, (string?)pair["value"] ?? ""));

    private static string? Tag(JsonObject thing, string key) => Pairs(thing["tags"]).FirstOrDefault(tag => tag.Key == key).Value;

    private static JsonObject Pair(string key, string value) => new() { ["key"] = key, ["value"] = value };

    private static JsonArray List(IEnumerable<(string Key, string Value)> pairs) => new([.. pairs.Select(pair => Pair(pair.Key, pair.Value))]);

    private static bool IsOurs(string key) => key.StartsWith("plumbline.source.", StringComparison.Ordinal);
}
