using Plumbline.Tuning.Spaces;

namespace Plumbline.Tuning.Samplers;

/// <summary>Tree-structured Parzen estimators (Bergstra et al. 2011).</summary>
public sealed record TpeSampler : Sampler
{
    public int StartupTrials { get; init; } = 10;

    public int Candidates { get; init; } = 24;

    public double PriorWeight { get; init; } = 1;

    public bool Multivariate { get; init; }

    public double Mix { get; init; }

    public double GammaShare { get; init; } = 0.1;

    public bool Quasi { get; init; }

    public double MinSigma { get; init; } = 0.01;
    public double Sigma0 { get; init; } = 0.2;
    public bool Sqrt { get; init; }

    internal override ISuggester Begin(SearchSpace space, IReadOnlyList<StudyDirection> directions, ulong seed) => new TpeSuggester(this, space, directions, seed);
}
