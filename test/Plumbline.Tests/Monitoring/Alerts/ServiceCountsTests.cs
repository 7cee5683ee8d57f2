using Plumbline.Monitoring.Alerts;
using Plumbline.Statistics;

namespace Plumbline.Tests.Monitoring.Alerts;

public sealed class ServiceCountsTests
{
    [Fact]
    public void Quantile_AnyDurations_InTheBucketOfTheTrueOne()
    {
        var bounds = ServiceCounts.DurationBuckets;
        for (var seed = 1UL; seed <= 100; seed++)
        {
            var random = new RandomSource(seed);
            var durations = Enumerable.Range(0, 200 + random.NextInt32(400)).Select(_ => Math.Exp(random.NextGaussian() - 3)).Order().ToArray();
            var counts = new long[bounds.Count + 1];
            foreach (var duration in durations)
                counts[bounds.Count(bound => bound < duration)]++;
            var found = new ServiceCounts(durations.Length, 0, counts).Quantile(0.99);
            var exact = durations[(int)Math.Ceiling(0.99 * durations.Length) - 1];
            bounds.First(bound => bound >= Math.Min(exact, bounds[^1])).ShouldBe(bounds.First(bound => bound >= found), $"seed {seed}");
        }
    }

    [Fact]
    public void Quantile_Nothing_NotANumber() => new ServiceCounts(0, 0, new long[14]).Quantile(0.99).ShouldBe(double.NaN);

    [Fact]
    public void Quantile_BeyondTheLargestBound_ThatBound() => new ServiceCounts(5, 0, [.. new long[13], 5]).Quantile(0.99).ShouldBe(10);
}
