using static MathNet.Numerics.SpecialFunctions;

namespace Plumbline.Statistics;

/// <summary>
/// Whether units came to the arms in the shares that they were assigned in, looked at as often as one likes: the multinomial test of Lindon and Malek (2022, "Anytime-valid inference for multinomial
/// count data", NeurIPS). The counts must be of units, each once: requests of one user are not independent. Thread-safe.
/// </summary>
internal static class SampleRatio
{
    /// <summary>As theirs: the prior is as sure of the shares as if this many units had been seen, which finds small mismatches soonest.</summary>
    private const double Concentration = 10_000;

    /// <summary>ln of the evidence against the shares: if they are true, the chance that this ever reaches ln(1/α) is at most α.</summary>
    /// <param name="units">By arm.</param>
    /// <param name="shares">By arm, each above 0, 1 together.</param>
    public static double LogEvidence(ReadOnlySpan<long> units, ReadOnlySpan<double> shares)
    {
        var (evidence, total) = (0.0, 0L);
        for (var arm = 0; arm < units.Length; arm++)
        {
            var prior = Concentration * shares[arm];
            evidence += GammaLn(prior + units[arm]) - GammaLn(prior) - (units[arm] * Math.Log(shares[arm]));
            total += units[arm];
        }
        return evidence + GammaLn(Concentration) - GammaLn(Concentration + total);
    }
}
