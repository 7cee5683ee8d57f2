namespace Plumbline.Learning.Contests;

/// <summary>What won a search, and against whom.</summary>
/// <param name="Members">Of an ensemble that won; else null.</param>
/// <param name="Report">Null where linear candidates alone were compared.</param>
internal sealed record ContestOutcome(
    Contestant Chosen, IReadOnlyList<CandidateResult> Candidates, IReadOnlyList<EnsembleMemberFit>? Members = null, ContestReport? Report = null);
