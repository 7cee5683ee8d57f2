using Plumbline.Storage;

namespace Plumbline.Inference.Feedback;

/// <summary>A true label that arrived.</summary>
/// <param name="PredictionId">UUID of version 7.</param>
/// <param name="Label">1 to 1,000 characters.</param>
/// <param name="Time">When it became true; null: now.</param>
/// <param name="Id">Names this piece of feedback, at most 128 characters; null: it has none, and a repetition may count again.</param>
public sealed record FeedbackItem(Guid PredictionId, string Label, DateTimeOffset? Time = null, string? Id = null)
{
    public const int MostLabelLength = 1000;
    public const int MostIdLength = 128;

    /// <exception cref="MetadataException">Invalid: a value is out of its range.</exception>
    internal void Validate()
    {
        MetadataText.CheckName("label", Label, MostLabelLength);
        if (Id is not null)
            MetadataText.CheckName("feedback id", Id, MostIdLength);
        if (PredictionId.Version != 7)
            throw new MetadataException(MetadataError.Invalid, $"The prediction id {PredictionId:D} is no UUID of version 7; take it from the answer's prediction_id.");
    }
}

/// <param name="Applied">Feedback that is in force now.</param>
/// <param name="Unchanged">Repetitions, and what is older than what is known.</param>
public sealed record FeedbackCounts(int Applied, int Unchanged);

/// <summary>How feedback stands.</summary>
/// <param name="Waiting">For its prediction.</param>
/// <param name="Joined">To its prediction.</param>
/// <param name="SetAside">For a reason.</param>
public sealed record FeedbackState(long Waiting, long Joined, long SetAside);

/// <param name="Reason">Why it counts nowhere.</param>
public sealed record SetAsideFeedback(Guid PredictionId, string Label, string Reason);
