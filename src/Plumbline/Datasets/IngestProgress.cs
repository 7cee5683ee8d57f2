namespace Plumbline.Datasets;

/// <summary>How far an ingest is.</summary>
/// <param name="Stage"><c>read</c>, then <c>write</c>.</param>
/// <param name="Rows">Records so far.</param>
/// <param name="Done">Bytes read of the source, or records written.</param>
/// <param name="Total">Of them; 0 where not known.</param>
public readonly record struct IngestProgress(string Stage, long Rows, long Done, long Total);
