using Plumbline.Statistics;

namespace Plumbline.Tests.Statistics;

public sealed class PopulationStabilityTests
{
    private static readonly double[] Before = [.. Enumerable.Range(0, 100).Select(i => 0.5 * i)];
    private static readonly TwoSamples Shifted = TwoSamples.Of(Before, [.. Before.Select(value => value + 10)]);

    [Fact]
    public void OfInnerDeciles_ShiftByTen_IsTheReferenceSystems() => PopulationStability.OfInnerDeciles(Shifted).ShouldBe(3.22361874723925, 1e-12);

    [Fact]
    public void OfSturgesBins_ShiftByTen_IsEvidentlys() => PopulationStability.OfSturgesBins(Shifted).ShouldBe(2.10121956387456, 1e-12);

    [Fact]
    public void OfQuantileBins_ShiftByTen_CountsWhatIsBeyondTheEnds()
    {
        var (first, second, cuts) = Shifted.Bins(10);
        first.ShouldBe(Enumerable.Repeat(10L, 10));
        second.ShouldBe([0, 0, 10, 10, 10, 10, 10, 10, 10, 30]);
        cuts.ShouldBe(Enumerable.Range(1, 9).Select(bin => 4.5 + (5 * (bin - 1))));
        PopulationStability.OfQuantileBins(Shifted).ShouldBe((2 * 0.0999 * Math.Log(0.1 / 1e-4)) + (0.2 * Math.Log(3)), 1e-9);
    }

    [Fact]
    public void Bins_MostValuesEqual_AreABinOfTheirOwn()
    {
        var samples = TwoSamples.Of([.. Enumerable.Repeat(1.0, 97), 2, 3, 4], [0, 1, 5]);
        var (first, second, cuts) = samples.Bins(10);
        first.ShouldBe([0, 97, 3]);
        second.ShouldBe([1, 1, 1]);
        cuts.ShouldBe([0, 1]);
        TwoSamples.Of([], [1, 2]).Bins(10).First.ShouldBe([0]);
        TwoSamples.Of([], []).Bins(10).First.ShouldBe([0]);
    }

    /// <summary>In one bin with the constant, what moved from it was seen by no index.</summary>
    [Theory]
    [InlineData(7)]
    [InlineData(12)]
    public void Bins_ConstantThatMoved_IsFound(double to)
    {
        var (first, second, _) = TwoSamples.Of([.. Enumerable.Repeat(10.0, 300)], [.. Enumerable.Repeat(to, 150), .. Enumerable.Repeat(10.0, 150)]).Bins(10);
        PopulationStability.Unbiased(first, second).ShouldBeGreaterThan(1);
        var (still, again, _) = TwoSamples.Of([.. Enumerable.Repeat(10.0, 300)], [.. Enumerable.Repeat(10.0, 300)]).Bins(10);
        still.ShouldBe([300]);
        again.ShouldBe([300]);
    }

    [Fact]
    public void Unbiased_SamplesOfOneDistribution_AreZeroOnTheAverage()
    {
        var random = new RandomSource(11);
        var (biased, unbiased) = (0.0, 0.0);
        const int Rounds = 300;
        for (var round = 0; round < Rounds; round++)
        {
            var (first, second) = (new long[10], new long[10]);
            Fill(first, random);
            Fill(second, random);
            biased += Divergence.PopulationStabilityIndex([.. first.Select(count => count / 1000.0)], [.. second.Select(count => count / 1000.0)]) / Rounds;
            unbiased += PopulationStability.Unbiased(first, second) / Rounds;
        }
        biased.ShouldBe(9 * 2 / 1000.0, 0.002);
        unbiased.ShouldBeLessThan(0.005);

        static void Fill(long[] counts, RandomSource random)
        {
            for (var i = 0; i < 1000; i++)
                counts[random.NextInt32(10)]++;
        }
    }
}
