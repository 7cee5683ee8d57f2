using FsCheck.Xunit;
using Plumbline.Statistics;

namespace Plumbline.Tests.Statistics;

public sealed class ReliabilityTests
{
    [Property(MaxTest = 50, Replay = "1,3")]
    public void Diagram_AnySample_BinsByDefinition(byte seed)
    {
        var sample = Sample.Generate(seed, 1 + seed, 2 + (seed % 4), ties: seed % 2 == 0);
        var diagram = Reliability.Diagram(sample.Truth, sample.Probabilities, sample.Classes);
        diagram.Length.ShouldBe(15);
        var error = 0.0;
        foreach (var bin in diagram)
        {
            var rows = Enumerable.Range(0, sample.Rows).Where(row => Confidence(row) * 15.0 > bin.From * 15 && Confidence(row) * 15.0 <= bin.To * 15).ToArray();
            bin.Rows.ShouldBe(rows.Length);
            if (rows.Length == 0)
            {
                bin.Accuracy.ShouldBe(double.NaN);
                continue;
            }
            bin.Accuracy.ShouldBeNear(rows.Average(row => sample.Predicted[row] == sample.Truth[row] ? 1.0 : 0));
            bin.Confidence.ShouldBeNear(rows.Average(row => (double)Confidence(row)));
            error += (double)rows.Length / sample.Rows * Math.Abs(bin.Accuracy - bin.Confidence);
        }
        Reliability.ExpectedCalibrationError(diagram).ShouldBeNear(error);

        float Confidence(int row) => sample.Probability(row, sample.Predicted[row]);
    }

    [Theory]
    [InlineData(0.5f, 400)]
    [InlineData(0.9f, 10_000)]
    public void ErrorOfPerfect_OneConfidence_IsMeanDeviationOfItsShare(float confidence, int rows)
    {
        float[] probabilities = [.. Enumerable.Range(0, rows).SelectMany(_ => new[] { confidence, 1 - confidence })];
        // Of a share of many rows: that of the normal distribution.
        var expected = Math.Sqrt(2 / Math.PI * confidence * (1 - confidence) / rows);
        Reliability.ErrorOfPerfect(probabilities, 2, seed: 1).ShouldBe(expected, 0.2 * expected);
    }

    [Property(MaxTest = 30, Replay = "1,3")]
    public void ErrorOfPerfect_AnySample_IsThatOfTruthDrawnByConfidence(byte seed)
    {
        var sample = Sample.Generate(seed, 50 + seed, 2 + (seed % 4), ties: false);
        var random = new RandomSource(seed);
        var mean = Enumerable.Range(0, 300).Average(_ =>
        {
            var truth = Enumerable.Range(0, sample.Rows)
                .Select(row => random.NextDouble() < sample.Probability(row, sample.Predicted[row]) ? sample.Predicted[row] : (sample.Predicted[row] + 1) % sample.Classes).ToArray();
            return Reliability.ExpectedCalibrationError(Reliability.Diagram(truth, sample.Probabilities, sample.Classes));
        });
        Reliability.ErrorOfPerfect(sample.Probabilities, sample.Classes, seed).ShouldBe(mean, 0.15 * mean);
    }

    [Fact]
    public void ErrorOfPerfect_AlwaysCertain_IsNone() => Reliability.ErrorOfPerfect([1f, 0f, 0f, 1f], 2, seed: 1).ShouldBe(0);

    [Fact]
    public void Diagram_CertainAndRight_HasNoError()
    {
        var diagram = Reliability.Diagram([0, 1], [1f, 0f, 0f, 1f], 2);
        diagram[^1].ShouldBe(new ReliabilityBin(14.0 / 15, 1, 2, 1, 1));
        Reliability.ExpectedCalibrationError(diagram).ShouldBe(0);
    }
}
