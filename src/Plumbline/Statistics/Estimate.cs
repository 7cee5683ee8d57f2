namespace Plumbline.Statistics;

/// <summary>A score and its 95 % interval; the bounds are NaN (null in JSON) where none was computed.</summary>
public sealed record Estimate(double Value, double Low, double High);
