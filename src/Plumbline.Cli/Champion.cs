using Plumbline.Datasets;
using Plumbline.Pipelines;
using Plumbline.Registry;

namespace Plumbline.Cli;

/// <summary>The alias that says which version is deployed.</summary>
internal static class Champion
{
    public const string Alias = "champion";

    /// <summary>Who changes the registry by commands.</summary>
    public static string Actor => Environment.UserName;

    public static Task<ModelVersion> RegisterAsync(Workspace workspace, string model, TrainingResult result, Snapshot snapshot, CancellationToken cancellation) =>
        workspace.Registry.RegisterAsync(
            model, new NewModelVersion { BundleDigest = result.BundleDigest, RunId = result.RunId, SnapshotDigest = snapshot.Digest }, Actor, cancellation);
}
