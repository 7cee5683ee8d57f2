using System.Text.Json.Serialization;
using Plumbline.Learning.Families;
using Plumbline.Statistics;
using Plumbline.Tuning;

namespace Plumbline.Learning.Contests;

/// <summary>How a family stands in a contest.</summary>
/// <param name="Study">Name of its study; null for those of several models.</param>
/// <param name="Trials">Finished ones, whatever became of them.</param>
/// <param name="Best">Within the limits; null while no such trial is complete.</param>
/// <param name="Skipped">Why it does not compete; null where it does.</param>
/// <param name="BehindBest">How much better the best of all is; null for the best itself and while the contest runs.</param>
public sealed record FamilyStanding(
    string Family, string? Study, int Trials, int Pruned, int Failed, CandidateResult? Best, string? Skipped = null, PairedComparison? BehindBest = null)
{
    /// <summary>Highest macro-F1 of its study's complete trials, of those too that ran in another process; null while none is complete.</summary>
    [JsonIgnore]
    public double? BestValue { get; init; }

    /// <summary>Of the best; null where macro-F1 is the only objective.</summary>
    public ModelCosts? Costs { get; init; }

    /// <summary>What is to be known beside; null: nothing.</summary>
    public string? Note { get; init; }
}

/// <summary>The result of a contest.</summary>
/// <param name="Families">In the order of macro-F1, the best first.</param>
/// <param name="Chosen">Null while nothing is.</param>
/// <param name="Why">Why the chosen one was chosen, in words, or why none is.</param>
public sealed record ContestReport(IReadOnlyList<FamilyStanding> Families, string? Chosen, string Why)
{
    /// <summary>Where its figures come from: <c>on valid</c>, <c>over 5 folds by user</c>.</summary>
    public string Judged { get; init; } = "on valid";

    /// <summary>What trials were judged by.</summary>
    public IReadOnlyList<ContestObjective> Objectives { get; init; } = [ContestObjective.MacroF1];

    /// <summary>Over the trials of all families; null where macro-F1 is the only objective.</summary>
    public IReadOnlyList<FrontTrial>? Front { get; init; }

    /// <summary>Why the same data, options and seed may give another result; null where they give the same.</summary>
    public string? NotReproducible { get; init; }

    /// <summary>How a contest stands that has not ended, by its studies: of the best trials the macro-F1 alone is known.</summary>
    /// <param name="name">Of the contest: what the names of its studies begin with.</param>
    /// <param name="options">That it was asked for with.</param>
    public static ContestReport Unfinished(string name, TrainingOptions options, IReadOnlyList<StudySummary> studies)
    {
        var objectives = options.Contest!.Objectives;
        var standings = options.Families.Select(family => studies.FirstOrDefault(study => study.Name == $"{name}/{family}") is { } study
            ? Standing(family, study, objectives)
            : new FamilyStanding(family, null, 0, 0, 0, null, ModelFamilies.Of(family).Unavailable));
        return new ContestReport([.. standings.OrderByDescending(standing => standing.BestValue ?? -1)], null, "the contest has not ended")
        {
            Judged = options.Contest.Judged,
            Objectives = objectives,
        };
    }

    private static FamilyStanding Standing(string family, StudySummary study, IReadOnlyList<ContestObjective> objectives)
    {
        var best = study.Best is { } trial ? new CandidateResult(new Candidate(family, trial.Parameters), trial.Values[0], double.NaN, double.NaN, 0) : null;
        return new FamilyStanding(
            family, study.Name, study.Trials.Count(trial => trial.IsFinished), study.Count(TrialState.Pruned), study.Count(TrialState.Failed), best)
        {
            BestValue = best?.MacroF1,
            Costs = objectives.Count > 1 && study.Best is { } costly ? ModelCosts.Of(objectives, costly.Values) : null,
        };
    }
}
