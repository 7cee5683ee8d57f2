using Plumbline.Storage;
using Plumbline.Storage.Artifacts;

namespace Plumbline.Tracking;

/// <summary>The artifacts of one run or logged model in an artifact store.</summary>
/// <param name="shared">With a store.</param>
public sealed class StoredArtifacts(SharedArtifacts shared, ArtifactTree tree) : IArtifactFolder
{
    public async Task<IReadOnlyList<ArtifactEntry>> ListAsync(IReadOnlyList<string> path, CancellationToken cancellation = default)
    {
        var store = await shared.OpenAsync(cancellation).ConfigureAwait(false);
        return [.. (await store.ListAsync(tree, path, cancellation).ConfigureAwait(false)).Select(file => new ArtifactEntry(file.Name, file.Blob?.Size))];
    }

    public async Task<Stream> OpenReadAsync(IReadOnlyList<string> path, CancellationToken cancellation = default)
    {
        var store = await shared.OpenAsync(cancellation).ConfigureAwait(false);
        return path.Count > 0 && await store.FindAsync(tree, path, cancellation).ConfigureAwait(false) is { } blob
            ? await store.OpenReadAsync(blob, cancellation).ConfigureAwait(false)
            : throw new MetadataException(MetadataError.NotFound, $"There is no artifact file '{MetadataText.Quote(string.Join('/', path))}'.");
    }

    public async Task WriteAsync(IReadOnlyList<string> path, Stream content, CancellationToken cancellation = default)
    {
        var store = await shared.OpenAsync(cancellation).ConfigureAwait(false);
        await store.PutAsync(tree, path, content, cancellation).ConfigureAwait(false);
    }

    public async Task DeleteAsync(IReadOnlyList<string> path, CancellationToken cancellation = default)
    {
        var store = await shared.OpenAsync(cancellation).ConfigureAwait(false);
        await store.DeleteAsync(tree, path, cancellation).ConfigureAwait(false);
    }
}
