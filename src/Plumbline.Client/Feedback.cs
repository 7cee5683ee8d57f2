namespace Plumbline.Client;

/// <summary>A true label of a prediction. Immutable.</summary>
/// <param name="PredictionId">As in the answer.</param>
public sealed record Feedback(Guid PredictionId, string Label)
{
    /// <summary>When the label became true; now if null. Of several for one prediction the latest holds.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>Names this piece of feedback, at most 128 characters: a second one of the same id changes nothing.</summary>
    public string? Id { get; init; }
}

/// <summary>What became of feedback.</summary>
/// <param name="Applied">In force from now on, and durable.</param>
/// <param name="Unchanged">Known already, or older than what is in force.</param>
public sealed record FeedbackCounts(int Applied, int Unchanged);
