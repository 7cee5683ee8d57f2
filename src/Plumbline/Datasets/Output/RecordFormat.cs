namespace Plumbline.Datasets.Output;

/// <summary>How records are written to a file.</summary>
public enum RecordFormat
{
    /// <summary>RFC 4180, with a header.</summary>
    Csv,

    /// <summary>Likewise, with tabs.</summary>
    Tsv,

    JsonLines,

    Parquet,
}

/// <summary>Which format a file's name asks for.</summary>
public static class RecordFormats
{
    /// <summary>By its ending, before which .gz may be left out of account.</summary>
    /// <exception cref="DatasetException">It is none of those known, or a compressed Parquet.</exception>
    public static RecordFormat Of(string path)
    {
        var isPacked = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        return Path.GetExtension(isPacked ? path[..^3] : path).ToUpperInvariant() switch
        {
            ".CSV" => RecordFormat.Csv,
            ".TSV" => RecordFormat.Tsv,
            ".JSONL" or ".NDJSON" or ".JSON" => RecordFormat.JsonLines,
            ".PARQUET" when !isPacked => RecordFormat.Parquet,
            _ => throw new DatasetException($"{path}: its name does not say how to write it. Let it end with .csv, .tsv or .jsonl (also .gz), or .parquet"),
        };
    }
}
