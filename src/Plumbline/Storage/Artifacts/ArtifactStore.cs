using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Plumbline.Storage.Artifacts;

/// <summary>
/// Files that more than one machine needs, in a folder or a bucket of S3 (<c>docs/specs/artifacts.md</c>): content by its SHA-256, and trees of names for it. Memory is bounded
/// whatever the size. What was acknowledged is durable; what is read is checked. Thread-safe; any number of processes may use one store at once.
/// Errors are <see cref="MetadataException"/>s.
/// </summary>
public sealed partial class ArtifactStore : IDisposable
{
    internal const string TreeSuffix = ".json";
    internal const string FormatKey = "plumbline-artifacts.json";

    private const int CurrentFormat = 1;

    /// <summary>So old may a blob be that is relied on; half of what a collection waits for.</summary>
    private static readonly TimeSpan OldestReused = TimeSpan.FromHours(12);

    private readonly IObjectStore _objects;
    private readonly TimeProvider _time;

    private ArtifactStore(IObjectStore objects, TimeProvider time) => (_objects, _time) = (objects, time);

    /// <summary>Without secrets.</summary>
    public string Address => _objects.Address;

    /// <summary>Opens a store, begun if absent.</summary>
    /// <param name="temporary">Folder for uploads to S3 that wait.</param>
    /// <exception cref="MetadataException">SchemaMismatch: it is of a newer format. Unavailable: it does not answer, or takes nothing.</exception>
    public static Task<ArtifactStore> OpenAsync(ArtifactStoreOptions options, string temporary, TimeProvider time, CancellationToken cancellation = default) =>
        OpenAsync(options.Connect(temporary), time, cancellation);

    internal static async Task<ArtifactStore> OpenAsync(IObjectStore objects, TimeProvider time, CancellationToken cancellation)
    {
        var store = new ArtifactStore(objects, time);
        try
        {
            var format = await store.ReadAsync(FormatKey, ArtifactJson.Default.StoreFormat, static _ => { }, cancellation).ConfigureAwait(false);
            if (format is null)
                await store.WriteAsync(FormatKey, new StoreFormat(CurrentFormat), ArtifactJson.Default.StoreFormat, cancellation).ConfigureAwait(false);
            else if (format.Format is not CurrentFormat and var other)
                throw new MetadataException(MetadataError.SchemaMismatch, FormattableString.Invariant($"The artifact store {store.Address} is of format {other}; this version of Plumbline reads {CurrentFormat}. Use a newer one."));
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Stores content; what is there already is not sent again, unless it has become old.</summary>
    /// <param name="content">Read to its end once; stays its owner's.</param>
    public async Task<Blob> PutAsync(Stream content, CancellationToken cancellation = default)
    {
        var upload = _objects.Begin();
        await using (upload.ConfigureAwait(false))
        {
            var blob = await BlockCopy.RunHashedAsync(content, block => upload.WriteAsync(block, cancellation), cancellation).ConfigureAwait(false);
            if (!await IsYoungAsync(blob, cancellation).ConfigureAwait(false))
                await upload.CommitAsync(blob.Key, cancellation).ConfigureAwait(false);
            return blob;
        }
    }

    /// <summary>The content, checked as it is read: the last bytes are given only if the digest is right.</summary>
    /// <exception cref="MetadataException">NotFound, at the latest when it is read: it is not there. Damaged, when it is read: it is not what was stored.</exception>
    public async Task<Stream> OpenReadAsync(Blob blob, CancellationToken cancellation = default) =>
        new VerifiedStream(await _objects.OpenReadAsync(blob.Key, 0, blob.Size, cancellation).ConfigureAwait(false), blob, Address);

    /// <summary>A part of the content. Its digest is not checked, for it is of the whole.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The content has no such part.</exception>
    public Task<Stream> OpenRangeAsync(Blob blob, long offset, long length, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, blob.Size - offset);
        return _objects.OpenReadAsync(blob.Key, offset, length, cancellation);
    }

    /// <summary>Fetches content into a file that must not be there yet: checked and flushed, or absent again.</summary>
    /// <exception cref="MetadataException">NotFound: it is not there. Damaged: it is not what was stored. Unavailable: the disk takes no more.</exception>
    public async Task FetchAsync(Blob blob, string path, CancellationToken cancellation = default)
    {
        var content = await _objects.OpenReadAsync(blob.Key, 0, blob.Size, cancellation).ConfigureAwait(false);
        await using (content.ConfigureAwait(false))
        {
            try
            {
                using var file = new FlushedFile(path);
                var found = await BlockCopy.RunHashedAsync(content, file.WriteAsync, cancellation).ConfigureAwait(false);
                if (found != blob)
                    throw Damaged(blob, Address, found.Size < blob.Size ? FormattableString.Invariant($"it ends after {found.Size} of {blob.Size} bytes") : $"its SHA-256 is {found.Sha256}");
                await file.FinishAsync().ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw Unfetched(blob.Key, Path.GetDirectoryName(path)!, exception);
            }
        }
    }

    public void Dispose() => _objects.Dispose();

    internal static MetadataException Damaged(Blob blob, string address, string fault) => new(
        MetadataError.Damaged,
        $"{address}/{blob.Key} is damaged: {fault}. Try again; if it stays so, remove it with plumbline artifacts check --remove, then put it again with plumbline artifacts push where the files still are.");

    private async Task<bool> IsYoungAsync(Blob blob, CancellationToken cancellation) =>
        await _objects.FindAsync(blob.Key, cancellation).ConfigureAwait(false) is { } found && found.Size == blob.Size && _time.GetUtcNow() - found.Written < OldestReused;

    private async Task<bool> IsThereAsync(Blob blob, CancellationToken cancellation) =>
        await _objects.FindAsync(blob.Key, cancellation).ConfigureAwait(false) is { } found && found.Size == blob.Size;

    private async Task WriteAsync<T>(string key, T value, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        var upload = _objects.Begin();
        await using (upload.ConfigureAwait(false))
        {
            await upload.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(value, type), cancellation).ConfigureAwait(false);
            await upload.CommitAsync(key, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Null where there is no such object.</summary>
    private async Task<T?> ReadAsync<T>(string key, JsonTypeInfo<T> type, Action<T> check, CancellationToken cancellation)
        where T : class
    {
        if (await _objects.ReadAsync(key, cancellation).ConfigureAwait(false) is not { } bytes)
            return null;
        try
        {
            var value = JsonSerializer.Deserialize(bytes, type) ?? throw new JsonException();
            check(value);
            return value;
        }
        catch (Exception exception) when (exception is JsonException or MetadataException)
        {
            throw new MetadataException(MetadataError.Damaged, $"{Address}/{key} is damaged: it is not what Plumbline writes. Remove it, then put it again with plumbline artifacts push where the files still are.", exception);
        }
    }
}
