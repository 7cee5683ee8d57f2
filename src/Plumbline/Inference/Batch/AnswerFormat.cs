namespace Plumbline.Inference.Batch;

/// <summary>How answers are written.</summary>
public enum AnswerFormat
{
    Csv,
    Jsonl,
    Parquet,
}

/// <summary>Which format the name of an output asks for.</summary>
public static class AnswerFormats
{
    public static bool IsCompressed(string path) => path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);

    /// <summary>By its ending, before which .gz is left out of account; CSV where it says nothing.</summary>
    public static AnswerFormat Of(string path) => Path.GetExtension(IsCompressed(path) ? path[..^3] : path).ToUpperInvariant() switch
    {
        ".JSONL" or ".NDJSON" or ".JSON" => AnswerFormat.Jsonl,
        ".PARQUET" => AnswerFormat.Parquet,
        _ => AnswerFormat.Csv,
    };
}
