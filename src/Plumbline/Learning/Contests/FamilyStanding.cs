using Plumbline.Statistics;

namespace Plumbline.Learning.Contests;

/// <summary>How a family stands in a contest.</summary>
/// <param name="Study">Name of its study; null for those of several models.</param>
/// <param name="Trials">Finished ones, whatever became of them.</param>
/// <param name="Best">Null while no trial is complete.</param>
/// <param name="Skipped">Why it does not compete; null where it does.</param>
/// <param name="BehindBest">How much better the best of all is; null for the best itself and while the contest runs.</param>
public sealed record FamilyStanding(
    string Family, string? Study, int Trials, int Pruned, int Failed, CandidateResult? Best, string? Skipped = null, PairedComparison? BehindBest = null);

/// <summary>The result of a contest.</summary>
/// <param name="Families">In the order of macro-F1, the best first.</param>
/// <param name="Why">Why the chosen one was chosen, in words.</param>
public sealed record ContestReport(IReadOnlyList<FamilyStanding> Families, string Chosen, string Why)
{
    /// <summary>Where its figures come from: <c>on valid</c>, <c>over 5 folds by user</c>.</summary>
    public string Judged { get; init; } = "on valid";
}
