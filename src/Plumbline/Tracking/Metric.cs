namespace Plumbline.Tracking;

/// <summary>One point of a metric.</summary>
/// <param name="Value">Any double; NaN and infinities are kept.</param>
/// <param name="Timestamp">Unix ms.</param>
public sealed record Metric(string Key, double Value, long Step, long Timestamp);
