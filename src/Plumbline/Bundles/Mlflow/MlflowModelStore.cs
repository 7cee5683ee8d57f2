using Plumbline.Bundles.Onnx;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;

namespace Plumbline.Bundles.Mlflow;

/// <summary>
/// Bundles as models of MLflow with the flavour <c>onnx</c>: a folder each in <see cref="Home.MlflowModels"/>, made when it is first asked for. Thread-safe.
/// </summary>
/// <param name="shared">Where bundles are fetched from that are not in the state folder.</param>
public sealed class MlflowModelStore(Home home, SharedArtifacts shared)
{
    // A check takes a core for seconds; who asks for the same bundle meanwhile waits for it.
    private readonly Lock _one = new();

    /// <summary>The folder of a bundle, made if absent, once ONNX Runtime has answered as the bundle does.</summary>
    /// <param name="digest">64 lower-case hex digits.</param>
    /// <exception cref="MetadataException">NotFound: there is no such bundle; Invalid: it cannot be a graph that answers alike, says why.</exception>
    public async Task<string> PrepareAsync(string digest, CancellationToken cancellation = default)
    {
        MetadataText.CheckDigest("bundle digest", digest);
        var folder = Path.Combine(home.MlflowModels, digest);
        if (Directory.Exists(folder))
            return folder;
        var bundle = Path.Combine(home.Bundles, digest);
        if (!await shared.FetchAsync(new ArtifactTree(ArtifactKind.Bundles, digest), cancellation).ConfigureAwait(false))
            throw new MetadataException(MetadataError.NotFound, $"There is no bundle {digest}.");
        try
        {
            await Task.Run(() => MakeOnce(bundle, folder, cancellation), cancellation).ConfigureAwait(false);
            return folder;
        }
        catch (BundleException exception)
        {
            throw new MetadataException(MetadataError.Invalid, exception.Message, exception);
        }
    }

    private void MakeOnce(string bundle, string folder, CancellationToken cancellation)
    {
        lock (_one)
        {
            if (!Directory.Exists(folder))
                Make(bundle, Path.GetFileName(folder), cancellation);
        }
    }

    private void Make(string directory, string digest, CancellationToken cancellation)
    {
        using var bundle = Bundle.Open(directory);
        var graph = OnnxExporter.Export(bundle);
        if (!OnnxCheck.Run(bundle, graph, null, cancellation).IsSame)
            throw new BundleException($"The graph of {directory} does not answer as the bundle does. Keep serving the bundle itself, and report this.");
        using var folder = AtomicDirectory.Create(home.MlflowModels);
        MlflowModel.Write(bundle, graph, folder.Path);
        folder.Publish(digest);
    }
}
