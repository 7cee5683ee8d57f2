using Plumbline.Bundles;
using Plumbline.Bundles.Mlflow;
using Plumbline.Inference.Batch;
using Plumbline.Registry;
using Plumbline.Storage;
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

    /// <summary>What a user means who wants answers: a file of a graph of ONNX, a model version, or a bundle as <see cref="BundleLocator.FindAsync"/> finds it.</summary>
    /// <inheritdoc cref="LocateAsync(Workspace, ModelVersion, CancellationToken)" path="/exception"/>
    public static async Task<LocatedBundle> FindAsync(Home home, string name, TimeProvider time, CancellationToken cancellation)
    {
        if (File.Exists(name))
            return new LocatedBundle(Path.GetFullPath(name), null);
        if (Directory.Exists(name) || !BundleLocator.IsReference(name))
            return await BundleLocator.FindAsync(home, name, time);
        await using var workspace = Workspace.OpenExisting(home, time);
        return await LocateAsync(workspace, workspace.Registry.Resolve(name), cancellation);
    }

    /// <summary>Where what answers a batch job is: a bundle, which its digest names, or the graph of its version.</summary>
    /// <inheritdoc cref="LocateAsync(Workspace, ModelVersion, CancellationToken)" path="/exception"/>
    public static async Task<string> LocateAsync(Home home, BatchJobDefinition job, TimeProvider time, CancellationToken cancellation)
    {
        if (BundleLocator.IsReference(job.Version))
        {
            await using var workspace = Workspace.OpenExisting(home, time);
            try
            {
                if (await workspace.Registry.ResolveAsync(job.Version, cancellation) is { BundleDigest: null } version)
                    return (await LocateAsync(workspace, version, cancellation)).Directory;
            }
            catch (MetadataException exception) when (exception.Error == MetadataError.NotFound)
            {
                // A bundle outlives the version that it was.
            }
        }
        return (await BundleLocator.FindAsync(home, job.Bundle, time)).Directory;
    }

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
