namespace Plumbline.Tracking;

/// <summary>Points of one metric, by step, then timestamp, then value.</summary>
/// <param name="NextPageToken">Null on the last page.</param>
public sealed record MetricPage(IReadOnlyList<Metric> Points, string? NextPageToken);
