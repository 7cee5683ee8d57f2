namespace Plumbline.Datasets.Sources;

/// <summary>An object of a store, read by ranges of the one version that the first of them met.</summary>
/// <param name="store">Disposed with this; the origins of a source share it.</param>
internal sealed class S3Origin(S3Store store, S3Address address, long size, string etag) : Origin
{
    public override string Name { get; } = address.ToString();

    public override long Size => size;

    public override string Version => etag;

    public override Stream Open(CancellationToken stop)
    {
        string? met = null;
        return new ResumingStream(Name, size, async (offset, token) =>
        {
            var (content, version) = await store.GetAsync(address, size, offset, met, token).ConfigureAwait(false);
            met ??= version;
            return content;
        }, store.Calls, stop);
    }

    public override void Dispose()
    {
        store.Dispose();
        base.Dispose();
    }
}
