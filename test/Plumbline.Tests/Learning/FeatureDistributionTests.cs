using FsCheck.Xunit;
using Plumbline.Learning;

namespace Plumbline.Tests.Learning;

public sealed class FeatureDistributionTests
{
    [Property(MaxTest = 300)]
    public void Of_AnyValues_CountsLieBetweenTheCuts(short[] values, byte missing)
    {
        var floats = values.Select(value => (float)value).Concat(Enumerable.Repeat(float.NaN, missing));
        var distribution = FeatureDistribution.Of("x", floats);
        distribution.Missing.ShouldBe(missing);
        distribution.Cuts.Zip(distribution.Cuts.Skip(1)).ShouldAllBe(pair => pair.First < pair.Second);
        distribution.Counts.Count.ShouldBe(distribution.Cuts.Count + 1);
        for (var bin = 0; bin < distribution.Counts.Count; bin++)
        {
            var above = bin == 0 ? float.NegativeInfinity : distribution.Cuts[bin - 1];
            var upTo = bin == distribution.Cuts.Count ? float.PositiveInfinity : distribution.Cuts[bin];
            distribution.Counts[bin].ShouldBe(values.Count(value => value > above && value <= upTo));
        }
        if (values.Length == 0)
            return;
        var mean = values.Average(value => (double)value);
        distribution.Mean.ShouldBe(mean, 1e-9 * (1 + Math.Abs(mean)));
        distribution.StandardDeviation.ShouldBe(Math.Sqrt(values.Average(value => Math.Pow(value - mean, 2))), 1e-6 * (1 + Math.Abs(mean)));
    }

    [Fact]
    public void Of_ManyDistinctValues_TenEqualBins() =>
        FeatureDistribution.Of("x", Enumerable.Range(0, 1000).Select(value => (float)value)).Counts.ShouldAllBe(count => count >= 99 && count <= 101);
}
