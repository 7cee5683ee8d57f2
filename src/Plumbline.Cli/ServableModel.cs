using Plumbline.Bundles;
using Plumbline.Bundles.Mlflow;
using Plumbline.Registry;
using Plumbline.Storage.Artifacts;

namespace Plumbline.Cli;

/// <summary>Where the model of a version is that is to be served: its bundle, or the graph of ONNX that a client of MLflow logged.</summary>
internal static class ServableModel
{
    private const string Runs = "runs:/";
    private const int RunDigits = 32;

    /// <exception cref="BundleException">It is not here, or no graph of ONNX.</exception>
    public static async Task<LocatedBundle> LocateAsync(Workspace workspace, ModelVersion version, CancellationToken cancellation) => version.BundleDigest is not null
        ? await BundleLocator.OfVersionAsync(workspace, version)
        : new LocatedBundle(MlflowModelFolder.FindGraph(await FetchAsync(workspace, version, cancellation)), version);

    /// <returns>The folder of the model, as the artifact store has it if there is one.</returns>
    private static async Task<string> FetchAsync(Workspace workspace, ModelVersion version, CancellationToken cancellation)
    {
        var home = workspace.Home;
        if (version.LoggedModelId is { } model)
        {
            await workspace.Artifacts.FetchAsync(new ArtifactTree(ArtifactKind.LoggedModels, model), cancellation);
            return Path.Combine(home.LoggedModels, model);
        }
        if (version.Source!.StartsWith(Runs, StringComparison.Ordinal) && ArtifactPath.Split(version.Source[Runs.Length..]) is [var run, .. var path]
            && run.Length == RunDigits && run.All(char.IsAsciiHexDigitLower))
        {
            await workspace.Artifacts.FetchAsync(new ArtifactTree(ArtifactKind.Runs, run), cancellation);
            return Path.Combine([home.Runs, run, .. path]);
        }
        throw new BundleException($"{version.Name}/{version.Version} is at {version.Source}, not in {home.Root}. Log it to plumbline server, or copy it with plumbline mlflow import.");
    }
}
