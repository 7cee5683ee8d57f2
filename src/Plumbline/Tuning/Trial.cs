using Plumbline.Tuning.Spaces;

namespace Plumbline.Tuning;

/// <summary>One attempt of a study as it stands. Immutable.</summary>
/// <param name="Number">From 0, in the order of asking.</param>
/// <param name="Parameters">Of a waiting trial perhaps only some; the others are suggested when it starts.</param>
/// <param name="Values">One for each objective where it is complete; else empty.</param>
/// <param name="Intermediate">By growing step.</param>
/// <param name="Reason">Why it failed.</param>
/// <param name="CopyOf">Number of the trial with the same parameters from which it was answered.</param>
/// <param name="Started">UTC; null while waiting.</param>
/// <param name="Ended">UTC; null until it is finished.</param>
public sealed record Trial(
    int Number, TrialState State, TrialParameters Parameters, IReadOnlyList<double> Values, IReadOnlyList<IntermediateValue> Intermediate,
    string? Reason = null, int? CopyOf = null, DateTimeOffset? Started = null, DateTimeOffset? Ended = null)
{
    /// <summary>How often the lease of a worker that ran it was over before it ended; null: never.</summary>
    public int? Lost { get; init; }

    /// <summary>As docs/specs/tuning.md has it.</summary>
    public string ToJson() => StudyJson.Write(this);

    /// <summary>How often it was lost once another worker takes it.</summary>
    internal int? LostWhenTaken => State == TrialState.Running ? (Lost ?? 0) + 1 : Lost;

    internal bool IsFinished => State is TrialState.Complete or TrialState.Pruned or TrialState.Failed;
}
