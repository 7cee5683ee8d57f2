using Plumbline.Statistics;

namespace Plumbline.Tests.Statistics;

/// <summary>Page–Hinkley and ADWIN over made-up errors; <c>bench/run quality</c> has how often they are right.</summary>
public sealed class ErrorChangeTests
{
    [Theory]
    [InlineData(0.05)]
    [InlineData(0.15)]
    [InlineData(0.4)]
    public void Add_ErrorsBecomeMuchMoreFrequent_FoundByBothAndHardlyEverWithout(double before)
    {
        const int Streams = 20;
        var (alarms, changes) = (0, new List<(double Before, double After)>());
        for (var stream = 0; stream < Streams; stream++)
        {
            var (random, test, window) = (new RandomSource((ulong)stream), new PageHinkley(), new AdaptiveWindow());
            var isAlarmed = false;
            for (var label = 0; label < 1_000; label++)
            {
                var isError = random.NextDouble() < before;
                isAlarmed |= test.Add(isError, before) | window.Add(isError, out _);
            }
            alarms += isAlarmed ? 1 : 0;
            (double, double)? byTest = null, byWindow = null;
            for (var label = 0; label < 1_000; label++)
            {
                var isError = random.NextDouble() < before + 0.2;
                if (test.Add(isError, before))
                    byTest ??= test.Means();
                if (window.Add(isError, out var change))
                    byWindow ??= change;
            }
            changes.AddRange([byTest.ShouldNotBeNull(), byWindow.ShouldNotBeNull()]);
        }
        alarms.ShouldBeLessThanOrEqualTo(2);
        changes.Average(change => change.Before).ShouldBe(before, 0.03);
        changes.Average(change => change.After).ShouldBeInRange(before + 0.05, before + 0.3, "what was before the change may be among it");
    }

    [Fact]
    public void Add_ErrorsBecomeRarer_NothingIsFound()
    {
        var (random, test, window) = (new RandomSource(4), new PageHinkley(), new AdaptiveWindow());
        for (var label = 0; label < 6_000; label++)
        {
            var isError = random.NextDouble() < (label < 3_000 ? 0.3 : 0.1);
            test.Add(isError, 0.3).ShouldBeFalse();
            window.Add(isError, out _).ShouldBeFalse();
        }
        window.Labels.ShouldBeLessThan(4_000, "what was before is cut off all the same");
    }

    [Fact]
    public void Add_AnyErrors_WindowHasTheirCountsInFewBuckets()
    {
        var (random, window, errors) = (new RandomSource(5), new AdaptiveWindow(), 0);
        for (var label = 0; label < 20_000; label++)
        {
            var isError = random.NextDouble() < 0.2;
            errors += isError ? 1 : 0;
            window.Add(isError, out _);
        }
        (window.Labels, window.Errors).ShouldBe((20_000, errors));
        window.Buckets.Sum(size => size.Sum()).ShouldBe(errors);
        window.Buckets.Index().Sum(size => (long)size.Item.Count << size.Index).ShouldBe(20_000);
        window.Buckets.Sum(size => size.Count).ShouldBeLessThan(80);
    }
}
