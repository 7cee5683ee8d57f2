using Plumbline.Statistics;
using Plumbline.Tuning.Samplers;

namespace Plumbline.Tests.Tuning.Samplers;

public sealed class ParzenEstimatorTests
{
    // Three observations and the prior in each dimension.
    private static readonly double[] Means = [0.02, 0.3, 0.9, 0.5];
    private static readonly double[] Deviations = [0.1, 0.05, 0.4, 1];
    private static readonly double[] Weights = [1, 0.5, 2, 1];

    [Fact]
    public void LogDensity_Continuous_IntegratesToOneAndIsWhatIsDrawn()
    {
        var estimator = new ParzenEstimator([new ContinuousKernels(Means, Deviations)], Weights);
        const int Cells = 2000;
        var masses = Enumerable.Range(0, Cells).Select(i => Math.Exp(estimator.LogDensity([(i + 0.5) / Cells])) / Cells).ToArray();
        masses.Sum().ShouldBe(1, 1e-5);
        ShouldMatch(Frequencies(estimator, 20), [.. masses.Chunk(Cells / 20).Select(chunk => chunk.Sum())]);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(25)]
    public void LogDensity_Stepped_SumsToOneAndIsWhatIsDrawn(int count)
    {
        var estimator = new ParzenEstimator([new SteppedKernels(Means, Deviations, 1.0 / count)], Weights);
        var masses = Enumerable.Range(0, count).Select(i => Math.Exp(estimator.LogDensity([(i + 0.5) / count]))).ToArray();
        masses.Sum().ShouldBe(1, 1e-12);
        ShouldMatch(Frequencies(estimator, count), masses);
    }

    [Fact]
    public void LogDensity_Categorical_IsCountsAndPrior()
    {
        var estimator = new ParzenEstimator([new CategoricalKernels([0.1, 0.9, 0.9], 3, priorWeight: 1)], [1, 1, 1, 1]);
        var masses = Enumerable.Range(0, 3).Select(i => Math.Exp(estimator.LogDensity([(i + 0.5) / 3]))).ToArray();
        // Each observation's kernel: 1 + 1/4 for its own choice, 1/4 for others, over 1 + 3/4; the prior's: a third each.
        masses.ShouldBe([((5 + 1 + 1) / 7.0 / 4) + (1.0 / 12), (3 / 7.0 / 4) + (1.0 / 12), ((1 + 5 + 5) / 7.0 / 4) + (1.0 / 12)], 1e-12);
        ShouldMatch(Frequencies(estimator, 3), masses);
    }

    [Fact]
    public void LogDensity_Joint_IsTheMixtureOfProducts()
    {
        double[] point = [0.25, 0.75];
        var joint = new ParzenEstimator([new ContinuousKernels(Means, Deviations), new CategoricalKernels([0.1, 0.9, 0.9], 2, 1)], Weights);
        double[] own = [0.2, 1, 1, 0.5];
        double sum = 0;
        for (var k = 0; k < 4; k++)
        {
            var z = (point[0] - Means[k]) / Deviations[k];
            var density = Math.Exp(-0.5 * z * z) / Math.Sqrt(2 * Math.PI) / Deviations[k]
                / (NormalDistribution.Cdf((1 - Means[k]) / Deviations[k]) - NormalDistribution.Cdf(-Means[k] / Deviations[k]));
            sum += Weights[k] / 4.5 * density * (k == 3 ? 0.5 : (own[k] == 1 ? 1.25 : 0.25) / 1.5);
        }
        joint.LogDensity(point).ShouldBe(Math.Log(sum), 1e-12);
    }

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(1, 0.8413447460685429)]
    [InlineData(-3, 0.0013498980316300933)]
    [InlineData(-6, 9.865876450376946e-10)]
    [InlineData(-8, 6.220960574271785e-16)]
    [InlineData(-20, 2.7536241186062337e-89)]
    public void Cdf_KnownPlaces_AreNear(double x, double expected)
    {
        NormalDistribution.Cdf(x).ShouldBe(expected, x < -5 ? 1e-8 * expected : 1e-15);
        NormalDistribution.Cdf(-x).ShouldBe(1 - expected, 1e-15);
    }

    private static double[] Frequencies(ParzenEstimator estimator, int cells)
    {
        const int Draws = 50_000;
        var random = new RandomSource(3);
        var counts = new double[cells];
        var point = new double[1];
        for (var i = 0; i < Draws; i++)
        {
            estimator.Draw(random, point);
            counts[(int)(point[0] * cells)] += 1.0 / Draws;
        }
        return counts;
    }

    private static void ShouldMatch(double[] frequencies, double[] masses)
    {
        for (var i = 0; i < masses.Length; i++)
            frequencies[i].ShouldBe(masses[i], 5 * Math.Sqrt(masses[i] / 50_000) + 1e-4);
    }
}
