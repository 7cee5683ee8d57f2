namespace Plumbline.Inference.Logging;

/// <summary>Which predictions to read. Immutable.</summary>
/// <param name="From">Of the time of the answer, inclusive.</param>
/// <param name="Until">Exclusive.</param>
/// <param name="Version">As in answers; null: of all.</param>
public sealed record PredictionQuery(DateTimeOffset From, DateTimeOffset Until, string? Version = null)
{
    internal bool Takes(LoggedPrediction prediction) => prediction.Time >= From && prediction.Time < Until && (Version is null || prediction.Version == Version);
}
