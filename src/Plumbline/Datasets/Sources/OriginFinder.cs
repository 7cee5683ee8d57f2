namespace Plumbline.Datasets.Sources;

/// <summary>Finds the parts of a source.</summary>
internal static class OriginFinder
{
    /// <summary>One or more, in ordinal order of their paths.</summary>
    /// <exception cref="DatasetException">There is none; the message says where it was looked for.</exception>
    public static IReadOnlyList<Origin> Find(SourceOptions options, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        Check(options);
        return options.Query is not null ? [new PostgresOrigin(options.Query, options.Postgres!, options.Retry)]
            : S3Address.IsS3(options.Path) ? S3Objects.Find(options, stop)
            : [.. LocalFiles.Find(options.Path).Select(path => new FileOrigin(path))];
    }

    /// <exception cref="DatasetException">An option cannot be used.</exception>
    public static void Check(SourceOptions options)
    {
        try
        {
            options.Validate();
        }
        catch (ArgumentException e)
        {
            throw new DatasetException(e.Message, e);
        }
    }
}
