using Plumbline.Monitoring;
using Plumbline.Statistics;

namespace Plumbline.Tests.Monitoring;

/// <summary>Estimates over made-up calibrated probabilities; <c>bench/run quality</c> has those of a real model whose inputs drift.</summary>
public sealed class EstimatedQualityTests
{
    private static readonly string[] Labels = ["a", "b", "c"];

    [Fact]
    public void Of_CalibratedProbabilities_WithinTwoPointsAndInTheInterval()
    {
        const int Windows = 40;
        var (errors, covered) = (new List<double>(), 0);
        for (var window = 0; window < Windows; window++)
        {
            var (estimated, actual) = Window((ulong)window, 5_000, sureness: 1 + (window % 4));
            errors.Add(Math.Abs(estimated.MacroF1.Value - actual));
            covered += estimated.MacroF1.Low <= actual && actual <= estimated.MacroF1.High ? 1 : 0;
        }
        errors.Order().ElementAt(Windows / 2).ShouldBeLessThan(0.02);
        covered.ShouldBeGreaterThanOrEqualTo(36);
    }

    [Fact]
    public void Of_PartsMerged_IsTheWholeAndLabelsThatDoNotOccurDoNotCount()
    {
        var (whole, first, second) = (new ExpectedOutcomes(3), new ExpectedOutcomes(3), new ExpectedOutcomes(3));
        for (var i = 0; i < 100; i++)
        {
            float[] probabilities = [i / 200f, 1 - (i / 200f), 0];
            whole.Add(probabilities, 1);
            (i % 2 == 0 ? first : second).Add(probabilities, 1);
        }
        second.Merge(first);
        var found = EstimatedQuality.Of(second, Labels)!;
        found.MacroF1.ShouldBe(EstimatedQuality.Of(whole, Labels)!.MacroF1);
        found.Accuracy.Value.ShouldBe(0.7525, 1e-4);
        // F1 of a is 0, as it is never answered; c does not occur.
        found.MacroF1.Value.ShouldBe(2 * 0.7525 / 1.7525 / 2, 1e-4);
        double.IsNaN(found.ByLabel[2].F1).ShouldBeTrue();
        EstimatedQuality.Of(new ExpectedOutcomes(3), Labels).ShouldBeNull();
    }

    private static (EstimatedQuality Estimated, double Actual) Window(ulong seed, int requests, int sureness)
    {
        var (random, expected, cells) = (new RandomSource(seed), new ExpectedOutcomes(3), new long[9]);
        var probabilities = new float[3];
        for (var i = 0; i < requests; i++)
        {
            for (var label = 0; label < 3; label++)
                probabilities[label] = (float)Math.Pow(random.NextDouble(), sureness * (1 + label));
            var sum = probabilities.Sum();
            for (var label = 0; label < 3; label++)
                probabilities[label] /= sum;
            var (truth, drawn) = (0, random.NextDouble());
            while (truth < 2 && (drawn -= probabilities[truth]) >= 0)
                truth++;
            var answer = ProbabilityScores.ArgMax(probabilities);
            expected.Add(probabilities, answer);
            cells[(truth * 3) + answer]++;
        }
        return (EstimatedQuality.Of(expected, Labels)!, new ConfusionMatrix(cells, 3).Counts.MacroF1);
    }
}
