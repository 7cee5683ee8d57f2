using Plumbline.Statistics;

namespace Plumbline.Tests.Statistics;

public sealed class ProportionIntervalTests
{
    // As scipy.stats.binomtest(k, n).proportion_ci(method="exact") has them.
    [Theory]
    [InlineData(0, 10, 0, 0, 0.3084971)]
    [InlineData(10, 10, 1, 0.6915029, 1)]
    [InlineData(7, 10, 0.7, 0.3475471, 0.9332605)]
    public void Of_HitsOfRows_ExactBounds(long hits, long rows, double value, double low, double high)
    {
        var found = ProportionInterval.Of(hits, rows);
        found.Value.ShouldBe(value, 1e-12);
        found.Low.ShouldBe(low, 1e-6);
        found.High.ShouldBe(high, 1e-6);
    }

    [Fact]
    public void OfF1_HitsAndMisses_IsF1OfTheCounts()
    {
        // 30 hits, 10 missed, 20 mistaken: precision 0.6, recall 0.75.
        var found = ProportionInterval.OfF1(30, 60);
        found.Value.ShouldBe(2 * 0.6 * 0.75 / (0.6 + 0.75), 1e-12);
        (found.Low < found.Value && found.Value < found.High).ShouldBeTrue();
        double.IsNaN(ProportionInterval.OfF1(0, 0).Value).ShouldBeTrue();
    }
}
