using Plumbline.Bundles;
using Plumbline.Bundles.Mlflow;
using Plumbline.Registry;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;
using Plumbline.Tracking;

namespace Plumbline.Cli;

/// <summary>Where the model of a version is that is to be served: its bundle, or the graph of ONNX that a client of MLflow logged.</summary>
internal static class ServableModel
{
    private const string Runs = "runs:/";
    private const int RunDigits = 32;

    /// <exception cref="BundleException">It is not here, or no graph of ONNX.</exception>
    public static LocatedBundle Locate(Home home, ModelVersion version) => version.BundleDigest is not null
        ? BundleLocator.OfVersion(home, version)
        : new LocatedBundle(MlflowModelFolder.FindGraph(FolderOf(home, version)), version);

    private static string FolderOf(Home home, ModelVersion version)
    {
        if (version.LoggedModelId is { } model)
            return Path.Combine([home.LoggedModels, .. ArtifactPath.Split(model)]);
        if (version.Source!.StartsWith(Runs, StringComparison.Ordinal) && ArtifactPath.Split(version.Source[Runs.Length..]) is [var run, .. var path]
            && run.Length == RunDigits && run.All(char.IsAsciiHexDigitLower))
            return Path.Combine([home.Runs, run, .. path]);
        throw new BundleException($"{version.Name}/{version.Version} is at {version.Source}, not in {home.Root}. Log it to plumbline server, or copy it with plumbline mlflow import.");
    }
}
