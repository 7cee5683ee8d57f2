namespace Plumbline.Tracking;

/// <summary>One point of a metric.</summary>
/// <param name="Value">Any double; NaN and infinities are kept.</param>
/// <param name="Timestamp">Unix ms.</param>
public sealed record Metric(string Key, double Value, long Step, long Timestamp)
{
    /// <summary>The logged model that it is of, besides the run; null for none.</summary>
    public string? ModelId { get; init; }

    /// <summary>The data that the model was measured on; null where it was not said.</summary>
    public string? DatasetName { get; init; }

    public string? DatasetDigest { get; init; }
}
