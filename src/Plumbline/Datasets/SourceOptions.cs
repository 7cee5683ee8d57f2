namespace Plumbline.Datasets;

/// <summary>A file of records and which of its columns are what. A column left null is looked for by name, then (text, label) by shape.</summary>
public sealed record SourceOptions
{
    /// <summary>CSV or TSV (separated by comma, semicolon, tab or bar), JSON lines, or Parquet; text kinds also as .gz or .zst.</summary>
    public required string Path { get; init; }

    public string? Text { get; init; }

    public string? Label { get; init; }

    public string? SplitColumn { get; init; }

    public string? User { get; init; }

    public string? Item { get; init; }

    public string? Time { get; init; }

    /// <summary>Numeric input columns, in the order in which records will hold them.</summary>
    public IReadOnlyList<string> Numeric { get; init; } = [];

    public SplitOptions Split { get; init; } = new();

    /// <summary>Threads and memory of the engine; neither changes the result.</summary>
    public int Threads { get; init; } = Math.Max(2, Environment.ProcessorCount);

    /// <summary>Megabytes of records kept in memory; what is beyond goes to disk under home.</summary>
    public int MemoryMegabytes { get; init; } = 2048;
}
