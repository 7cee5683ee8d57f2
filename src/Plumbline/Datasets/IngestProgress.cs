namespace Plumbline.Datasets;

/// <param name="Rows">Records read so far.</param>
/// <param name="BytesRead">Of the source file; 0 where its format does not tell.</param>
public readonly record struct IngestProgress(long Rows, long BytesRead, long BytesTotal);
