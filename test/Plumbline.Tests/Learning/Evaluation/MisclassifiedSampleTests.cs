using FsCheck.Xunit;
using Plumbline.Learning.Evaluation;
using Plumbline.Tests.Statistics;

namespace Plumbline.Tests.Learning.Evaluation;

public sealed class MisclassifiedSampleTests
{
    [Fact]
    public void Text_Short_IsKept() => Excerpt(new string('x', 300)).ShouldBe(new string('x', 300));

    [Fact]
    public void Text_Long_EndsInAnEllipsis() => Excerpt(new string('x', 301)).ShouldBe(new string('x', 299) + "…");

    [Fact]
    public void Text_CutInsideAnEmoji_DropsItWhole() => Excerpt(new string('x', 297) + "👩‍🚀👩‍🚀").ShouldBe(new string('x', 297) + "…");

    [Property(MaxTest = 50, Replay = "1,3")]
    public void MostConfident_AnySample_TheFirstOfAllErrorsSorted(byte seed, byte count)
    {
        var sample = Sample.Generate(seed, 1 + seed, 3, ties: true, skill: 0.5);
        var expected = Enumerable.Range(0, sample.Rows)
            .Where(row => sample.Truth[row] != sample.Predicted[row])
            .OrderByDescending(row => sample.Probability(row, sample.Predicted[row]))
            .Take(count % 20);
        MisclassifiedSample.MostConfident(sample.Truth, sample.Predicted, sample.Probabilities, 3, count % 20).ShouldBe(expected);
    }

    [Fact]
    public void Misclassified_OfAReport_AreSortedByConfidence() =>
        EvaluationReports.Generate(2).Misclassified.Select(sample => sample.Probability).ShouldBe([0.9, 0.8]);

    private static string Excerpt(string text) => new MisclassifiedSample(0, text, "a", "b", 0.5).Text;
}
