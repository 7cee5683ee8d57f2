namespace Plumbline.Inference.Feedback;

/// <summary>A label that was joined to its prediction, or another one in its place.</summary>
/// <param name="Number">In the order of the commits.</param>
/// <param name="Version">That answered, as in the answer.</param>
/// <param name="Route">Group of the routed unit; null where nothing was assigned.</param>
/// <param name="Confidence">Probability of the predicted label.</param>
/// <param name="Label">The true one.</param>
/// <param name="Replaced">The one that was taken for true before; null: none was.</param>
/// <param name="Time">When it became true.</param>
public sealed record FeedbackChange(
    long Number, Guid PredictionId, string Version, ulong? Route, string Predicted, double Confidence, string Label, string? Replaced, DateTimeOffset Time)
{
    /// <summary>Categorical inputs that the prediction was made with, as the log has them.</summary>
    public IReadOnlyDictionary<string, string?> Categories { get; init; } = new Dictionary<string, string?>();
}
