using FsCheck.Xunit;
using Plumbline.Statistics;

namespace Plumbline.Tests.Statistics;

public sealed class SampleRatioTests
{
    private const double Alpha = 0.01;
    private static readonly double[] Shares = [0.7, 0.2, 0.1];

    [Property]
    public void LogEvidence_AnyUnits_IsTheProductOfOneUnitAfterTheOther(byte[] arms)
    {
        var (counts, evidence) = (new long[3], 0.0);
        foreach (var arm in arms.Select(arm => arm % 3))
        {
            // What the prior and the units before foretold, against the share.
            evidence += Math.Log(((10_000 * Shares[arm]) + counts[arm]) / (10_000 + counts.Sum()) / Shares[arm]);
            counts[arm]++;
        }
        SampleRatio.LogEvidence(counts, Shares).ShouldBe(evidence, 1e-6);
    }

    [Fact]
    public void LogEvidence_UnitsAsAssigned_ReachesTheLimitInAtMostAlphaOfSequences()
    {
        const int Runs = 1000;
        SequenceErrors.Count(Runs, 17, random => FindsMismatch(random, 0.7, 500)).ShouldBeAtMost(Alpha, Runs);
    }

    [Fact]
    public void LogEvidence_OneArmLosesUnits_ReachesTheLimit()
    {
        const int Runs = 100;
        SequenceErrors.Count(Runs, 19, random => FindsMismatch(random, 0.67, 500)).ShouldBe(Runs);
    }

    private static bool FindsMismatch(RandomSource random, double first, int windows)
    {
        var counts = new long[3];
        for (var window = 0; window < windows; window++)
        {
            var mine = Binomial.Draw(random, 100, first);
            var second = Binomial.Draw(random, 100 - mine, 2.0 / 3);
            counts[0] += mine;
            counts[1] += second;
            counts[2] += 100 - mine - second;
            if (SampleRatio.LogEvidence(counts, Shares) >= Math.Log(1 / Alpha))
                return true;
        }
        return false;
    }
}
