using FsCheck.Xunit;
using Plumbline.Learning;
using Plumbline.Statistics;

namespace Plumbline.Tests.Learning;

public sealed class CalibrationFitTests
{
    private const int Classes = 4;

    [Theory]
    [InlineData(0.3)]
    [InlineData(1.0)]
    [InlineData(2.5)]
    public void Fit_ScoresOfAKnownTemperature_Recovered(double temperature)
    {
        var (scores, labels) = Simulate(1, 20_000, score => score * temperature);
        CalibrationFit.Fit(scores, labels, Classes, CalibrationMethod.Temperature, matchPrior: false).Temperature
            .ShouldBe(temperature, 0.05 * temperature);
    }

    [Fact]
    public void Fit_MatchPriorOnShiftedScores_ClassSharesRestored()
    {
        var (scores, labels) = Simulate(2, 5_000, score => score, shift: [1.5, -1, 0, 0.5]);
        var calibration = CalibrationFit.Fit(scores, labels, Classes, CalibrationMethod.Temperature, matchPrior: true);
        var probabilities = Apply(calibration, scores);
        for (var k = 0; k < Classes; k++)
        {
            var share = Enumerable.Range(0, labels.Length).Average(row => (double)probabilities[(row * Classes) + k]);
            share.ShouldBe(labels.Count(label => label == k) / (double)labels.Length, 2e-3);
        }
        CalibrationFit.LogLoss(scores, labels, Classes, calibration).ShouldBeLessThan(
            CalibrationFit.LogLoss(scores, labels, Classes, CalibrationFit.Fit(scores, labels, Classes, CalibrationMethod.Temperature, false)) - 0.1);
    }

    [Property(MaxTest = 30)]
    public void Fit_MatchPriorOnFewRows_HardlyWorseOnOthersThanNoBiases(ushort seed)
    {
        // Nothing is to be restored: what the counts of forty rows differ by is chance.
        var (scores, labels) = Simulate(seed, 40, score => score);
        var (others, truth) = Simulate((ulong)seed + 100_000, 5_000, score => score);
        var losses = new[] { true, false }
            .Select(matchPrior => CalibrationFit.LogLoss(others, truth, Classes, CalibrationFit.Fit(scores, labels, Classes, CalibrationMethod.Temperature, matchPrior)))
            .ToArray();
        losses[0].ShouldBeLessThan(losses[1] + 0.15);
    }

    [Fact]
    public void Fit_MatchPriorOnSmallSamples_BetterThanCountsTakenAtTheirWord()
    {
        var (shrunk, matched) = (0.0, 0.0);
        for (ulong seed = 0; seed < 40; seed++)
        {
            var (scores, labels) = Simulate(seed, 60, score => score, shift: [0.3, -0.2, 0, 0]);
            var (others, truth) = Simulate(seed + 1_000, 2_000, score => score, shift: [0.3, -0.2, 0, 0]);
            var calibration = CalibrationFit.Fit(scores, labels, Classes, CalibrationMethod.Temperature, matchPrior: true);
            shrunk += CalibrationFit.LogLoss(others, truth, Classes, calibration) / 40;
            matched += CalibrationFit.LogLoss(others, truth, Classes, Matched(scores, labels, calibration.Temperature)) / 40;
        }
        shrunk.ShouldBeLessThan(matched - 0.01);
    }

    [Fact]
    public void Fit_IsotonicOnDistortedScores_LessLogLossOnOtherRows()
    {
        static double Distort(double score) => Math.Sign(score) * score * score * 2;
        var (scores, labels) = Simulate(3, 20_000, Distort);
        var (others, truth) = Simulate(4, 20_000, Distort);
        var losses = new[] { CalibrationMethod.None, CalibrationMethod.Isotonic }
            .Select(method => CalibrationFit.LogLoss(others, truth, Classes, CalibrationFit.Fit(scores, labels, Classes, method, false))).ToArray();
        losses[1].ShouldBeLessThan(losses[0]);
    }

    [Property(MaxTest = 100)]
    public void Fit_IsotonicOnAnyScores_NonDecreasingWithinZeroAndOne(ushort seed, bool tied)
    {
        var (scores, labels) = Simulate(seed, 3 + (seed % 200), score => tied ? Math.Round(score) : score);
        var calibration = CalibrationFit.Fit(scores, labels, Classes, CalibrationMethod.Isotonic, matchPrior: false);
        calibration.Isotonic!.Count.ShouldBe(Classes);
        foreach (var steps in calibration.Isotonic)
        {
            // Equal scores once stood in several steps, and small pools were moved past large ones.
            steps.Starts.Zip(steps.Starts.Skip(1)).ShouldAllBe(pair => pair.First < pair.Second);
            steps.Values.Zip(steps.Values.Skip(1)).ShouldAllBe(pair => pair.First <= pair.Second);
            steps.Values.ShouldAllBe(value => value > 0 && value < 1);
        }
        foreach (var row in Apply(calibration, scores).Chunk(Classes))
            row.Sum().ShouldBe(1, 1e-5);
    }

    [Fact]
    public void At_BetweenAndBeforeStarts_ValueOfTheStepBelow()
    {
        var steps = new IsotonicSteps([0.2f, 0.5f], [0.1f, 0.7f]);
        new[] { 0f, 0.2f, 0.4f, 0.5f, 1f }.Select(steps.At).ShouldBe([0.1f, 0.1f, 0.1f, 0.7f, 0.7f]);
    }

    [Fact]
    public void Fit_IsotonicOnFewDifferentScores_StepsLieBetweenTheProbabilitiesSeen()
    {
        // As trees of few leaves score: a step at what was seen would fall to the other side of it where softmax is rounded otherwise, as in an exported graph.
        var random = new RandomSource(3);
        int[] kinds = [.. Enumerable.Range(0, 400).Select(_ => random.NextInt32(3))];
        float[] scores = [.. kinds.SelectMany(kind => new[] { kind * 0.7f, 0, 0.1f, -0.2f })];
        int[] labels = [.. kinds.Select(kind => random.NextDouble() < 0.2 + (0.3 * kind) ? 0 : 1 + random.NextInt32(3))];
        var calibration = CalibrationFit.Fit(scores, labels, Classes, CalibrationMethod.Isotonic, matchPrior: false);
        var seen = Apply(calibration with { Method = CalibrationMethod.Temperature, Isotonic = null }, scores).Chunk(Classes).Select(row => row[0]).Distinct().Order().ToArray();
        var starts = calibration.Isotonic![0].Starts;
        starts.Count.ShouldBe(3);
        foreach (var (step, start) in starts.Index().Skip(1))
            start.ShouldBe((seen[step - 1] + seen[step]) / 2, 1e-6f);
    }

    [Property(MaxTest = 100)]
    public void LogLoss_AnyScores_NaiveMean(ushort seed)
    {
        var (scores, labels) = Simulate(seed, 50, score => score);
        var calibration = new Calibration(CalibrationMethod.Temperature, 1.7, [0.1f, 0, -0.3f, 0]);
        var naive = labels.Select((label, row) =>
        {
            var exponents = Enumerable.Range(0, Classes).Select(k => Math.Exp((scores[(row * Classes) + k] + calibration.Biases[k]) / 1.7)).ToArray();
            return -Math.Log(exponents[label] / exponents.Sum());
        }).Average();
        CalibrationFit.LogLoss(scores, labels, Classes, calibration).ShouldBe(naive, 1e-5);
    }

    [Fact]
    public void Apply_HugeScores_ProbabilitiesStayFinite()
    {
        float[] scores = [1e30f, -1e30f, 0, 5];
        Calibration.Identity(Classes).Apply(scores);
        scores.ShouldBe([1f, 0f, 0f, 0f]);
    }

    /// <summary>Biases until class counts expected are those seen.</summary>
    private static Calibration Matched(float[] scores, int[] labels, double temperature)
    {
        var biases = new float[Classes];
        for (var round = 0; round < 50; round++)
        {
            var probabilities = Apply(new Calibration(CalibrationMethod.Temperature, temperature, [.. biases]), scores);
            for (var k = 0; k < Classes; k++)
                biases[k] += (float)(temperature * Math.Log((labels.Count(label => label == k) + 0.1) / (Enumerable.Range(0, labels.Length).Sum(row => probabilities[(row * Classes) + k]) + 0.1)));
        }
        return new Calibration(CalibrationMethod.Temperature, temperature, biases);
    }

    private static float[] Apply(Calibration calibration, float[] scores)
    {
        var probabilities = scores.ToArray();
        for (var at = 0; at < scores.Length; at += Classes)
            calibration.Apply(probabilities.AsSpan(at, Classes));
        return probabilities;
    }

    /// <summary>Labels drawn from softmax of Gaussian scores, then the scores as a model would distort them.</summary>
    private static (float[] Scores, int[] Labels) Simulate(ulong seed, int rows, Func<double, double> distort, double[]? shift = null)
    {
        var random = new RandomSource(seed);
        var (scores, labels) = (new float[rows * Classes], new int[rows]);
        for (var row = 0; row < rows; row++)
        {
            var logits = Enumerable.Range(0, Classes).Select(k => (1.5 * random.NextGaussian()) + (k == 0 ? 0.5 : 0)).ToArray();
            var (at, total) = (random.NextDouble() * logits.Sum(Math.Exp), 0.0);
            labels[row] = Math.Max(0, Array.FindIndex(logits, score => (total += Math.Exp(score)) >= at));
            for (var k = 0; k < Classes; k++)
                scores[(row * Classes) + k] = (float)(distort(logits[k]) + (shift?[k] ?? 0));
        }
        return (scores, labels);
    }
}
