namespace Plumbline.Datasets.Sources;

/// <summary>Finds the objects that an <c>s3://</c> address, a folder of them or a pattern stands for.</summary>
internal static class S3Objects
{
    /// <summary>One or more, in ordinal order of their keys.</summary>
    /// <exception cref="DatasetException">There is none, or the store does not answer.</exception>
    public static IReadOnlyList<Origin> Find(SourceOptions options, CancellationToken stop)
    {
        var address = S3Address.Parse(options.Path);
        var store = new S3Store(options.S3, options.Retry);
        try
        {
            if (PathPattern.IsPattern(address.Key))
                return ByPattern(store, address, stop);
            if (address.Key.Length == 0 || address.Key.EndsWith('/'))
                return InFolder(store, address, stop) is { Length: > 0 } inFolder ? inFolder
                    : throw new DatasetException($"{address}: there is no object of records. Their names end in {LocalFiles.KnownNames}");
            if (store.Find(address, stop) is var (size, etag))
                return [new S3Origin(store, address, size, etag)];
            return InFolder(store, address with { Key = address.Key + "/" }, stop) is { Length: > 0 } found ? found
                : throw new DatasetException($"{address}: there is no such object, and no folder of that name holds records");
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    private static Origin[] InFolder(S3Store store, S3Address folder, CancellationToken stop) =>
        Origins(store, folder, store.List(folder, stop).Where(item => LocalFiles.IsKnown(item.Key) && !IsHidden(item.Key.AsSpan(folder.Key.Length))));

    private static Origin[] ByPattern(S3Store store, S3Address address, CancellationToken stop)
    {
        var pattern = new PathPattern(address.Key);
        var root = pattern.Root.Length == 0 ? 0 : pattern.Root.Length + 1;
        var beginning = address with { Key = address.Key[..address.Key.AsSpan().IndexOfAny('*', '?')] };
        var found = Origins(store, address, store.List(beginning, stop).Where(item => item.Key.Length > root && !item.Key.EndsWith('/') && pattern.Matches(item.Key[root..])));
        return found.Length > 0 ? found : throw new DatasetException($"{address}: no object matches the pattern");
    }

    private static Origin[] Origins(S3Store store, S3Address address, IEnumerable<(string Key, long Size, string ETag)> found) =>
        [.. found.OrderBy(item => item.Key, StringComparer.Ordinal).Select(item => new S3Origin(store, address with { Key = item.Key }, item.Size, item.ETag))];

    private static bool IsHidden(ReadOnlySpan<char> key) => key.StartsWith('.') || key.Contains("/.", StringComparison.Ordinal);
}
