using FsCheck.Xunit;
using Plumbline.Statistics;

namespace Plumbline.Tests.Statistics;

public sealed class RankingTests
{
    [Property(MaxTest = 100, Replay = "1,3")]
    public void OneVersusRest_AnySample_AreasByDefinition(byte seed)
    {
        var sample = Sample.Generate(seed, 2 + (seed % 50), 2 + (seed % 3), ties: seed % 2 == 0, skill: 1);
        for (var label = 0; label < sample.Classes; label++)
        {
            var ranking = Ranking.OneVersusRest(sample.Truth, sample.Probabilities, sample.Classes, label, withCurves: true);
            ranking.RocAuc.ShouldBeNear(AucOfAllPairs(sample, label));
            ranking.AveragePrecision.ShouldBeNear(AveragePrecisionOfAllThresholds(sample, label));
            if (ranking.Roc is { } roc)
                Trapezoids(roc).ShouldBe(ranking.RocAuc, 0.001);
        }
    }

    [Fact]
    public void OneVersusRest_ManyRows_ThinsCurvesAndKeepsTheirShape()
    {
        var sample = Sample.Generate(4, 20_000, 2, skill: 1);
        var ranking = Ranking.OneVersusRest(sample.Truth, sample.Probabilities, 2, 1, withCurves: true);
        foreach (var curve in new[] { ranking.Roc!, ranking.PrecisionRecall! })
        {
            curve.X.Length.ShouldBeInRange(100, 200);
            curve.Y.Length.ShouldBe(curve.X.Length);
            curve.X.ShouldBeInOrder();
            curve.X[0].ShouldBe(0);
            curve.X[^1].ShouldBe(1);
        }
        ranking.Roc!.Y.ShouldBeInOrder();
        Trapezoids(ranking.Roc!).ShouldBe(ranking.RocAuc, 0.002);
        Trapezoids(ranking.PrecisionRecall!).ShouldBe(ranking.AveragePrecision, 0.005);
    }

    [Fact]
    public void OneVersusRest_ClassAbsentOrAlone_IsUndefined()
    {
        var absent = Ranking.OneVersusRest([0, 0], [0.6f, 0.4f, 0.7f, 0.3f], 2, 1, withCurves: true);
        absent.ShouldBe(new Ranking(double.NaN, double.NaN, null, null));
        var alone = Ranking.OneVersusRest([0, 0], [0.6f, 0.4f, 0.7f, 0.3f], 2, 0, withCurves: true);
        alone.RocAuc.ShouldBe(double.NaN);
        alone.AveragePrecision.ShouldBe(1);
        alone.Roc.ShouldBeNull();
    }

    private static double AucOfAllPairs(Sample sample, int label)
    {
        var (wins, pairs) = (0.0, 0);
        for (var a = 0; a < sample.Rows; a++)
        {
            for (var b = 0; b < sample.Rows; b++)
            {
                if (sample.Truth[a] != label || sample.Truth[b] == label)
                    continue;
                pairs++;
                wins += (sample.Probability(a, label).CompareTo(sample.Probability(b, label)) + 1) / 2.0;
            }
        }
        return pairs == 0 ? double.NaN : wins / pairs;
    }

    private static double AveragePrecisionOfAllThresholds(Sample sample, int label)
    {
        var rows = Enumerable.Range(0, sample.Rows).ToArray();
        var positives = rows.Count(row => sample.Truth[row] == label);
        var (sum, recallBefore) = (0.0, 0.0);
        foreach (var threshold in rows.Select(row => sample.Probability(row, label)).Distinct().OrderDescending())
        {
            var above = rows.Where(row => sample.Probability(row, label) >= threshold).ToArray();
            var hits = above.Count(row => sample.Truth[row] == label);
            var recall = (double)hits / positives;
            sum += (recall - recallBefore) * hits / above.Length;
            recallBefore = recall;
        }
        return positives == 0 ? double.NaN : sum;
    }

    private static double Trapezoids(Curve curve) =>
        Enumerable.Range(1, curve.X.Length - 1).Sum(i => (curve.X[i] - curve.X[i - 1]) * (curve.Y[i] + curve.Y[i - 1]) / 2);
}
