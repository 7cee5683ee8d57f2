using FsCheck.Xunit;
using Plumbline.Statistics;

namespace Plumbline.Tests.Statistics;

public sealed class ConfusionScoreTests
{
    [Property]
    public void Values_AnyCells_AreThoseOfLabelCounts(byte[] counts)
    {
        const int Classes = 4;
        var cells = new long[Classes * Classes];
        for (var i = 0; i < counts.Length; i++)
            cells[i % cells.Length] += counts[i];
        var naive = new LabelCounts(Classes);
        for (var cell = 0; cell < cells.Length; cell++)
            naive.Add(cell / Classes, cell % Classes, (int)cells[cell]);
        ConfusionScore.Accuracy(cells, Classes).Value.ShouldBe(naive.Accuracy, 1e-12);
        ConfusionScore.MacroF1(cells, Classes).Value.ShouldBe(naive.MacroF1, 1e-12);
        for (var label = 0; label < Classes; label++)
        {
            ConfusionScore.F1(cells, Classes, label).Value.ShouldBe(naive.F1(label), 1e-12);
            ConfusionScore.Recall(cells, Classes, label).Value.ShouldBe(naive.Recall(label), 1e-12);
            ConfusionScore.Precision(cells, Classes, label).Value.ShouldBe(naive.Precision(label), 1e-12);
        }
    }

    [Fact]
    public void Variances_ManyRows_AreThoseOfResampling()
    {
        const int Classes = 3, Resamples = 3000;
        long[] cells = [700, 80, 20, 60, 300, 40, 5, 25, 70];
        var rows = (int)cells.Sum();
        var random = new RandomSource(3);
        var (macro, f1, recall) = (new double[Resamples], new double[Resamples], new double[Resamples]);
        for (var resample = 0; resample < Resamples; resample++)
        {
            var (drawn, left, undecided) = (new long[cells.Length], rows, rows);
            for (var cell = 0; cell < cells.Length; cell++)
            {
                drawn[cell] = cells[cell] == undecided ? left : Binomial.Draw(random, left, (double)cells[cell] / undecided);
                (left, undecided) = (left - (int)drawn[cell], undecided - (int)cells[cell]);
            }
            (macro[resample], f1[resample], recall[resample]) =
                (ConfusionScore.MacroF1(drawn, Classes).Value, ConfusionScore.F1(drawn, Classes, 2).Value, ConfusionScore.Recall(drawn, Classes, 1).Value);
        }
        ConfusionScore.MacroF1(cells, Classes).Variance.ShouldBe(Variance(macro), Variance(macro) * 0.1);
        ConfusionScore.F1(cells, Classes, 2).Variance.ShouldBe(Variance(f1), Variance(f1) * 0.1);
        ConfusionScore.Recall(cells, Classes, 1).Variance.ShouldBe(Variance(recall), Variance(recall) * 0.1);
    }

    [Fact]
    public void Variances_EverythingRight_IsNotCertain()
    {
        long[] cells = [50, 0, 0, 50];
        ConfusionScore.MacroF1(cells, 2).Value.ShouldBe(1);
        ConfusionScore.MacroF1(cells, 2).Variance.ShouldBeGreaterThan(1e-4);
        ConfusionScore.F1(cells, 2, 0).Variance.ShouldBeGreaterThan(5e-5);
        ConfusionScore.Accuracy(cells, 2).Variance.ShouldBeGreaterThan(1e-5);
    }

    /// <summary>What a label's least rows rest on: with fewer the delta method need not hold.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    public void MacroF1_RareLabelLookedAtAlways_DiffersInAtMostAlphaOfSequences(int ratio)
    {
        const int Runs = 400, Rows = 4000, Window = 100;
        const double Rare = 0.02, Alpha = 0.05;
        SequenceErrors.Count(Runs, 29, random =>
        {
            var (mine, theirs) = (new long[9], new long[9]);
            for (var n = Window; n <= Rows; n += Window)
            {
                Draw(random, mine, Window, Rare);
                Draw(random, theirs, Window * ratio, Rare);
                if (Math.Min(ConfusionScore.Recall(mine, 3, 0).Rows, ConfusionScore.Recall(theirs, 3, 0).Rows) < Plumbline.Rollouts.ScoredArm.LeastLabelRows)
                    continue;
                var (one, other) = (ConfusionScore.MacroF1(mine, 3), ConfusionScore.MacroF1(theirs, 3));
                if (Math.Abs(one.Value - other.Value) > AsymptoticSequence.HalfWidth(Math.Sqrt(one.Variance + other.Variance), (double)n / Rows, Alpha))
                    return true;
            }
            return false;
        }).ShouldBeAtMost(Alpha, Runs);
    }

    private static void Draw(RandomSource random, long[] cells, int rows, double rare)
    {
        for (var row = 0; row < rows; row++)
        {
            var u = random.NextDouble();
            var truth = u < rare ? 0 : u < 0.6 ? 1 : 2;
            cells[(truth * 3) + (random.NextDouble() < 0.75 ? truth : random.NextInt32(3))]++;
        }
    }

    private static double Variance(double[] values)
    {
        var mean = values.Average();
        return values.Average(value => (value - mean) * (value - mean));
    }
}
