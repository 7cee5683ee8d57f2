using Plumbline.Tuning.Spaces;

namespace Plumbline.Tuning.Samplers;

/// <summary>
/// Tree-structured Parzen estimators (Bergstra et al. 2011): parameters are drawn from a density of the good trials, and of several draws the one is taken where that density is
/// highest relative to the density of the others. Parameters under one condition are drawn together (Falkner et al. 2018) or one by one.
/// </summary>
public sealed record TpeSampler : Sampler
{
    /// <summary>Trials drawn at random first.</summary>
    public int StartupTrials { get; init; } = 10;

    /// <summary>Draws of which the best is taken.</summary>
    public int Candidates { get; init; } = 24;

    /// <summary>How much the prior counts in a density, a trial being 1.</summary>
    public double PriorWeight { get; init; } = 1;

    /// <summary>Share of the suggestions, 0 to 1, for which the parameters under one condition are drawn together; for the others, one by one.</summary>
    public double MultivariateShare { get; init; } = 0.5;

    internal override ISuggester Begin(SearchSpace space, IReadOnlyList<StudyDirection> directions)
    {
        AtLeast(StartupTrials, 1, "startup_trials");
        AtLeast(Candidates, 1, "candidates");
        if (!(PriorWeight > 0) || !double.IsFinite(PriorWeight))
            throw new ArgumentException($"prior_weight: {PriorWeight} is not above 0.");
        if (!(MultivariateShare >= 0 && MultivariateShare <= 1))
            throw new ArgumentException($"multivariate_share: {MultivariateShare} is not within 0 to 1.");
        return new TpeSuggester(this, space, directions);
    }
}
