using Plumbline.Statistics;

namespace Plumbline.Tests.Statistics;

public sealed class BootstrapTests
{
    [Fact]
    public void Intervals_AnyNumberOfThreads_SameBits()
    {
        var sample = Sample.Generate(3, 500, 6);
        var matrix = new ConfusionMatrix(sample.Truth, sample.Predicted, sample.Classes);
        var one = Bootstrap.Intervals(matrix, seed: 9, resamples: 300, threads: 1);
        Bootstrap.Intervals(matrix, seed: 9, resamples: 300, threads: 2).ShouldBe(one);
        Bootstrap.Intervals(matrix, seed: 9, resamples: 300, threads: 7).ShouldBe(one);
        Bootstrap.Intervals(matrix, seed: 10, resamples: 300).ShouldNotBe(one);
    }

    [Fact]
    public void Intervals_CellsInsteadOfRows_AgreeWithResamplingRows()
    {
        var sample = Sample.Generate(5, 400, 4, skill: 1);
        var (accuracy, macro, weighted) =
            Bootstrap.Intervals(new ConfusionMatrix(sample.Truth, sample.Predicted, sample.Classes), seed: 1, resamples: 4000);
        var random = new RandomSource(77);
        var naive = Enumerable.Range(0, 4000).Select(_ =>
        {
            var rows = Enumerable.Range(0, sample.Rows).Select(_ => random.NextInt32(sample.Rows)).ToArray();
            return new ConfusionMatrix(
                [.. rows.Select(row => sample.Truth[row])], [.. rows.Select(row => sample.Predicted[row])], sample.Classes).Counts;
        }).ToArray();
        ShouldMatch(accuracy, naive.Select(counts => counts.Accuracy));
        ShouldMatch(macro, naive.Select(counts => counts.MacroF1));
        ShouldMatch(weighted, naive.Select(counts => counts.WeightedF1));
    }

    [Fact]
    public void Intervals_RepeatedExperiments_CoverTheTruthAboutNineteenTimesInTwenty()
    {
        // Two classes, each confused with the other in a fifth of its rows: every score is 0.8 in the population.
        const int Experiments = 400, Rows = 400;
        var covered = new int[3];
        for (var experiment = 0; experiment < Experiments; experiment++)
        {
            var random = RandomSource.Fork(21, (ulong)experiment);
            var truth = new int[Rows];
            var predicted = new int[Rows];
            for (var row = 0; row < Rows; row++)
            {
                truth[row] = random.NextInt32(2);
                predicted[row] = random.NextDouble() < 0.8 ? truth[row] : 1 - truth[row];
            }
            var intervals = Bootstrap.Intervals(new ConfusionMatrix(truth, predicted, 2), (ulong)experiment, resamples: 400);
            covered[0] += Covers(intervals.Accuracy);
            covered[1] += Covers(intervals.MacroF1);
            covered[2] += Covers(intervals.WeightedF1);
        }
        covered.ShouldAllBe(count => count >= 0.92 * Experiments && count <= 0.98 * Experiments);

        static int Covers(Estimate estimate) => estimate.Low <= 0.8 && 0.8 <= estimate.High ? 1 : 0;
    }

    [Fact]
    public void Intervals_NoResamples_AreNaN()
    {
        var (accuracy, _, _) = Bootstrap.Intervals(new ConfusionMatrix([0, 1], [0, 0], 2), seed: 1, resamples: 0);
        accuracy.ShouldBe(new Estimate(0.5, double.NaN, double.NaN));
    }

    [Fact]
    public void Intervals_NothingWrong_AreAPoint()
    {
        var (accuracy, macro, _) = Bootstrap.Intervals(new ConfusionMatrix([0, 1, 1], [0, 1, 1], 2), seed: 1, resamples: 100);
        accuracy.ShouldBe(new Estimate(1, 1, 1));
        macro.ShouldBe(new Estimate(1, 1, 1));
    }

    private static void ShouldMatch(Estimate fast, IEnumerable<double> naive)
    {
        var sorted = naive.Order().ToArray();
        fast.Low.ShouldBe(sorted[(int)(0.025 * sorted.Length)], 0.006);
        fast.High.ShouldBe(sorted[(int)(0.975 * sorted.Length)], 0.006);
    }
}
