using Plumbline.Statistics;

namespace Plumbline.Tests.Statistics;

public sealed class QuantileSequenceTests
{
    private const double Alpha = 0.05;

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.99)]
    public void Bounds_LookedAtAfterEveryWindow_MissTheQuantileInAtMostAlphaOfSequences(double level)
    {
        const int Runs = 150;
        // Exponential with a mean of 20 ms, in microseconds.
        var truth = -20_000 * Math.Log(1 - level);
        SequenceErrors.Count(Runs, 23, random =>
        {
            var histogram = new LatencyHistogram();
            for (var window = 0; window < 40; window++)
            {
                for (var i = 0; i < 100; i++)
                    histogram.Record((long)(-20_000 * Math.Log(1 - random.NextDouble())));
                var (low, high) = QuantileSequence.Bounds(histogram, level, 4000, Alpha);
                if (low > truth * 1.01 || high < truth * 0.99)
                    return true;
            }
            return false;
        }).ShouldBeAtMost(Alpha, Runs);
    }

    [Fact]
    public void Bounds_ManyValues_AreClose()
    {
        var (random, histogram) = (new RandomSource(1), new LatencyHistogram());
        for (var i = 0; i < 50_000; i++)
            histogram.Record((long)(-20_000 * Math.Log(1 - random.NextDouble())));
        var (low, high) = QuantileSequence.Bounds(histogram, 0.99, 50_000, Alpha);
        var truth = -20_000 * Math.Log(0.01);
        low.ShouldBeInRange(0.9 * truth, truth);
        high.ShouldBeInRange(truth, 1.12 * truth);
    }

    [Fact]
    public void Bounds_FewValues_AreOpen()
    {
        QuantileSequence.Bounds(new LatencyHistogram(), 0.99, 1000, Alpha).ShouldBe((0, double.PositiveInfinity));
        var histogram = new LatencyHistogram();
        histogram.Record(7);
        QuantileSequence.Bounds(histogram, 0.5, 1000, Alpha).High.ShouldBe(double.PositiveInfinity);
    }
}
