namespace Plumbline.Learning.Contests;

/// <summary>What won a search, and against whom.</summary>
/// <param name="Ensemble">Where several models won together; else null.</param>
/// <param name="Report">Null where linear candidates alone were compared.</param>
internal sealed record ContestOutcome(
    Contestant Chosen, IReadOnlyList<CandidateResult> Candidates, EnsembleContestant? Ensemble = null, ContestReport? Report = null);
