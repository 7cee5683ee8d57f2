using Plumbline.Statistics;

namespace Plumbline.Tests.Statistics;

public sealed class PairedComparisonTests
{
    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(5, 5, 1)]
    // (|10 − 2| − 1)² / 12 = 4.0833; (|40 − 20| − 1)² / 60 = 6.0167: upper tails of chi-square by R's pchisq.
    [InlineData(10, 2, 0.043308)]
    [InlineData(20, 40, 0.014171)]
    public void McNemar_Counts_ChiSquareTail(int onlyFirst, int onlySecond, double p) => PairedComparison.McNemar(onlyFirst, onlySecond).ShouldBe(p, 1e-5);

    [Fact]
    public void Of_ThreadsAndOrderOfRows_SameResult()
    {
        var (truth, first, second) = Rows(500, 3, 0.7, 0.6);
        var one = PairedComparison.Of(truth, first, second, 3, 5, threads: 1);
        PairedComparison.Of(truth, first, second, 3, 5, threads: 2).ShouldBe(one);
        PairedComparison.Of([.. truth.Reverse()], [.. first.Reverse()], [.. second.Reverse()], 3, 5).ShouldBe(one);
        PairedComparison.Of(truth, second, first, 3, 5).Difference.ShouldBe(-one.Difference, 1e-12);
    }

    [Fact]
    public void Of_Equal_NoDifference()
    {
        var (truth, first, _) = Rows(200, 2, 0.8, 0.8);
        PairedComparison.Of(truth, first, first, 2, 1).ShouldBe(new PairedComparison(0, 0, 0, 0, 1));
    }

    [Fact]
    public void Of_Rows_AsResamplingRowByRow()
    {
        var (truth, first, second) = Rows(300, 4, 0.7, 0.55);
        var comparison = PairedComparison.Of(truth, first, second, 4, 11);
        var random = new RandomSource(3);
        var naive = Enumerable.Range(0, 2000).Select(_ =>
        {
            var rows = Enumerable.Range(0, truth.Length).Select(_ => random.NextInt32(truth.Length)).ToArray();
            return MacroF1(first) - MacroF1(second);

            double MacroF1(int[] predicted) => new ConfusionMatrix([.. rows.Select(row => truth[row])], [.. rows.Select(row => predicted[row])], 4).Counts.MacroF1;
        }).Order().ToArray();
        var mean = naive.Average();
        comparison.StandardError.ShouldBe(Math.Sqrt(naive.Average(value => (value - mean) * (value - mean))), 0.004);
        comparison.Low.ShouldBe(naive[50], 0.012);
        comparison.High.ShouldBe(naive[1950], 0.012);
    }

    private static (int[] Truth, int[] First, int[] Second) Rows(int rows, int classes, double firstRight, double secondRight)
    {
        var random = new RandomSource(9);
        var truth = new int[rows];
        var (first, second) = (new int[rows], new int[rows]);
        for (var row = 0; row < rows; row++)
        {
            truth[row] = random.NextInt32(classes);
            first[row] = random.NextDouble() < firstRight ? truth[row] : random.NextInt32(classes);
            second[row] = random.NextDouble() < secondRight ? truth[row] : random.NextInt32(classes);
        }
        return (truth, first, second);
    }
}
