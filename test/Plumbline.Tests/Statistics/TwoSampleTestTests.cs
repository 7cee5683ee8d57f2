using FsCheck.Xunit;
using Plumbline.Statistics;

namespace Plumbline.Tests.Statistics;

public sealed class TwoSampleTestTests
{
    [Property]
    public void KolmogorovSmirnov_AnySamples_IsTheNaiveDistance(byte[] first, byte[] second)
    {
        if (first.Length == 0 || second.Length == 0)
            return;
        var samples = Of(first, second);
        var naive = Enumerable.Range(0, 256).Max(value => Math.Abs(((double)first.Count(one => one <= value) / first.Length) - ((double)second.Count(one => one <= value) / second.Length)));
        KolmogorovSmirnov.Test(samples).Statistic.ShouldBe(naive, 1e-12);
        KolmogorovSmirnov.Test(samples).PValue.ShouldBeInRange(0, 1);
    }

    [Fact]
    public void KolmogorovSmirnov_SmallSamples_HaveTheExactChance()
    {
        // All 20 orders of 3 and 3 values: 2 of them are wholly apart, 6 + 6 + … by 2/3.
        KolmogorovSmirnov.Test(TwoSamples.Of([1, 2, 3], [4, 5, 6])).PValue.ShouldBe(2 / 20.0, 1e-12);
        KolmogorovSmirnov.Test(TwoSamples.Of([1, 2, 4], [3, 5, 6])).PValue.ShouldBe(12 / 20.0, 1e-12);
    }

    [Fact]
    public void KolmogorovSmirnov_LargeSamples_HaveTheAsymptoticChance()
    {
        // λ = 1.3581 is the 5 % point of Kolmogorov's distribution.
        var n = 4_000_000;
        var samples = new TwoSamples([0, 1], [n / 2, n / 2], [(n / 2) + (int)(1.3581 * Math.Sqrt(2.0 / n) * n), (n / 2) - (int)(1.3581 * Math.Sqrt(2.0 / n) * n)]);
        KolmogorovSmirnov.Test(samples).PValue.ShouldBe(0.05, 0.001);
    }

    [Property]
    public void Wasserstein_SamplesOfOneSize_IsTheMeanDistanceOfTheSorted(byte[] first, int seed)
    {
        if (first.Length == 0)
            return;
        var random = new RandomSource((ulong)seed);
        byte[] second = [.. first.Select(_ => (byte)random.NextInt32(256))];
        WassersteinDistance.Of(Of(first, second)).ShouldBe(first.Order().Zip(second.Order(), (one, other) => Math.Abs((double)one - other)).Average(), 1e-9);
    }

    [Fact]
    public void Homogeneity_KnownTable_IsPearsons()
    {
        // 2 × 2: 100 · (10 · 20 − 40 · 30)² ÷ (50 · 50 · 40 · 60)
        var test = HomogeneityTest.Test([10, 40], [30, 20]);
        test.Statistic.ShouldBe(100.0 * 1_000_000 / (50 * 50 * 40 * 60), 1e-9);
        test.PValue.ShouldBe(4.455709e-5, 1e-9);
        HomogeneityTest.Test([10, 20], [20, 40]).PValue.ShouldBe(1, 1e-9);
        HomogeneityTest.Test([100, 0], [100, 1]).PValue.ShouldBeGreaterThan(0.05, "a cell with too few expected is none of its own");
        HomogeneityTest.Test([], []).PValue.ShouldBe(1);
    }

    [Fact]
    public void FalseDiscovery_PaperExample_IsBenjaminiAndHochbergs()
    {
        double[] values = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.000];
        FalseDiscovery.Adjust(values).Count(value => value <= 0.05).ShouldBe(4);
        FalseDiscovery.Adjust([0.04, 0.01, double.NaN]).ShouldBe([0.04, 0.02, double.NaN]);
    }

    [Property]
    public void RankSum_AnyScores_IsTheShareOfPairsWon(byte[] first, byte[] second)
    {
        if (first.Length == 0 || second.Length == 0)
            return;
        var naive = first.Average(one => second.Average(other => other > one ? 1.0 : other == one ? 0.5 : 0));
        RankSum.Test([.. first.Select(score => ((double)score, false)), .. second.Select(score => ((double)score, true))]).Statistic.ShouldBe(naive, 1e-9);
    }

    [Fact]
    public void MeanDiscrepancy_OneDistribution_IsFarFromSureAndShiftedIsFound()
    {
        var random = new RandomSource(5);
        float[][] Draw(int count, float shift) => [.. Enumerable.Range(0, count).Select(_ => new[] { (float)random.NextGaussian() + shift, (float)random.NextGaussian() })];
        var (one, same, shifted) = (Draw(60, 0), Draw(60, 0), Draw(60, 1));
        MeanDiscrepancy.Test(one, same, 99, 1).PValue.ShouldBeGreaterThan(0.02);
        var found = MeanDiscrepancy.Test(one, shifted, 99, 1);
        found.PValue.ShouldBe(0.01);
        found.ShouldBe(MeanDiscrepancy.Test(one, shifted, 99, 1), "the seed decides");
    }

    private static TwoSamples Of(byte[] first, byte[] second) => TwoSamples.Of([.. first.Select(value => (double)value)], [.. second.Select(value => (double)value)]);
}
