using Plumbline.Tuning.Spaces;

namespace Plumbline.Tuning.Samplers;

/// <summary>
/// Covariance matrix adaptation (Hansen 2016), with restarts of twice the population when a search is over (IPOP: Auger &amp; Hansen 2005). For numbers that every trial has; parameters that are
/// categorical or under a condition are left to <see cref="TpeSampler"/>. One objective.
/// </summary>
public sealed record CmaEsSampler : Sampler
{
    /// <summary>Trials a generation, at least 4; null: 4 + ⌊3 ln d⌋.</summary>
    public int? Population { get; init; }

    /// <summary>Standard deviation of the first generation, as a share of each range.</summary>
    public double InitialSigma { get; init; } = 0.3;

    internal override ISuggester Begin(SearchSpace space, IReadOnlyList<StudyDirection> directions)
    {
        if (directions.Count != 1)
            throw new ArgumentException($"sampler: CMA-ES has one objective, not {directions.Count}; use nsga2 or tpe.");
        if (Population is { } population)
            AtLeast(population, 4, "population");
        if (!(InitialSigma > 0 && InitialSigma <= 1))
            throw new ArgumentException($"initial_sigma: {InitialSigma} is not above 0 and at most 1.");
        return new CmaEsSuggester(this, space, directions);
    }
}
