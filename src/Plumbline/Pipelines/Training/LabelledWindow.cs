namespace Plumbline.Pipelines.Training;

/// <summary>What makes a training a retraining: which labelled predictions it may take, and what its model must reach beside the one in use. docs/specs/retraining.md.</summary>
/// <param name="From">When the predictions were made, inclusive.</param>
/// <param name="Until">Exclusive.</param>
public sealed record LabelledWindow(DateTimeOffset From, DateTimeOffset Until)
{
    public bool Feedback { get; init; } = true;

    /// <summary>Share of them that no model is trained on.</summary>
    public double HeldOut { get; init; } = 0.3;

    /// <summary>Of rows held out, below which nothing is said.</summary>
    public int LeastLabels { get; init; } = 200;

    /// <summary>The lower end of the difference of macro-F1 must be above it.</summary>
    public double LeastGain { get; init; }

    /// <exception cref="ArgumentException">A value is out of its range; the message names the key.</exception>
    internal void Validate()
    {
        if (!(From < Until) || HeldOut is not (> 0 and <= 0.8) || LeastLabels < 1)
            throw new ArgumentException(FormattableString.Invariant($"retraining: from {From:O} until {Until:O}, held_out {HeldOut} and least_labels {LeastLabels} are no window; held_out is above 0 and at most 0.8."));
    }
}

/// <summary>What is new in a snapshot.</summary>
/// <param name="Rows">Of labelled predictions.</param>
/// <param name="HeldOut">That neither the new model nor the one in use was trained on.</param>
/// <param name="Basis">Digest of what they were added to.</param>
public sealed record LabelledCounts(long Rows, long HeldOut, string Basis);
