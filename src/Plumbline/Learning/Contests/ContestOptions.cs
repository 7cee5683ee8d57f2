using Plumbline.Learning.Resampling;
using Plumbline.Tuning;

namespace Plumbline.Learning.Contests;

/// <summary>How families compete.</summary>
public sealed record ContestOptions
{
    private const int UsualFolds = 5;
    private const int MostFolds = 50;

    /// <summary>Trials of each family; at least 1.</summary>
    public int Trials { get; init; } = 30;

    /// <summary>After so long no trial is begun; what is found then depends on the machine. Null: no limit.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>A family's study ends after so many trials without a better one; null: never.</summary>
    public int? WithoutImprovement { get; init; }

    public SamplerKind Sampler { get; init; } = SamplerKind.Tpe;

    public PrunerKind Pruner { get; init; } = PrunerKind.Median;

    /// <summary>Folds of train and valid together that trials are judged by, 2 to 50; 5 where <see cref="FoldBy"/> alone is given; null: judged on valid.</summary>
    public int? Folds { get => field ?? (FoldBy is null ? null : UsualFolds); init; }

    /// <summary>What decides the fold of a row; null: what decided its split, so far as that can be said of folds.</summary>
    public FoldBy? FoldBy { get; init; }

    /// <summary>Whether the best of each family, voting together and stacked, compete too.</summary>
    public bool Ensemble { get; init; } = true;

    /// <summary>
    /// Of the candidates whose macro-F1 is at most so many standard errors of the paired difference below the best, the simplest wins (Breiman et al. 1984); 0: the best
    /// wins.
    /// </summary>
    public double StandardErrors { get; init; } = 1;

    /// <summary>Whether a new study begins with the best trials of earlier studies of the experiment. What it finds then depends on them.</summary>
    public bool WarmStart { get; init; }

    internal StudyBudget Budget => new(Trials, Timeout, WithoutImprovement);

    /// <summary>Where figures come from: <c>on valid</c>, <c>over 5 folds by user</c>.</summary>
    internal string Judged => Folds is not { } folds ? "on valid"
        : FoldBy is null or Resampling.FoldBy.Stratified ? FormattableString.Invariant($"over {folds} stratified folds")
        : FormattableString.Invariant($"over {folds} folds by {FoldBy.ToString()!.ToLowerInvariant()}");

    /// <exception cref="ArgumentException">A value is out of its range; the message names it.</exception>
    internal void Validate()
    {
        Budget.Validate();
        if (!(StandardErrors >= 0) || !double.IsFinite(StandardErrors))
            throw new ArgumentException($"standard_errors: {StandardErrors} is below 0.");
        if (Folds is < 2 or > MostFolds)
            throw new ArgumentException($"folds: {Folds} is not within 2 to {MostFolds}.");
    }
}
