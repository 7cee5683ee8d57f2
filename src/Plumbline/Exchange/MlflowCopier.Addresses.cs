using System.Text.Json.Nodes;

namespace Plumbline.Exchange;

public sealed partial class MlflowCopier
{
    private const string RunScheme = "runs:/";
    private const string BundlePrefix = "mlflow-artifacts:/bundles/";
    private const string DefaultExperiment = "0";

    /// <summary>Where the model of a version is at the target.</summary>
    /// <returns>Null if it was left out, which the report says.</returns>
    private async Task<string?> AddressAsync(string name, JsonObject version, CancellationToken cancellation)
    {
        var address = (string)version["source"]!;
        var what = $"version {name}/{(string)version["version"]!}";
        if (address.StartsWith(BundlePrefix, StringComparison.Ordinal))
            return await CopyBundleAsync(name, version, address, what, cancellation).ConfigureAwait(false);
        var logged = address.StartsWith(ModelScheme + "m-", StringComparison.Ordinal) ? address[ModelScheme.Length..]
            : MlflowEndpoint.IsHere(address) && address.Split('/') is [_, _, "models", var id, "artifacts", ..] ? id
            : null;
        if (logged is not null)
            return _models.TryGetValue(logged, out var model) ? ModelScheme + model : LeaveOut(what, $"its logged model {logged} was not copied");
        if (RunPath(address) is not { } path)
            return MlflowEndpoint.IsHere(address) ? LeaveOut(what, $"{address} is of no run or logged model") : address;
        var run = path.Split('/')[0];
        return _runs.TryGetValue(run, out var mapped) ? RunScheme + mapped + path[run.Length..] : LeaveOut(what, $"its run {run} was not copied");
    }

    /// <summary>A run and a path in it: of <c>runs:/RUN/path</c>, or of <c>mlflow-artifacts:/EXPERIMENT/RUN/artifacts/path</c>.</summary>
    private static string? RunPath(string address)
    {
        if (address.StartsWith(RunScheme, StringComparison.Ordinal))
            return address[RunScheme.Length..];
        return MlflowEndpoint.IsHere(address) && address.Split('/') is [_, _, var run, "artifacts", .. var path] ? string.Join('/', [run, .. path]) : null;
    }

    /// <summary>A bundle becomes a logged model with the files that MLflow's clients read.</summary>
    private async Task<string?> CopyBundleAsync(string name, JsonObject version, string address, string what, CancellationToken cancellation)
    {
        var digest = address[BundlePrefix.Length..].Split('/')[0];
        try
        {
            await source.ListFilesAsync(address, cancellation).ConfigureAwait(false);
        }
        catch (ExchangeException exception)
        {
            return LeaveOut(what, exception.Message);
        }
        var run = (string?)version["run_id"] is { } maker && _runs.TryGetValue(maker, out var mapped) ? mapped : null;
        var experiment = run is null ? DefaultExperiment
            : (string)(await target.GetAsync("runs/get", cancellation, ("run_id", run)).ConfigureAwait(false))["run"]!["info"]!["experiment_id"]!;
        var model = await FindBundleAsync(experiment, digest, cancellation).ConfigureAwait(false)
            ?? await CreateLoggedModelAsync(experiment, LoggedName(name), null, run, null, List([(SourceTags.Bundle, digest)]), cancellation).ConfigureAwait(false);
        var id = (string)model["info"]!["model_id"]!;
        if ((string?)model["info"]!["status"] != Ready)
        {
            await CopyFilesAsync(address, (string)model["info"]!["artifact_uri"]!, what, cancellation).ConfigureAwait(false);
            await SetStatusAsync(id, Ready, cancellation).ConfigureAwait(false);
            _report.LoggedModels++;
        }
        return ModelScheme + id;
    }

    /// <summary>The logged model that a bundle became before.</summary>
    private async Task<JsonNode?> FindBundleAsync(string experiment, string digest, CancellationToken cancellation)
    {
        var search = LoggedModelSearch(experiment);
        search["filter"] = $"tags.`{SourceTags.Bundle}` = '{digest}'";
        await foreach (var model in target.ListAsync("logged-models/search", "models", search, cancellation).ConfigureAwait(false))
            return model;
        return null;
    }

    /// <summary>Without what names of logged models may not hold.</summary>
    private static string LoggedName(string name) => string.Concat(name.Select(c => c is '.' or '%' or '"' or '\'' ? '_' : c));

    private string? LeaveOut(string what, string why)
    {
        _report.LeftOut.Add($"{what}: {why}");
        return null;
    }
}
