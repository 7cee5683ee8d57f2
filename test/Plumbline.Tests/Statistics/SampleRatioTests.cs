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
        var evidences = new[] { 100, 1000, 10_000, 100_000 }.Select(concentration =>
        {
            var (counts, evidence) = (new long[3], 1.0);
            foreach (var arm in arms.Select(arm => arm % 3))
            {
                // What the prior and the units before foretold, against the share.
                evidence *= ((concentration * Shares[arm]) + counts[arm]) / (concentration + counts.Sum()) / Shares[arm];
                counts[arm]++;
            }
            return evidence;
        });
        long[] units = [.. Enumerable.Range(0, 3).Select(arm => arms.LongCount(unit => unit % 3 == arm))];
        SampleRatio.LogEvidence(units, Shares).ShouldBe(Math.Log(evidences.Average()), 1e-6);
    }

    [Fact]
    public void LogEvidence_UnitsAsAssigned_ReachesTheLimitInAtMostAlphaOfSequences()
    {
        const int Runs = 1000;
        SequenceErrors.Count(Runs, 17, random => FindsMismatch(random, 0.7, 500)).ShouldBeAtMost(Alpha, Runs);
    }

    [Theory]
    [InlineData(0.5, 6)]
    [InlineData(0.67, 300)]
    [InlineData(0.69, 2000)]
    public void LogEvidence_OneArmLosesUnits_ReachesTheLimit(double first, int windows)
    {
        const int Runs = 100;
        SequenceErrors.Count(Runs, 19, random => FindsMismatch(random, first, windows)).ShouldBeGreaterThanOrEqualTo(90);
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
