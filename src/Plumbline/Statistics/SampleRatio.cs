using static MathNet.Numerics.SpecialFunctions;

namespace Plumbline.Statistics;

/// <summary>
/// Whether units came to the arms in the shares that they were assigned in, looked at as often as one likes: the multinomial test of Lindon and Malek (2022, "Anytime-valid inference for multinomial
/// count data", NeurIPS). The counts must be of units, each once: requests of one user are not independent. Thread-safe.
/// </summary>
internal static class SampleRatio
{
    /// <summary>
    /// How many units the prior is as sure of the shares as. A sure one finds small mismatches among many units, an unsure one large mismatches among few; the mean of their martingales is
    /// a martingale, too.
    /// </summary>
    private static readonly double[] Concentrations = [100, 1000, 10_000, 100_000];

    /// <summary>ln of the evidence against the shares: if they are true, the chance that this ever reaches ln(1/α) is at most α.</summary>
    /// <param name="units">By arm.</param>
    /// <param name="shares">By arm, each above 0, 1 together.</param>
    public static double LogEvidence(ReadOnlySpan<long> units, ReadOnlySpan<double> shares)
    {
        Span<double> evidence = stackalloc double[Concentrations.Length];
        var most = double.NegativeInfinity;
        for (var i = 0; i < evidence.Length; i++)
        {
            evidence[i] = LogEvidence(units, shares, Concentrations[i]);
            most = Math.Max(most, evidence[i]);
        }
        var sum = 0.0;
        foreach (var one in evidence)
            sum += Math.Exp(one - most);
        return most + Math.Log(sum / evidence.Length);
    }

    /// <summary>The Dirichlet-multinomial chance of the counts over their multinomial one.</summary>
    private static double LogEvidence(ReadOnlySpan<long> units, ReadOnlySpan<double> shares, double concentration)
    {
        var (evidence, total) = (0.0, 0L);
        for (var arm = 0; arm < units.Length; arm++)
        {
            var prior = concentration * shares[arm];
            evidence += GammaLn(prior + units[arm]) - GammaLn(prior) - (units[arm] * Math.Log(shares[arm]));
            total += units[arm];
        }
        return evidence + GammaLn(concentration) - GammaLn(concentration + total);
    }
}
