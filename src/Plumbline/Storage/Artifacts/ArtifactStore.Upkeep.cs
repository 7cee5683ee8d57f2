using System.Globalization;
using System.Runtime.CompilerServices;

namespace Plumbline.Storage.Artifacts;

public sealed partial class ArtifactStore
{
    private static readonly TimeSpan YoungestCollected = TimeSpan.FromHours(24);

    /// <summary>
    /// Removes content that nothing names and that nobody wrote within a day, and uploads that nobody wrote to within a day. Others may use the store meanwhile.
    /// </summary>
    /// <exception cref="MetadataException">Damaged: a tree or a reference cannot be read, so nothing is removed.</exception>
    public async Task<CollectedArtifacts> CollectAsync(bool dryRun, CancellationToken cancellation = default)
    {
        var before = _time.GetUtcNow() - YoungestCollected;
        // First what is old, then what is named: what is named later was written anew if it was old.
        var old = new List<Blob>();
        await foreach (var blob in BlobsAsync(before, cancellation).ConfigureAwait(false))
            old.Add(blob);
        var named = new HashSet<UInt128>();
        await foreach (var (blob, _) in NamedAsync(cancellation).ConfigureAwait(false))
            named.Add(PrefixOf(blob));
        var (blobs, bytes) = (0, 0L);
        foreach (var blob in old.Where(blob => !named.Contains(PrefixOf(blob))))
        {
            if (await _objects.FindAsync(blob.Key, cancellation).ConfigureAwait(false) is not { } found || found.Written >= before)
                continue;
            (blobs, bytes) = (blobs + 1, bytes + found.Size);
            if (!dryRun)
                await _objects.DeleteAsync(blob.Key, cancellation).ConfigureAwait(false);
        }
        return new CollectedArtifacts(blobs, bytes, await _objects.SweepAsync(before, dryRun, cancellation).ConfigureAwait(false));
    }

    /// <summary>Reads every blob that something names, and tells which are missing or damaged.</summary>
    /// <param name="remove">Removes the damaged ones, so that they can be put again.</param>
    /// <returns>How many blobs are named, their bytes, and what is wrong.</returns>
    public async Task<(int Blobs, long Bytes, IReadOnlyList<ArtifactFault> Faults)> CheckAsync(bool remove, CancellationToken cancellation = default)
    {
        var named = new Dictionary<Blob, List<string>>();
        await foreach (var (blob, name) in NamedAsync(cancellation).ConfigureAwait(false))
        {
            if (!named.TryGetValue(blob, out var names))
                named.Add(blob, names = []);
            names.Add(name);
        }
        var faults = new List<ArtifactFault>();
        foreach (var (blob, names) in named.OrderBy(pair => pair.Key.Sha256, StringComparer.Ordinal))
        {
            if (await FindFaultAsync(blob, cancellation).ConfigureAwait(false) is var (problem, isDamaged) && problem is not null)
                faults.Add(new ArtifactFault(blob, problem, isDamaged, names));
        }
        foreach (var fault in remove ? faults.Where(fault => fault.IsDamaged) : [])
            await _objects.DeleteAsync(fault.Blob.Key, cancellation).ConfigureAwait(false);
        return (named.Count, named.Keys.Sum(blob => blob.Size), faults);
    }

    /// <summary>How many files a tree has, and their bytes.</summary>
    public async Task<(int Files, long Bytes)> MeasureAsync(ArtifactTree tree, CancellationToken cancellation = default)
    {
        var (files, bytes) = (0, 0L);
        await foreach (var (blob, _) in NamedAsync(tree, cancellation).ConfigureAwait(false))
            (files, bytes) = (files + 1, bytes + blob.Size);
        return (files, bytes);
    }

    private async Task<(string? Problem, bool IsDamaged)> FindFaultAsync(Blob blob, CancellationToken cancellation)
    {
        if (await _objects.FindAsync(blob.Key, cancellation).ConfigureAwait(false) is not { } found)
            return ("it is missing", false);
        if (found.Size != blob.Size)
            return (FormattableString.Invariant($"it has {found.Size} bytes"), true);
        try
        {
            var content = await OpenReadAsync(blob, cancellation).ConfigureAwait(false);
            await using (content.ConfigureAwait(false))
                await new BlockCopy(static _ => ValueTask.CompletedTask).RunAsync(content, null, cancellation).ConfigureAwait(false);
            return (null, false);
        }
        catch (MetadataException exception) when (exception.Error == MetadataError.Damaged)
        {
            return ("its SHA-256 is another", true);
        }
    }

    /// <summary>Blobs that were last written before a time; the sizes are those that they have.</summary>
    private async IAsyncEnumerable<Blob> BlobsAsync(DateTimeOffset before, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var folder in EntriesAsync("blobs", cancellation).ConfigureAwait(false))
        {
            await foreach (var entry in EntriesAsync($"blobs/{folder.Name}", cancellation).ConfigureAwait(false))
            {
                if (entry.Object is { } found && found.Written < before && MetadataText.IsHex(entry.Name, 64))
                    yield return new Blob(entry.Name, found.Size);
            }
        }
    }

    /// <summary>Every blob that a tree or a reference names, with who does.</summary>
    private async IAsyncEnumerable<(Blob Blob, string Name)> NamedAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var kind in Enum.GetValues<ArtifactKind>())
        {
            await foreach (var id in ListAsync(kind, cancellation).ConfigureAwait(false))
            {
                await foreach (var named in NamedAsync(new ArtifactTree(kind, id), cancellation).ConfigureAwait(false))
                    yield return named;
            }
        }
    }

    private async IAsyncEnumerable<(Blob Blob, string Name)> NamedAsync(ArtifactTree tree, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (!tree.IsSealed)
        {
            await foreach (var file in WalkAsync(tree, cancellation).ConfigureAwait(false))
                yield return (file.Blob!, $"{tree}/{file.Name}");
        }
        else if (await ReadTreeAsync(tree, cancellation).ConfigureAwait(false) is { } content)
        {
            foreach (var file in content.Files)
                yield return (file.Blob, $"{tree}/{file.Path}");
        }
    }

    /// <summary>Half of the digest: who are taken for one only stay longer.</summary>
    private static UInt128 PrefixOf(Blob blob) => UInt128.Parse(blob.Sha256.AsSpan(0, 32), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
