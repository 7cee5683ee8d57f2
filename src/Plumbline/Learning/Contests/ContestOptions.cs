using Plumbline.Tuning;

namespace Plumbline.Learning.Contests;

/// <summary>How families compete.</summary>
public sealed record ContestOptions
{
    /// <summary>Trials of each family; at least 1.</summary>
    public int Trials { get; init; } = 30;

    /// <summary>After so long no trial is begun; what is found then depends on the machine. Null: no limit.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>A family's study ends after so many trials without a better one; null: never.</summary>
    public int? WithoutImprovement { get; init; }

    public SamplerKind Sampler { get; init; } = SamplerKind.Tpe;

    public PrunerKind Pruner { get; init; } = PrunerKind.Median;

    /// <summary>Whether the best of each family, voting together, compete too.</summary>
    public bool Ensemble { get; init; } = true;

    /// <summary>
    /// Of the candidates whose macro-F1 is at most so many standard errors of the paired difference below the best, the simplest wins (Breiman et al. 1984); 0: the best
    /// wins.
    /// </summary>
    public double StandardErrors { get; init; } = 1;

    /// <summary>Whether a new study begins with the best trials of earlier studies of the experiment. What it finds then depends on them.</summary>
    public bool WarmStart { get; init; }

    /// <summary>Whether logistic regression and SVMs may take components of their n-grams as further inputs.</summary>
    public bool Svd { get; init; }

    internal StudyBudget Budget => new(Trials, Timeout, WithoutImprovement);

    /// <exception cref="ArgumentException">A value is out of its range; the message names it.</exception>
    internal void Validate()
    {
        Budget.Validate();
        if (!(StandardErrors >= 0) || !double.IsFinite(StandardErrors))
            throw new ArgumentException($"standard_errors: {StandardErrors} is below 0.");
    }
}
