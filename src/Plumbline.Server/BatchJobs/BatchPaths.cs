using Plumbline.Inference.Batch;

namespace Plumbline.Server.BatchJobs;

/// <summary>What batch jobs may read and write. Thread-safe.</summary>
/// <param name="allowed">Folders, and s3://bucket/prefix/.</param>
internal sealed class BatchPaths(IReadOnlyList<string> allowed)
{
    private const string S3 = "s3://";
    private const int MostLinks = 40;

    public bool AllowsAny => allowed.Count > 0;

    /// <summary>The path as it is to be used: whole, without dot segments.</summary>
    /// <param name="what"><c>input</c> or <c>output</c>, for messages.</param>
    /// <exception cref="PathRefusedException">It does not lie below a folder that is allowed.</exception>
    public string Check(string what, string path)
    {
        if (path.StartsWith(S3, StringComparison.OrdinalIgnoreCase))
            return CheckAddress(what, path);
        if (!Path.IsPathFullyQualified(path) || path.Contains('\0', StringComparison.Ordinal))
            throw new PathRefusedException($"{what} is not a whole path, nor such as s3://bucket/key.");
        var whole = Path.GetFullPath(path);
        return IsAllowed(Resolve(BeforePattern(whole))) ? whole : throw Outside(what);
    }

    /// <summary>Likewise of a job's input, each file that it finds, and its output, once more before a worker begins: links may have changed.</summary>
    /// <exception cref="PathRefusedException">One lies elsewhere.</exception>
    public void Check(BatchOptions options)
    {
        Check("input", options.Source.Path);
        foreach (var file in BatchFiles.Find(options.Source.Path))
        {
            if (!IsAllowed(Resolve(Path.GetFullPath(file))))
                throw Outside("a file of input");
        }
        Check("output", options.Output);
        if (!options.Output.StartsWith(S3, StringComparison.OrdinalIgnoreCase))
            Check("output", $"{Path.GetFullPath(options.Output)}.parts");
    }

    private static PathRefusedException Outside(string what) => new($"{what} does not lie below a folder of server.batch_paths.");

    private string CheckAddress(string what, string address)
    {
        var segments = address[S3.Length..].TrimEnd('/').Split('/');
        if (segments.Any(segment => segment is "" or "." or ".."))
            throw new PathRefusedException($"{what} holds an empty or dot segment.");
        var normal = S3 + address[S3.Length..];
        var isAllowed = allowed.Any(root => root.StartsWith(S3, StringComparison.OrdinalIgnoreCase) && normal.StartsWith(root.TrimEnd('/') + "/", StringComparison.Ordinal));
        return isAllowed ? normal : throw Outside(what);
    }

    private bool IsAllowed(string resolved) =>
        allowed.Any(root => Path.IsPathFullyQualified(root) && (resolved + Path.DirectorySeparatorChar).StartsWith(Path.TrimEndingDirectorySeparator(Resolve(Path.GetFullPath(root))) + Path.DirectorySeparatorChar, StringComparison.Ordinal));

    /// <summary>The folder that all matches lie in; a path without a pattern as it is.</summary>
    private static string BeforePattern(string path)
    {
        var wildcard = path.AsSpan().IndexOfAny('*', '?');
        // What is there is meant, even if its name holds a star.
        return wildcard < 0 || Path.Exists(path) ? path : path[..(path.LastIndexOf(Path.DirectorySeparatorChar, wildcard) + 1)];
    }

    /// <summary>With every link on the way followed; what is not there stays as it is.</summary>
    private static string Resolve(string path)
    {
        for (var links = 0; links < MostLinks; links++)
        {
            if (FirstLink(path) is not { } target)
                return path;
            path = target;
        }
        throw new PathRefusedException("Too many symbolic links lead on from the path.");
    }

    private static string? FirstLink(string path)
    {
        var parts = path.Split(Path.DirectorySeparatorChar);
        for (var i = 1; i <= parts.Length; i++)
        {
            var above = string.Join(Path.DirectorySeparatorChar, parts[..i]);
            if (above.Length > 0 && new FileInfo(above).LinkTarget is { } target)
                return Path.GetFullPath(Path.Combine([Path.GetDirectoryName(above)!, target, .. parts[i..]]));
        }
        return null;
    }
}

/// <summary>A path that jobs may not use; the message is fit for a client.</summary>
internal sealed class PathRefusedException(string message) : Exception(message);
