using Plumbline.Bundles;
using Plumbline.Datasets;
using Plumbline.Storage;

namespace Plumbline.Inference.Batch;

/// <summary>What a job answers, with what, and how: fixed when it is taken.</summary>
/// <param name="Model">Registered name; empty for a bundle that is served by its digest.</param>
/// <param name="Version"><c>name/number</c>, or the first digits of the digest.</param>
/// <param name="Bundle">Digest of the bundle, or of the graph of ONNX.</param>
/// <param name="Delimiter">One character; null finds out.</param>
/// <param name="MaxErrors">As <see cref="ErrorLimit"/> reads it; null for no limit.</param>
/// <param name="Files">What the input was.</param>
/// <param name="Host">Where it was taken: what cannot be opened there can be opened nowhere.</param>
public sealed record BatchJobDefinition(
    string Model, string Version, string Bundle, string Input, string Output, AnswerFormat Format, BatchColumns Columns, string? Delimiter, IReadOnlyList<string> Keep,
    bool VersionColumn, string? MaxErrors, int TextLength, IReadOnlyList<InputFile> Files, string Host)
{
    public const int UsualChunkRows = 1 << 16;

    public int ChunkRows { get; init; } = UsualChunkRows;

    /// <summary>W3C's <c>traceparent</c> of the request that it was taken by; null where that is not traced.</summary>
    public string? TraceParent { get; init; }

    /// <param name="s3">Where s3:// addresses lie.</param>
    public BatchOptions ToOptions(S3Options s3, RetryOptions retry) => new()
    {
        Source = new SourceOptions
        {
            Path = Input,
            S3 = s3,
            Retry = retry,
            Delimiter = Delimiter is null ? null : Delimiter[0],
            Text = Columns.Text,
            User = Columns.User,
            Item = Columns.Item,
            Time = Columns.Time,
        },
        Output = Output,
        Format = Format,
        Keep = Keep,
        Version = VersionColumn ? Version : null,
        TextLength = TextLength,
        ChunkRows = ChunkRows,
        MaxErrors = MaxErrors is not null && ErrorLimit.TryParse(MaxErrors, out var limit) ? limit : null,
    };

    internal long ChunksOf(long rows) => (rows + ChunkRows - 1) / ChunkRows;

    /// <summary>Loads what answers the job.</summary>
    /// <param name="path">Where it is on this host.</param>
    /// <exception cref="BundleException">It cannot be loaded, or is another model.</exception>
    public IPredictor Load(string path)
    {
        var predictor = IPredictor.Load(path);
        if (predictor.Digest == Bundle)
            return predictor;
        var digest = predictor.Digest;
        predictor.Dispose();
        throw new BundleException($"{Version} is {digest} here, in {path}, and the job is answered by {Bundle}. Put that model back, or begin a new job.");
    }

    /// <summary>The columns as they are found, and what the input is.</summary>
    /// <exception cref="DatasetException">The input cannot be read, or a column is missing or ambiguous.</exception>
    public BatchJobDefinition Inspect(IPredictor predictor, S3Options s3, RetryOptions retry, SourceOptions? usual, CancellationToken stop = default)
    {
        using var source = BatchInput.Open(ToOptions(s3, retry) with { Usual = usual }, predictor, stop);
        var found = source.Columns.Mapping;
        return this with { Columns = new BatchColumns(found.Text.Name, found.User?.Name, found.Item?.Name, found.Time?.Name), Files = source.Files() };
    }
}

/// <summary>Which column is what; null looks for it by name.</summary>
public sealed record BatchColumns(string? Text, string? User, string? Item, string? Time);
