using FsCheck.Xunit;
using Plumbline.Learning;
using Plumbline.Statistics;

namespace Plumbline.Tests.Learning;

public sealed class DualLossTests
{
    [Property(MaxTest = 2000)]
    public void BinaryStep_AnyRow_SolvesItsEquation(ulong seed)
    {
        // Rows far off at a large cost once went to and fro between two wrong answers.
        var random = new RandomSource(seed);
        var a = Math.Pow(10, (8 * random.NextDouble()) - 3);
        var margin = (float)(random.NextGaussian() * Math.Pow(10, 3 * random.NextDouble()));
        var before = random.NextInt32(3) switch { 0 => 0f, 1 => 1f, _ => (float)random.NextDouble() };
        var optimum = Bisect(logit => logit + (a * (Sigmoid(logit) - before)) + margin, -1e6, 1e6);
        var (dual, delta) = (new[] { before }, new float[1]);
        BinaryLogisticLoss.Step([margin], dual, delta, label: 1, outputs: 1, cost: (float)a, squared: 1);
        ((double)dual[0]).ShouldBe(Sigmoid(optimum), 1e-5 + (2e-6 * Math.Abs(margin) / a));
        delta[0].ShouldBe((float)a * (dual[0] - before), 1e-5 * a);
    }

    [Property(MaxTest = 500)]
    public void MultinomialStep_AnyRow_SolvesItsEquations(ulong seed)
    {
        var random = new RandomSource(seed);
        var classes = 2 + random.NextInt32(9);
        var a = Math.Pow(10, (6 * random.NextDouble()) - 3);
        var scores = Enumerable.Range(0, 16).Select(k => k < classes ? (float)(random.NextGaussian() * Math.Pow(10, 1.5 * random.NextDouble())) : 0).ToArray();
        var before = Enumerable.Range(0, classes).Select(_ => Math.Exp(3 * random.NextGaussian())).ToArray();
        var dual = Enumerable.Range(0, 16).Select(k => k < classes ? (float)(before[k] / before.Sum()) : 0).ToArray();
        var start = dual.ToArray();
        double[] At(double lambda) =>
        [
            .. Enumerable.Range(0, classes).Select(k => Math.Exp(Bisect(log => log + (a * (Math.Exp(log) - start[k])) - scores[k] - lambda, -1e5, 50))),
        ];
        var optimum = At(Bisect(lambda => At(lambda).Sum() - 1, -1e4, 1e4));
        MultinomialLogisticLoss.Step(scores, dual, new float[16], label: 0, outputs: classes, cost: (float)a, squared: 1);
        for (var k = 0; k < classes; k++)
            ((double)dual[k]).ShouldBe(optimum[k], 1e-3, $"class {k} of {classes}, a = {a}");
        dual[classes..].ShouldAllBe(value => value == 0);
    }

    private static double Sigmoid(double value) => 1 / (1 + Math.Exp(-value));

    /// <summary>Root of an increasing function.</summary>
    private static double Bisect(Func<double, double> function, double low, double high)
    {
        for (var step = 0; step < 80; step++)
        {
            var middle = (low + high) / 2;
            (low, high) = function(middle) > 0 ? (low, middle) : (middle, high);
        }
        return (low + high) / 2;
    }
}
