using Plumbline.Inference.Logging;

namespace Plumbline.Inference.Feedback;

/// <summary>A true label and the whole prediction that it was joined to.</summary>
/// <param name="Replaced">The label that was taken for true before; null: none was.</param>
/// <param name="Arrived">When the label did.</param>
public sealed record SettledFeedback(LoggedPrediction Prediction, string Label, string? Replaced, DateTimeOffset Arrived);
