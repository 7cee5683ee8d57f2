using Plumbline.Inference;
using Plumbline.Projects;
using Plumbline.Server;
using Plumbline.Storage;

namespace Plumbline.Cli;

/// <summary>Batch jobs in a state folder's store.</summary>
internal static class BatchJobs
{
    private const string S3 = "s3://";

    /// <param name="project">Whose folder paths are relative to.</param>
    public static BatchJobOptions Options(Home home, ServerSettings settings, Project? project, TimeProvider time)
    {
        var source = project?.Data?.Source;
        var folder = project is null ? Environment.CurrentDirectory : Path.GetDirectoryName(project.File)!;
        var options = new BatchJobOptions
        {
            Open = () => Workspace.OpenStore(home, time),
            Home = home,
            Resolve = async (reference, cancellation) =>
            {
                await using var workspace = Workspace.OpenExisting(home, time);
                var version = workspace.Registry.Resolve(reference);
                return ($"{version.Name}/{version.Version}", version.BundleDigest ?? OnnxPredictor.DigestOf((await ServableModel.LocateAsync(workspace, version, cancellation)).Directory));
            },
            Locate = (job, cancellation) => ServableModel.LocateAsync(home, job, time, cancellation),
        };
        return options with
        {
            Paths = [.. settings.BatchPaths.Select(path => path.StartsWith(S3, StringComparison.OrdinalIgnoreCase) ? path : Path.GetFullPath(Path.Combine(folder, path)))],
            Workers = settings.BatchWorkers ?? options.Workers,
            S3 = source?.S3 ?? options.S3,
            Retry = source?.Retry ?? options.Retry,
            Usual = source,
        };
    }
}
