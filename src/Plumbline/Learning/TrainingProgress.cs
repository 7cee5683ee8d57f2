using Plumbline.Learning.Contests;

namespace Plumbline.Learning;

/// <summary>How far a training is.</summary>
/// <param name="Stage">features, compare or a family, choose, learning curve, calibrate, refit or evaluate.</param>
/// <param name="Done">Units finished, 0 to <paramref name="Total"/>.</param>
/// <param name="Message">What was just finished, for people.</param>
public sealed record TrainingProgress(string Stage, int Done, int Total, string Message)
{
    /// <summary>Of the family that a trial was finished of; else null.</summary>
    public FamilyStanding? Standing { get; init; }
}
