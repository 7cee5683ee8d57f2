using Plumbline.Statistics;

namespace Plumbline.Tests.Statistics;

public sealed class BinomialTests
{
    [Theory]
    [InlineData(1, 0.3)]
    [InlineData(12, 0.5)]
    [InlineData(40, 0.1)]
    [InlineData(40, 0.9)]
    [InlineData(100, 0.25)]
    [InlineData(25_000, 0.0002)]
    [InlineData(25_000, 0.4)]
    [InlineData(2_000_000, 0.00003)]
    public void Draw_ManyTimes_FollowsTheBinomialDistribution(int trials, double p)
    {
        const int Draws = 200_000;
        var random = new RandomSource(11);
        var observed = new Dictionary<int, int>();
        for (var i = 0; i < Draws; i++)
        {
            var k = Binomial.Draw(random, trials, p);
            k.ShouldBeInRange(0, trials);
            observed[k] = observed.GetValueOrDefault(k) + 1;
        }

        // Pearson's chi-square over the values expected at least ten times; the rest is one more cell.
        var (chiSquare, cells, seen, expectedSeen) = (0.0, 0, 0, 0.0);
        foreach (var (k, mass) in Masses(trials, p))
        {
            var expected = mass * Draws;
            if (expected < 10)
                continue;
            chiSquare += Math.Pow(observed.GetValueOrDefault(k) - expected, 2) / expected;
            seen += observed.GetValueOrDefault(k);
            expectedSeen += expected;
            cells++;
        }
        (Draws - seen - (Draws - expectedSeen)).ShouldBeInRange(-100, 100);
        // Five standard deviations above the mean of chi-square.
        chiSquare.ShouldBeLessThan(cells + (5 * Math.Sqrt(2 * cells)));
    }

    [Fact]
    public void Draw_CertainOrImpossible_IsAllOrNothing()
    {
        var random = new RandomSource(1);
        Binomial.Draw(random, 10, 0).ShouldBe(0);
        Binomial.Draw(random, 10, 1).ShouldBe(10);
        Binomial.Draw(random, 0, 0.5).ShouldBe(0);
    }

    /// <summary>P(k) by its recurrence in logarithms, within twelve standard deviations of the mean.</summary>
    private static IEnumerable<(int K, double Mass)> Masses(int trials, double p)
    {
        var reach = 12 * Math.Sqrt((trials * p * (1 - p)) + 1);
        var logMass = trials * Math.Log(1 - p);
        for (var k = 0; k <= trials && k <= (trials * p) + reach; k++)
        {
            if (k >= (trials * p) - reach)
                yield return (k, Math.Exp(logMass));
            logMass += Math.Log((trials - k) / (k + 1.0) * p / (1 - p));
        }
    }
}
