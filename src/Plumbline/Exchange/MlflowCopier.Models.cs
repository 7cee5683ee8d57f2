using System.Globalization;
using System.Text.Json.Nodes;

namespace Plumbline.Exchange;

public sealed partial class MlflowCopier
{
    private const string ModelScheme = "models:/";
    private const int LoggedModelPage = 100;
    private const string Ready = "LOGGED_MODEL_READY";

    // The server writes it itself.
    private const string VersionsTag = "mlflow.modelVersions";

    private async Task CopyLoggedModelsAsync(string from, string to, CancellationToken cancellation)
    {
        var known = new Dictionary<string, (string Id, bool IsReady)>(StringComparer.Ordinal);
        await foreach (var model in target.ListAsync("logged-models/search", "models", LoggedModelSearch(to), cancellation).ConfigureAwait(false))
        {
            var info = model["info"]!.AsObject();
            if (Tag(info, SourceTags.LoggedModel) is { } origin)
                known[origin] = ((string)info["model_id"]!, (string?)info["status"] == Ready);
        }
        await foreach (var model in source.ListAsync("logged-models/search", "models", LoggedModelSearch(from), cancellation).ConfigureAwait(false))
        {
            var info = model["info"]!.AsObject();
            var id = (string)info["model_id"]!;
            if (Tag(info, SourceTags.LoggedModel) is { } origin && await target.FindAsync($"logged-models/{origin}", cancellation).ConfigureAwait(false) is not null)
                _models[id] = origin;
            else if (known.TryGetValue(id, out var copy) && (copy.IsReady || (string?)info["status"] != Ready))
                _models[id] = copy.Id;
            else
                await CopyLoggedModelAsync(model, id, to, copy.Id, cancellation).ConfigureAwait(false);
        }
    }

    /// <param name="begun">The copy that was broken off; null for none.</param>
    private async Task CopyLoggedModelAsync(JsonObject model, string id, string experiment, string? begun, CancellationToken cancellation)
    {
        var info = model["info"]!.AsObject();
        var run = (string?)info["source_run_id"] is { } maker && _runs.TryGetValue(maker, out var mapped) ? mapped : null;
        var tags = Pairs(info["tags"]).Where(tag => !IsOurs(tag.Key) && tag.Key != VersionsTag).Append((SourceTags.LoggedModel, id));
        var copy = begun is not null
            ? (await target.GetAsync($"logged-models/{begun}", cancellation).ConfigureAwait(false))["model"]!
            : await CreateLoggedModelAsync(experiment, (string)info["name"]!, (string?)info["model_type"], run, model["data"]?["params"], List(tags), cancellation).ConfigureAwait(false);
        var to = _models[id] = (string)copy["info"]!["model_id"]!;
        foreach (var metric in model["data"]?["metrics"]?.AsArray() ?? [])
        {
            if (!_runs.TryGetValue((string)metric!["run_id"]!, out var measured))
                continue;
            var point = metric.DeepClone().AsObject();
            (point["run_id"], point["model_id"]) = (measured, to);
            await target.PostAsync("runs/log-metric", point, cancellation).ConfigureAwait(false);
        }
        await CopyFilesAsync((string)info["artifact_uri"]!, (string)copy["info"]!["artifact_uri"]!, $"logged model {id}", cancellation).ConfigureAwait(false);
        await SetStatusAsync(to, (string)info["status"]!, cancellation).ConfigureAwait(false);
        _report.LoggedModels++;
    }

    private async Task<JsonNode> CreateLoggedModelAsync(string experiment, string name, string? type, string? run, JsonNode? parameters, JsonArray tags, CancellationToken cancellation)
    {
        var body = new JsonObject { ["experiment_id"] = experiment, ["name"] = name, ["model_type"] = type, ["params"] = parameters?.DeepClone(), ["tags"] = tags };
        if (run is not null)
            body["source_run_id"] = run;
        return (await target.PostAsync("logged-models", body, cancellation, isSafe: false).ConfigureAwait(false))["model"]!;
    }

    private async Task SetStatusAsync(string model, string status, CancellationToken cancellation) =>
        await target.SendAsync(HttpMethod.Patch, $"logged-models/{model}", new JsonObject { ["model_id"] = model, ["status"] = status }, isSafe: true, cancellation).ConfigureAwait(false);

    private async Task CopyRegisteredModelsAsync(CancellationToken cancellation)
    {
        var list = source.ListByQueryAsync("registered-models/search", "registered_models", [("max_results", Number(PageSize)), ("order_by", "name ASC")], cancellation);
        await foreach (var model in list.ConfigureAwait(false))
        {
            var name = (string)model["name"]!;
            await EnsureModelAsync(model, name, cancellation).ConfigureAwait(false);
            var (before, unchanged) = (_report.Versions, _report.VersionsUnchanged);
            var numbers = await CopyVersionsAsync(name, cancellation).ConfigureAwait(false);
            foreach (var alias in model["aliases"]?.AsArray() ?? [])
            {
                if (numbers.TryGetValue((string)alias!["version"]!, out var number))
                    await target.PostAsync("registered-models/alias", new JsonObject { ["name"] = name, ["alias"] = (string)alias["alias"]!, ["version"] = number }, cancellation).ConfigureAwait(false);
                else
                    _report.LeftOut.Add($"alias {name}@{(string)alias["alias"]!}: its version was not copied");
            }
            _report.RegisteredModels++;
            progress?.Invoke($"{name}: {_report.Versions - before} versions copied, {_report.VersionsUnchanged - unchanged} as before");
        }
    }

    private async Task EnsureModelAsync(JsonObject model, string name, CancellationToken cancellation)
    {
        var description = (string?)model["description"] ?? "";
        var known = (await target.FindAsync("registered-models/get", cancellation, ("name", name)).ConfigureAwait(false))?["registered_model"];
        if (known is null)
        {
            await target.PostAsync("registered-models/create", new JsonObject { ["name"] = name, ["description"] = description, ["tags"] = model["tags"]?.DeepClone() }, cancellation, isSafe: false).ConfigureAwait(false);
            return;
        }
        if (description.Length > 0 && (string?)known["description"] != description)
            await target.SendAsync(HttpMethod.Patch, "registered-models/update", new JsonObject { ["name"] = name, ["description"] = description }, isSafe: true, cancellation).ConfigureAwait(false);
        foreach (var (key, value) in Pairs(model["tags"]))
            await target.PostAsync("registered-models/set-tag", new JsonObject { ["name"] = name, ["key"] = key, ["value"] = value }, cancellation).ConfigureAwait(false);
    }

    /// <returns>Number at the source → number at the target.</returns>
    private async Task<Dictionary<string, string>> CopyVersionsAsync(string name, CancellationToken cancellation)
    {
        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        var made = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var version in target.ListByQueryAsync("model-versions/search", "model_versions", VersionSearch(name), cancellation).ConfigureAwait(false))
        {
            made.Add(Identity(version));
            if (Tag(version, SourceTags.Version) is { } origin)
                known[origin] = (string)version["version"]!;
        }
        var numbers = new Dictionary<string, string>(StringComparer.Ordinal);
        await foreach (var version in source.ListByQueryAsync("model-versions/search", "model_versions", VersionSearch(name), cancellation).ConfigureAwait(false))
        {
            var (number, identity) = ((string)version["version"]!, Identity(version));
            if (Tag(version, SourceTags.Version) is { } origin && made.Contains(origin))
            {
                numbers[number] = origin.Split(' ')[0];
                _report.VersionsUnchanged++;
            }
            else if (known.TryGetValue(identity, out var copy))
            {
                numbers[number] = copy;
                _report.VersionsUnchanged++;
                await SetStageAsync(name, copy, version, cancellation).ConfigureAwait(false);
            }
            else if (await CopyVersionAsync(name, version, identity, cancellation).ConfigureAwait(false) is { } to)
            {
                numbers[number] = to;
                _report.Versions++;
                await SetStageAsync(name, to, version, cancellation).ConfigureAwait(false);
            }
        }
        return numbers;
    }

    /// <returns>Its number; null if it was left out.</returns>
    private async Task<string?> CopyVersionAsync(string name, JsonObject version, string identity, CancellationToken cancellation)
    {
        if (await AddressAsync(name, version, cancellation).ConfigureAwait(false) is not { } address)
            return null;
        var tags = Pairs(version["tags"]).Where(tag => !IsOurs(tag.Key)).Append((SourceTags.Version, identity));
        var body = new JsonObject
        {
            ["name"] = name, ["source"] = address, ["description"] = (string?)version["description"], ["run_link"] = (string?)version["run_link"], ["tags"] = List(tags),
        };
        if (address.StartsWith(ModelScheme, StringComparison.Ordinal))
            body["model_id"] = address[ModelScheme.Length..];
        if ((string?)version["run_id"] is { } run && _runs.TryGetValue(run, out var mapped))
            body["run_id"] = mapped;
        return (string)(await target.PostAsync("model-versions/create", body, cancellation, isSafe: false).ConfigureAwait(false))["model_version"]!["version"]!;
    }

    private async Task SetStageAsync(string name, string number, JsonObject version, CancellationToken cancellation)
    {
        if ((string?)version["current_stage"] is { } stage and not "None")
            await target.PostAsync("model-versions/transition-stage", new JsonObject { ["name"] = name, ["version"] = number, ["stage"] = stage, ["archive_existing_versions"] = false }, cancellation).ConfigureAwait(false);
    }

    /// <summary>A number alone may be that of another model's version, or of one that was there before.</summary>
    private static string Identity(JsonObject version) => $"{(string)version["version"]!} {(long)version["creation_timestamp"]!}";

    private static (string, string)[] VersionSearch(string name) =>
        [("filter", $"name = '{name.Replace("'", "''", StringComparison.Ordinal)}'"), ("max_results", Number(PageSize)), ("order_by", "version_number ASC")];

    private static JsonObject LoggedModelSearch(string experiment) => new() { ["experiment_ids"] = new JsonArray(experiment), ["max_results"] = LoggedModelPage };

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
