using FsCheck.Xunit;
using Plumbline.Statistics;

namespace Plumbline.Tests.Statistics;

public sealed class LatencyHistogramTests
{
    private static readonly double[] Levels = [0.01, 0.5, 0.9, 0.99, 1];

    [Property]
    public void Quantile_AnyValues_IsThatOfTheSortedOnesToBucketPrecision(uint[] values)
    {
        if (values.Length == 0)
            return;
        var histogram = Of(values);
        var sorted = values.Order().ToArray();
        foreach (var level in Levels)
        {
            var expected = (double)sorted[(int)Math.Max(1, Math.Ceiling(level * values.Length)) - 1];
            histogram.Quantile(level).ShouldBe(expected, 0.5 + (expected / 128));
        }
        histogram.Max.ShouldBe(sorted[^1]);
    }

    [Property]
    public void Sum_TwoHistograms_IsThatOfAllValues(uint[] first, uint[] second)
    {
        var sum = LatencyHistogram.Sum(Of(first), Of(second));
        var all = Of([.. first, .. second]);
        (sum.Count, sum.Max).ShouldBe((all.Count, all.Max));
        sum.NonEmptyBuckets().ShouldBe(all.NonEmptyBuckets());
        LatencyHistogram.Of(all.Max, all.NonEmptyBuckets()).NonEmptyBuckets().ShouldBe(all.NonEmptyBuckets());
    }

    [Fact]
    public void Record_SeveralThreads_LosesNothing()
    {
        var histogram = new LatencyHistogram();
        Parallel.For(0, 8, thread =>
        {
            for (var i = 0; i < 5000; i++)
                histogram.Record((thread * 5000) + i);
        });
        (histogram.Count, histogram.Max).ShouldBe((40_000, 39_999));
        histogram.NonEmptyBuckets().Sum(bucket => bucket.Count).ShouldBe(40_000);
    }

    [Fact]
    public void Record_OutermostValues_AreCounted()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(-5);
        histogram.Record(long.MaxValue);
        (histogram.Quantile(0.5), histogram.Max).ShouldBe((0, long.MaxValue));
        new LatencyHistogram().Quantile(0.5).ShouldBe(0);
    }

    [Fact]
    public void Of_WhatNoHistogramHas_IsRefused()
    {
        Should.Throw<ArgumentException>(() => LatencyHistogram.Of(5, [(-1, 2)])).Message.ShouldContain("no bucket -1");
        Should.Throw<ArgumentException>(() => LatencyHistogram.Of(5, [(5, 0)])).Message.ShouldContain("of 0 values");
        Should.Throw<ArgumentException>(() => LatencyHistogram.Of(900, [(5, 1)])).Message.ShouldContain("900");
    }

    private static LatencyHistogram Of(uint[] values)
    {
        var histogram = new LatencyHistogram();
        foreach (var value in values)
            histogram.Record(value);
        return histogram;
    }
}
