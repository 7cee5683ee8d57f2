using Plumbline.Datasets;
using Plumbline.Datasets.Sources;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;

namespace Plumbline.Inference.Batch;

internal sealed class S3Output : OutputPlace
{
    private const int BlockBytes = 1 << 20;
    private const int PageEntries = 1000;

    private readonly S3Address _address;
    private readonly S3ObjectStore _store;
    private readonly string _name;
    private readonly Home _home;
    private StoreLock? _lock;

    public S3Output(S3Address address, S3Options options, Home home)
    {
        var slash = address.Key.LastIndexOf('/');
        _name = address.Key[(slash + 1)..];
        if (_name.Length == 0 || PathPattern.IsPattern(address.Key))
            throw new DatasetException($"{address} names no object for the answers. Write s3://bucket/key");
        (_address, _home) = (address, home);
        _store = new S3ObjectStore(options, address.Bucket, slash < 0 ? "" : address.Key[..slash], home.Temporary);
    }

    public override string Name => _address.ToString();

    public override string Temporary => _home.Temporary;

    public override async Task<IAsyncDisposable> LockAsync(OutputOwner owner, TimeProvider time, CancellationToken stop) =>
        _lock = await StoreLock.TakeAsync(_store, _name + LocksSuffix, Name, owner, StoreLock.UsualBeat, time, stop).ConfigureAwait(false);

    public override async Task<bool> HasPartsAsync(CancellationToken stop) => (await _store.ListAsync(_name + PartsSuffix, null, 1, stop).ConfigureAwait(false)).Entries.Count > 0;

    public override Task PutAsync(string part, string file, CancellationToken stop) => SendAsync(KeyOf(part), file, stop);

    public override Task<byte[]?> ReadAsync(string part, CancellationToken stop) => _store.ReadAsync(KeyOf(part), stop);

    public override async Task<string> FetchAsync(string part, CancellationToken stop)
    {
        var found = await _store.FindAsync(KeyOf(part), stop).ConfigureAwait(false) ?? throw new DatasetException($"{Name}{PartsSuffix}/{part} is gone. Begin anew with --restart");
        var path = NewFile();
        var content = await _store.OpenReadAsync(KeyOf(part), 0, found.Size, stop).ConfigureAwait(false);
        await using (content.ConfigureAwait(false))
        {
            var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
            await using (file.ConfigureAwait(false))
                await content.CopyToAsync(file, stop).ConfigureAwait(false);
        }
        return path;
    }

    public override Task PublishAsync(string suffix, string file, CancellationToken stop) => SendAsync(_name + suffix, file, stop);

    public override Task RemoveAsync(string suffix, CancellationToken stop) => _store.DeleteAsync(_name + suffix, stop);

    public override Task DropAsync(string part, CancellationToken stop) => _store.DeleteAsync(KeyOf(part), stop);

    public override async Task ClearAsync(CancellationToken stop)
    {
        // What is listed is deleted, so the next page is the first again.
        while ((await _store.ListAsync(_name + PartsSuffix, null, PageEntries, stop).ConfigureAwait(false)).Entries is { Count: > 0 } entries)
            foreach (var entry in entries)
                await _store.DeleteAsync(KeyOf(entry.Name), stop).ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _store.Dispose();
        base.Dispose(disposing);
    }

    private async Task SendAsync(string key, string file, CancellationToken stop)
    {
        if (_lock is { } held)
            await held.CheckAsync(stop).ConfigureAwait(false);
        var upload = _store.Begin();
        await using (upload.ConfigureAwait(false))
        {
            using (var stream = File.OpenRead(file))
            {
                var block = new byte[BlockBytes];
                for (int read; (read = await stream.ReadAsync(block, stop).ConfigureAwait(false)) > 0;)
                    await upload.WriteAsync(block.AsMemory(0, read), stop).ConfigureAwait(false);
            }
            await upload.CommitAsync(key, stop).ConfigureAwait(false);
        }
        File.Delete(file);
    }

    private string KeyOf(string part) => $"{_name}{PartsSuffix}/{part}";
}
