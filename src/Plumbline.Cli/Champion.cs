using Plumbline.Datasets;
using Plumbline.Pipelines;
using Plumbline.Registry;

namespace Plumbline.Cli;

/// <summary>The alias that says which version is deployed.</summary>
internal static class Champion
{
    public const string Alias = "champion";

    public const string Actor = "cli";

    /// <summary>Who decides, for the audit trail: the user of this machine.</summary>
    public static string Decider => Environment.UserName;

    public static Task<ModelVersion> RegisterAsync(Workspace workspace, string model, TrainingResult result, Snapshot snapshot, CancellationToken cancellation) =>
        workspace.Registry.RegisterAsync(
            model, new NewModelVersion { BundleDigest = result.BundleDigest, RunId = result.RunId, SnapshotDigest = snapshot.Digest }, Actor, cancellation);
}
