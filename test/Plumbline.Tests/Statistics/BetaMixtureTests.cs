using FsCheck.Xunit;
using Plumbline.Statistics;

namespace Plumbline.Tests.Statistics;

public sealed class BetaMixtureTests
{
    private const double Alpha = 0.05;

    [Property]
    public void LogEvidence_AnyCounts_IsTheMixtureOfLikelihoodRatios(byte hits, byte misses, byte place)
    {
        var p = (place + 0.5) / 256;
        // Uniform prior: ∫ (q/p)ʰ((1 − q)/(1 − p))ᵐ dq.
        const int Steps = 20_000;
        // Against the largest of them, which a double may not hold.
        var (sum, best) = (0.0, Binomial.LogLikelihood((double)hits / Math.Max(1, hits + misses), hits, hits + misses));
        for (var i = 0; i < Steps; i++)
        {
            var q = (i + 0.5) / Steps;
            sum += Math.Exp(Binomial.LogLikelihood(q, hits, hits + misses) - best);
        }
        new BetaMixture(1, 1).LogEvidence(p, hits, hits + misses).ShouldBe(Math.Log(sum / Steps) + best - Binomial.LogLikelihood(p, hits, hits + misses), 1e-3);
    }

    [Property]
    public void Interval_AnyCounts_EndsWhereEvidenceReachesTheLimit(byte hits, byte misses)
    {
        var (low, high) = BetaMixture.Reference.Interval(hits, hits + misses, Alpha);
        if (hits + misses == 0)
        {
            (low, high).ShouldBe((0, 1));
            return;
        }
        ((double)hits / (hits + misses)).ShouldBeInRange(low, high);
        foreach (var edge in new[] { low, high }.Where(edge => edge is > 0 and < 1))
            BetaMixture.Reference.LogEvidence(edge, hits, hits + misses).ShouldBe(Math.Log(1 / Alpha), 1e-4);
    }

    [Property]
    public void Hits_AnyTrials_AreThoseThatEvidenceDoesNotSpeakAgainst(byte trials, byte place)
    {
        var (p, mixture) = ((place + 0.5) / 256, new BetaMixture(2, 2));
        var (fewest, most) = mixture.Hits(p, trials, Alpha);
        for (var hits = 0; hits <= trials; hits++)
        {
            // At the very expected count it never does.
            if (hits != (long)Math.Round(p * trials))
                (mixture.LogEvidence(p, hits, trials) < Math.Log(1 / Alpha)).ShouldBe(hits >= fewest && hits <= most, $"{hits} of {trials}");
        }
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.01)]
    [InlineData(0.0005)]
    public void Interval_LookedAtAfterEveryWindow_MissesInAtMostAlphaOfSequences(double p)
    {
        const int Runs = 1000;
        SequenceErrors.Count(Runs, 3, random =>
        {
            var (hits, trials) = (0L, 0L);
            for (var window = 0; window < 200; window++)
            {
                var size = 1 + random.NextInt32(60);
                hits += Binomial.Draw(random, size, p);
                trials += size;
                if (BetaMixture.Reference.LogEvidence(p, hits, trials) >= Math.Log(1 / Alpha))
                    return true;
            }
            return false;
        }).ShouldBeAtMost(Alpha, Runs);
    }
}
