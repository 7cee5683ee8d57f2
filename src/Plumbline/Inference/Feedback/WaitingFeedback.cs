using Plumbline.Inference.Logging;

namespace Plumbline.Inference.Feedback;

/// <summary>A label whose prediction is looked for.</summary>
/// <param name="Arrived">Unix ms.</param>
/// <param name="Attempts">That did not find it.</param>
internal sealed record WaitingFeedback(Guid PredictionId, string Label, long Arrived, int Attempts);

/// <summary>What came of looking.</summary>
/// <param name="Prediction">Null: it was not found.</param>
/// <param name="Fault">Why it is set aside; null: it is not.</param>
internal sealed record JoinedFeedback(WaitingFeedback Waiting, LoggedPrediction? Prediction, string? Fault);
