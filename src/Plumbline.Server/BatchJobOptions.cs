using Plumbline.Datasets;
using Plumbline.Inference.Batch;
using Plumbline.Storage;

namespace Plumbline.Server;

/// <summary>Batch jobs of a server: docs/specs/batch-inference.md. Immutable.</summary>
public sealed record BatchJobOptions
{
    /// <summary>Called until it succeeds, then never again; the server disposes what it returns. Throws <see cref="MetadataException"/> where the store does not answer.</summary>
    public required Func<IMetadataStore> Open { get; init; }

    /// <summary>Digest of a registered version's bundle or graph, by <c>name/number</c> or <c>name@alias</c>, and the version as <c>name/number</c>.</summary>
    /// <exception cref="MetadataException">There is none.</exception>
    public required Func<string, CancellationToken, Task<(string Version, string Digest)>> Resolve { get; init; }

    /// <summary>Folder of a job's bundle on this host, or file of its graph of ONNX.</summary>
    /// <exception cref="Bundles.BundleException">It cannot be had.</exception>
    public required Func<BatchJobDefinition, CancellationToken, Task<string>> Locate { get; init; }

    public required Home Home { get; init; }

    /// <summary>Folders and s3://bucket/prefix/ addresses that jobs may read and write; none: no job is taken.</summary>
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>Threads that work at jobs; 0 only takes them.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Where s3:// addresses lie.</summary>
    public S3Options S3 { get; init; } = new();

    public RetryOptions Retry { get; init; } = new();

    /// <summary>Whose columns are taken where an input has some of such names and the job names none.</summary>
    public SourceOptions? Usual { get; init; }

    /// <summary>What is wrong, each with its key.</summary>
    internal IEnumerable<string> Faults()
    {
        if (Workers is < 0 or > 64)
            yield return $"server.batch_workers: {Workers} is not within 0 to 64.";
        foreach (var path in Paths.Where(path => !path.StartsWith("s3://", StringComparison.Ordinal) && !Path.IsPathFullyQualified(path)))
            yield return $"server.batch_paths: '{path}' is neither the whole path of a folder nor such as s3://bucket/prefix/.";
    }
}
