using FsCheck.Xunit;
using Plumbline.Statistics;

namespace Plumbline.Tests.Statistics;

public sealed class ConfusionMatrixTests
{
    [Property(MaxTest = 100, Replay = "1,3")]
    public void Counts_AnySample_ScoresOfSets(byte seed)
    {
        var sample = Sample.Generate(seed, 1 + (seed % 40), 2 + (seed % 6));
        var counts = new ConfusionMatrix(sample.Truth, sample.Predicted, sample.Classes).Counts;
        var (macro, weighted, occurring) = (0.0, 0.0, 0);
        for (var label = 0; label < sample.Classes; label++)
        {
            var actual = Enumerable.Range(0, sample.Rows).Where(row => sample.Truth[row] == label).ToHashSet();
            var claimed = Enumerable.Range(0, sample.Rows).Where(row => sample.Predicted[row] == label).ToHashSet();
            var hits = actual.Intersect(claimed).Count();
            var precision = claimed.Count == 0 ? 0 : (double)hits / claimed.Count;
            var recall = actual.Count == 0 ? 0 : (double)hits / actual.Count;
            var f1 = hits == 0 ? 0 : 2 * precision * recall / (precision + recall);
            counts.Precision(label).ShouldBeNear(precision);
            counts.Recall(label).ShouldBeNear(recall);
            counts.F1(label).ShouldBeNear(f1);
            counts.Support(label).ShouldBe(actual.Count);
            counts.Predicted(label).ShouldBe(claimed.Count);
            weighted += f1 * actual.Count / sample.Rows;
            if (actual.Count + claimed.Count == 0)
                continue;
            macro += f1;
            occurring++;
        }
        counts.MacroF1.ShouldBeNear(macro / occurring);
        counts.WeightedF1.ShouldBeNear(weighted);
        counts.Accuracy.ShouldBeNear(sample.Truth.Zip(sample.Predicted).Count(row => row.First == row.Second) / (double)sample.Rows);
    }

    [Fact]
    public void MacroF1_LabelInNeitherTruthNorPrediction_IsLeftOut() =>
        // sklearn.metrics.f1_score([0, 0, 1, 1, 2], [0, 1, 1, 1, 2], average="macro")
        new ConfusionMatrix([0, 0, 1, 1, 2], [0, 1, 1, 1, 2], classes: 9).Counts.MacroF1.ShouldBeNear(0.8222222222222223);

    [Fact]
    public void MacroF1_NothingRight_IsZero() =>
        new ConfusionMatrix([0, 0], [1, 1], classes: 2).Counts.MacroF1.ShouldBe(0);

    [Fact]
    public void Constructor_LabelOutOfRange_NamesRow() =>
        Should.Throw<ArgumentException>(() => new ConfusionMatrix([0, 1], [0, 2], classes: 2)).Message
            .ShouldBe("Row 1: true label 1 and predicted label 2 must be within 0..1.");

    [Fact]
    public void Constructor_LengthsDiffer_Throws() =>
        Should.Throw<ArgumentException>(() => new ConfusionMatrix([0, 1], [0], classes: 2)).Message
            .ShouldContain("2 true labels but 1 predicted");
}
