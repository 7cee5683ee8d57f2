using System.Text.Json;
using Plumbline.Bundles.Mlflow;
using Plumbline.Server.Problems;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;
using Plumbline.Tracking;

namespace Plumbline.Server.Mlflow;

/// <summary>Where artifacts are: their addresses for clients, and the folders behind them.</summary>
internal sealed class MlflowArtifacts(Home home, SharedArtifacts shared, TrackingStore tracking, LoggedModelStore models, MlflowModelStore bundles)
{
    private const string Scheme = "mlflow-artifacts:/";
    private const string Leaf = "artifacts";
    private const string Models = "models";
    private const string Bundles = "bundles";

    public static string LocationOf(Experiment experiment) => experiment.ArtifactLocation ?? Scheme + MlflowJson.Id(experiment.Id);

    public static string UriOf(Run run) => IsHere(run) ? $"{Scheme}{MlflowJson.Id(run.ExperimentId)}/{run.Id}/{Leaf}" : run.ArtifactUri;

    public static string UriOf(LoggedModel model) => $"{model.ArtifactLocation ?? Scheme + MlflowJson.Id(model.ExperimentId)}/{Models}/{model.Id}/{Leaf}";

    /// <exception cref="MetadataException">Invalid: they are elsewhere.</exception>
    public IArtifactFolder FolderOf(Run run) => IsHere(run) ? FolderOf(ArtifactKind.Runs, home.Runs, run.Id) : throw Elsewhere(run.ArtifactUri);

    /// <exception cref="MetadataException">Invalid: they are elsewhere.</exception>
    public IArtifactFolder FolderOf(LoggedModel model) =>
        model.ArtifactLocation is null ? FolderOf(ArtifactKind.LoggedModels, home.LoggedModels, model.Id) : throw Elsewhere(UriOf(model));

    /// <summary>The folder and the path in it that an address without its scheme stands for.</summary>
    /// <exception cref="MetadataException">Invalid: no such shape, or refused; NotFound: no such run, model or bundle.</exception>
    public async Task<(IArtifactFolder Folder, string[] Path)> FindAsync(string path, CancellationToken cancellation, bool toChange = false)
    {
        var parts = ArtifactPath.Split(path);
        if (parts is [Bundles, var digest, Leaf, .. var inBundle])
        {
            return !toChange
                ? (new ArtifactFolder(await bundles.PrepareAsync(digest, cancellation)), inBundle)
                : throw new MetadataException(MetadataError.Invalid, "A bundle never changes; log another model.");
        }
        if (parts is [var ofModel, Models, var modelId, Leaf, .. var inModel])
        {
            var model = await models.GetAsync(modelId, cancellation);
            return MlflowJson.Id(model.ExperimentId) == ofModel ? (FolderOf(model), inModel) : throw Missing(path);
        }
        if (parts is [var ofRun, var runId, Leaf, .. var inRun])
        {
            var run = await tracking.GetRunAsync(runId, cancellation);
            return MlflowJson.Id(run.ExperimentId) == ofRun ? (FolderOf(run), inRun) : throw Missing(path);
        }
        throw new MetadataException(
            MetadataError.Invalid,
            $"The artifact path '{Problem.Shorten(path)}' is not <experiment>/<run>/artifacts/…, <experiment>/models/<model>/artifacts/… or bundles/<digest>/artifacts/….");
    }

    /// <summary>The answer that lists a folder, each file by its path from the root.</summary>
    public static async Task<WriteMembers> ListAsync(IArtifactFolder folder, string root, string path, CancellationToken cancellation)
    {
        var parts = ArtifactPath.Split(path);
        var entries = await folder.ListAsync(parts, cancellation);
        return json =>
        {
            json.WriteString("root_uri", root);
            Write(json, entries, entry => string.Join('/', [.. parts, entry.Name]));
        };
    }

    public static void Write(Utf8JsonWriter json, IReadOnlyList<ArtifactEntry> entries, Func<ArtifactEntry, string> path) =>
        MlflowJson.WriteList(json, "files", entries, (writer, entry) =>
        {
            writer.WriteString("path", path(entry));
            writer.WriteBoolean("is_dir", entry.Size is null);
            if (entry.Size is { } size)
                writer.WriteNumber("file_size", size);
        });

    private IArtifactFolder FolderOf(ArtifactKind kind, string parent, string id) =>
        shared.IsShared ? new StoredArtifacts(shared, new ArtifactTree(kind, id)) : new ArtifactFolder(Path.Combine(parent, id));

    private static bool IsHere(Run run) => run.ArtifactUri == $"runs/{run.Id}";

    private static MetadataException Elsewhere(string address) =>
        new(MetadataError.Invalid, $"These artifacts are at {Problem.Shorten(address)}, not here; ask for them there.");

    private static MetadataException Missing(string path) => new(MetadataError.NotFound, $"There is nothing at '{Problem.Shorten(path)}'.");
}
