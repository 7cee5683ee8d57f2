namespace Plumbline.Storage.Artifacts;

/// <summary>
/// What a state folder shares with others through an artifact store. Without one, everything is in the state folder alone, and nothing here does anything.
/// The store is connected to when it is first needed. Thread-safe.
/// </summary>
public sealed class SharedArtifacts(Home home, TimeProvider time) : IDisposable
{
    // In a change of the metadata store others wait meanwhile.
    private static readonly TimeSpan ShortPatience = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _opening = new(1);
    private ArtifactStore? _store;

    public Home Home => home;

    public bool IsShared => home.Artifacts is not null;

    /// <summary>The store, connected to.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public async Task<ArtifactStore> OpenAsync(CancellationToken cancellation = default)
    {
        var options = home.Artifacts ?? throw new InvalidOperationException("There is no artifact store.");
        await _opening.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return _store ??= await ArtifactStore.OpenAsync(options, home.Temporary, time, cancellation).ConfigureAwait(false);
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <summary>Puts a tree of the state folder into the store. A sealed one that is there whole stays as it is.</summary>
    /// <param name="replace">Whether files that an open tree has otherwise are replaced, too.</param>
    public async Task PublishAsync(ArtifactTree tree, bool replace = true, CancellationToken cancellation = default)
    {
        if (!IsShared)
            return;
        var store = await OpenAsync(cancellation).ConfigureAwait(false);
        if (tree.IsSealed)
            await store.SealAsync(tree, FolderOf(tree), cancellation).ConfigureAwait(false);
        else
            await store.PutAllAsync(tree, FolderOf(tree), replace, cancellation).ConfigureAwait(false);
    }

    /// <summary>The trees of a kind in the state folder; of predictions none, whose log puts them into the store itself.</summary>
    public IEnumerable<ArtifactTree> Local(ArtifactKind kind)
    {
        if (kind == ArtifactKind.Predictions)
            return [];
        var parent = ParentOf(kind);
        var names = Directory.Exists(parent) ? Directory.EnumerateDirectories(parent).Select(folder => Path.GetFileName(folder)!) : [];
        return names.Where(name => kind is ArtifactKind.Bundles or ArtifactKind.Snapshots ? MetadataText.IsHex(name, 64) : !ArtifactPath.IsTemporary(name))
            .Order(StringComparer.Ordinal).Select(name => new ArtifactTree(kind, name));
    }

    /// <summary>Where a tree is in the state folder, or would be.</summary>
    public string FolderOf(ArtifactTree tree) => Path.Combine(ParentOf(tree.Kind), tree.Id);

    /// <summary>Makes sure that a tree is in the state folder as the store has it: a sealed one is fetched if it is not there, of an open one what is missing or another.</summary>
    /// <returns>Whether it is there.</returns>
    public async Task<bool> FetchAsync(ArtifactTree tree, CancellationToken cancellation = default)
    {
        var folder = FolderOf(tree);
        if (!IsShared || (tree.IsSealed && Directory.Exists(folder)))
            return Directory.Exists(folder);
        var store = await OpenAsync(cancellation).ConfigureAwait(false);
        if (tree.IsSealed)
            return await store.FetchAsync(tree, Path.GetDirectoryName(folder)!, cancellation).ConfigureAwait(false);
        await store.FetchChangedAsync(tree, folder, cancellation).ConfigureAwait(false);
        return Directory.Exists(folder);
    }

    /// <summary>A small file of a sealed tree, without the rest of it: of the state folder, else of the store.</summary>
    /// <returns>Null where neither has it.</returns>
    /// <exception cref="IOException">It is in the state folder, but cannot be read.</exception>
    /// <exception cref="MetadataException">Unavailable: the store does not answer. NotFound or Damaged: it has lost the file.</exception>
    public async Task<byte[]?> ReadAsync(ArtifactTree tree, string path, CancellationToken cancellation = default)
    {
        var folder = FolderOf(tree);
        if (Directory.Exists(folder))
            return File.Exists(Path.Combine(folder, path)) ? await File.ReadAllBytesAsync(Path.Combine(folder, path), cancellation).ConfigureAwait(false) : null;
        return IsShared ? await (await OpenAsync(cancellation).ConfigureAwait(false)).ReadFileAsync(tree, path, cancellation).ConfigureAwait(false) : null;
    }

    /// <summary>Ids of the sealed trees of a kind in the store that begin so.</summary>
    public async Task<IReadOnlyList<string>> FindAsync(ArtifactKind kind, string prefix, CancellationToken cancellation = default)
    {
        if (!IsShared)
            return [];
        var found = new List<string>();
        await foreach (var id in (await OpenAsync(cancellation).ConfigureAwait(false)).ListAsync(kind, cancellation).ConfigureAwait(false))
        {
            if (id.StartsWith(prefix, StringComparison.Ordinal))
                found.Add(id);
        }
        return found;
    }

    /// <summary>Whether a bundle is in the state folder or in the store. Blocks, though not for long.</summary>
    /// <exception cref="MetadataException">Unavailable: it is not in the state folder, and the store does not answer.</exception>
    public bool HasBundle(string digest)
    {
        if (!IsShared || Directory.Exists(Path.Combine(home.Bundles, digest)))
            return Directory.Exists(Path.Combine(home.Bundles, digest));
        using var patience = new CancellationTokenSource(ShortPatience, time);
        try
        {
            return Task.Run(() => HasBundleAsync(digest, patience.Token)).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException exception)
        {
            throw new MetadataException(MetadataError.Unavailable, $"Whether {home.Artifacts} has the bundle {digest} cannot be said: it does not answer. Try again later.", exception);
        }
    }

    /// <summary>Removes a bundle from the store, if there is one and it has it.</summary>
    public async Task RemoveBundleAsync(string digest, CancellationToken cancellation = default)
    {
        if (IsShared)
            await (await OpenAsync(cancellation).ConfigureAwait(false)).RemoveAsync(new ArtifactTree(ArtifactKind.Bundles, digest), cancellation).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _store?.Dispose();
        _opening.Dispose();
    }

    private async Task<bool> HasBundleAsync(string digest, CancellationToken cancellation) =>
        await (await OpenAsync(cancellation).ConfigureAwait(false)).HasAsync(new ArtifactTree(ArtifactKind.Bundles, digest), cancellation).ConfigureAwait(false);

    private string ParentOf(ArtifactKind kind) => kind switch
    {
        ArtifactKind.Bundles => home.Bundles,
        ArtifactKind.Snapshots => home.Snapshots,
        ArtifactKind.Runs => home.Runs,
        ArtifactKind.Predictions => home.Predictions,
        ArtifactKind.Pipelines => home.Pipelines,
        _ => home.LoggedModels,
    };
}
