using Plumbline.Statistics;

namespace Plumbline.Learning.Contests;

/// <summary>How a family stands in a contest.</summary>
/// <param name="Study">Name of its study; null for the ensemble.</param>
/// <param name="Trials">Finished ones, whatever became of them.</param>
/// <param name="Best">Within the limits; null while no such trial is complete.</param>
/// <param name="Skipped">Why it does not compete; null where it does.</param>
/// <param name="BehindBest">How much better the best of all is on valid; null for the best itself and while the contest runs.</param>
public sealed record FamilyStanding(
    string Family, string? Study, int Trials, int Pruned, int Failed, CandidateResult? Best, string? Skipped = null, PairedComparison? BehindBest = null)
{
    /// <summary>Of the best; null where macro-F1 is the only objective.</summary>
    public ModelCosts? Costs { get; init; }

    /// <summary>What is to be known beside; null: nothing.</summary>
    public string? Note { get; init; }
}

/// <summary>The result of a contest.</summary>
/// <param name="Families">In the order of macro-F1 on valid, the best first.</param>
/// <param name="Why">Why the chosen one was chosen, in words.</param>
public sealed record ContestReport(IReadOnlyList<FamilyStanding> Families, string Chosen, string Why)
{
    /// <summary>What trials were judged by.</summary>
    public IReadOnlyList<ContestObjective> Objectives { get; init; } = [ContestObjective.MacroF1];

    /// <summary>Over the trials of all families; null where macro-F1 is the only objective.</summary>
    public IReadOnlyList<FrontTrial>? Front { get; init; }

    /// <summary>Why the same data, options and seed may give another result; null where they give the same.</summary>
    public string? NotReproducible { get; init; }
}
