namespace Plumbline.Datasets.Sources;

/// <summary>Finds the parts of a source.</summary>
internal static class OriginFinder
{
    /// <summary>One or more, in ordinal order of their paths.</summary>
    /// <exception cref="DatasetException">There is none; the message says where it was looked for.</exception>
    public static IReadOnlyList<Origin> Find(SourceOptions options, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        return [.. LocalFiles.Find(options.Path).Select(path => new FileOrigin(path))];
    }
}
