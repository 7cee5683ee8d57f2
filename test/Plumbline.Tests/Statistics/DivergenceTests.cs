using FsCheck.Xunit;
using Plumbline.Statistics;

namespace Plumbline.Tests.Statistics;

public sealed class DivergenceTests
{
    [Fact]
    public void PopulationStabilityIndex_KnownShares_IsTheFormula() =>
        Divergence.PopulationStabilityIndex([0.5, 0.5], [0.25, 0.75]).ShouldBe((-0.25 * Math.Log(0.5)) + (0.25 * Math.Log(1.5)), 1e-12);

    [Fact]
    public void JensenShannonDistance_NothingInCommon_IsOne() => Divergence.JensenShannonDistance([1, 0], [0, 1]).ShouldBe(1, 1e-12);

    [Fact]
    public void JensenShannonDistance_KnownShares_IsTheFormula() =>
        Divergence.JensenShannonDistance([0.1, 0.4, 0.5], [0.3, 0.3, 0.4]).ShouldBe(0.21663402449519673, 1e-12);

    [Property]
    public void Both_EqualShares_AreZeroAndSymmetric(byte[] counts, byte[] others)
    {
        var size = Math.Min(counts.Length, others.Length);
        if (size == 0)
            return;
        var (first, second) = (Shares(counts[..size]), Shares(others[..size]));
        Divergence.PopulationStabilityIndex(first, first).ShouldBe(0);
        Divergence.JensenShannonDistance(first, first).ShouldBe(0, 1e-7);
        Divergence.PopulationStabilityIndex(first, second).ShouldBeGreaterThanOrEqualTo(0);
        Divergence.JensenShannonDistance(first, second).ShouldBe(Divergence.JensenShannonDistance(second, first), 1e-9);
    }

    [Fact]
    public void Both_DifferentBins_AreRefused()
    {
        Should.Throw<ArgumentException>(() => Divergence.PopulationStabilityIndex([1], [0.5, 0.5]));
        Should.Throw<ArgumentException>(() => Divergence.JensenShannonDistance([1], [0.5, 0.5]));
    }

    private static double[] Shares(byte[] counts) => [.. counts.Select(count => (count + 1.0) / counts.Sum(other => other + 1.0))];
}
