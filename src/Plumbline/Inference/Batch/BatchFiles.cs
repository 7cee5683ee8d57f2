using Plumbline.Datasets;
using Plumbline.Datasets.Sources;

namespace Plumbline.Inference.Batch;

/// <summary>The local files that an input stands for.</summary>
public static class BatchFiles
{
    /// <summary>None for an address of a store.</summary>
    /// <exception cref="DatasetException">There is none where there should be some.</exception>
    public static IReadOnlyList<string> Find(string input) => S3Address.IsS3(input) ? [] : LocalFiles.Find(input);
}
