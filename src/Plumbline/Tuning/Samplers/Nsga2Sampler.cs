using Plumbline.Tuning.Spaces;

namespace Plumbline.Tuning.Samplers;

/// <summary>
/// NSGA-II (Deb et al. 2002): of parents and children the best by front and crowding are the next parents. Numbers are crossed by simulated binary crossover and changed by polynomial
/// mutation (Deb &amp; Agrawal 1995; Deb &amp; Goyal 1996) in the unit interval, categories are exchanged and drawn anew.
/// </summary>
public sealed record Nsga2Sampler : Sampler
{
    /// <summary>Parents, and trials a generation; the first generation is random.</summary>
    public int Population { get; init; } = 50;

    /// <summary>Share of children, 0 to 1, that come from two parents; others are changed copies of one.</summary>
    public double CrossoverProbability { get; init; } = 0.9;

    /// <summary>Probability of each parameter, 0 to 1, to be changed; null: one over the number of parameters.</summary>
    public double? MutationProbability { get; init; }

    /// <summary>How near to their parents children are: η of crossover and mutation.</summary>
    public double DistributionIndex { get; init; } = 20;

    internal override ISuggester Begin(SearchSpace space, IReadOnlyList<StudyDirection> directions)
    {
        AtLeast(Population, 2, "population");
        if (!(CrossoverProbability >= 0 && CrossoverProbability <= 1))
            throw new ArgumentException($"crossover_probability: {CrossoverProbability} is not within 0 to 1.");
        if (MutationProbability is { } mutation && !(mutation >= 0 && mutation <= 1))
            throw new ArgumentException($"mutation_probability: {mutation} is not within 0 to 1.");
        if (!(DistributionIndex >= 0 && DistributionIndex <= 1000))
            throw new ArgumentException($"distribution_index: {DistributionIndex} is not within 0 to 1000.");
        return new Nsga2Suggester(this, space, directions);
    }
}
