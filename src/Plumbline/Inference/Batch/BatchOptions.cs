using Plumbline.Datasets;

namespace Plumbline.Inference.Batch;

/// <summary>What is answered, and how the answers are written: docs/specs/batch-inference.md. Immutable.</summary>
public sealed record BatchOptions
{
    /// <summary>Where the rows are; of the columns only text, user, item and time matter.</summary>
    public required SourceOptions Source { get; init; }

    /// <summary>Whose text, user, item and time are taken where the source has columns of such names and <see cref="Source"/> names none.</summary>
    public SourceOptions? Usual { get; init; }

    /// <summary>File, or <c>s3://bucket/key</c> in the store of <see cref="Source"/>.</summary>
    public required string Output { get; init; }

    public required AnswerFormat Format { get; init; }

    /// <summary>Columns of the input that stand before the answers.</summary>
    public IReadOnlyList<string> Keep { get; init; } = [];

    /// <summary>What the column of the version says; null for none.</summary>
    public string? Version { get; init; }

    /// <summary>Contributions to explain each answer by; 0 for none. Not in Parquet.</summary>
    public int Explain { get; init; }

    /// <summary>Longest text that is answered, in Unicode code points.</summary>
    public int TextLength { get; init; } = int.MaxValue;

    public ErrorLimit? MaxErrors { get; init; }

    /// <summary>Rows of a chunk.</summary>
    internal int ChunkRows { get; init; } = BatchJobDefinition.UsualChunkRows;

    /// <summary>Whether the output is packed by gzip.</summary>
    internal bool IsCompressed => AnswerFormats.IsCompressed(Output);

    /// <exception cref="DatasetException">Options do not go together.</exception>
    internal void Validate(IPredictor predictor)
    {
        if (Explain > 0 && predictor.Manifest is null)
            throw new DatasetException("Only bundles can be explained, and this model is a graph of ONNX. Leave explanations out");
        if (Format == AnswerFormat.Parquet && IsCompressed)
            throw new DatasetException($"{Output}: Parquet is compressed in itself. Leave .gz out, or write CSV or JSON lines");
        if (Format == AnswerFormat.Parquet && Explain > 0)
            throw new DatasetException("Explanations are written to CSV and JSON lines, not to Parquet. Name another output, or leave explanations out");
        if (Keep.FirstOrDefault(name => Keep.Count(other => other == name) > 1) is { } twice)
            throw new DatasetException($"Column '{twice}' is to be kept twice. Name it once");
    }
}
