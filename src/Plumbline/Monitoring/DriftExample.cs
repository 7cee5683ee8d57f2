namespace Plumbline.Monitoring;

/// <summary>A logged prediction that shows how a distribution moved: where it lies, there is much more now than before.</summary>
/// <param name="Feature">Name of the distribution.</param>
/// <param name="Value">Of it, in words.</param>
/// <param name="Ratio">How many times as frequent such values are now; shares below 10⁻⁴ count as that.</param>
/// <param name="Text">Its beginning; null where texts are not kept.</param>
public sealed record DriftExample(string Feature, Guid PredictionId, DateTimeOffset Time, string Value, double Ratio, string? Text);
