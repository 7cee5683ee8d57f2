using FsCheck.Xunit;
using Plumbline.Inference.Batching;
using Plumbline.Statistics;

namespace Plumbline.Tests.Inference.Batching;

public sealed class ServiceTimeTests
{
    [Property]
    public void Observe_LinearTimes_FindsBothParts(byte constant, byte perText, ulong seed)
    {
        var (random, service) = (new RandomSource(seed), new ServiceTime());
        var (a, b) = (constant / 1e4, (perText + 1) / 1e5);
        for (var i = 0; i < 60; i++)
            Observe(service, 1 + (i % 2) + random.NextInt32(20), n => a + (b * n));
        // A TimeSpan counts ticks of 100 ns.
        service.Fixed.ShouldBe(a, 1e-6);
        service.PerText.ShouldBe(b, 1e-6);
        service.Mean(7).ShouldBe(a + (7 * b), 1e-6);
    }

    [Property]
    public void Observe_AnyTimes_PartsAreNeverNegative(byte[] milliseconds)
    {
        var service = new ServiceTime();
        for (var i = 0; i < milliseconds.Length; i++)
        {
            service.Observe(1 + (i % 5), TimeSpan.FromMilliseconds(milliseconds[i]));
            service.Fixed.ShouldBeGreaterThanOrEqualTo(0);
            service.PerText.ShouldBeGreaterThanOrEqualTo(0);
            service.BatchSize(32).ShouldBeInRange(1, 32);
            service.Margin.ShouldBeGreaterThanOrEqualTo(0);
        }
    }

    [Fact]
    public void Observe_OneSizeFromThenOn_KeepsTheRatioOfTheParts()
    {
        var service = new ServiceTime();
        for (var i = 0; i < 20; i++)
            Observe(service, 1 + (7 * (i % 2)), n => 0.004 + (0.001 * n));
        for (var i = 0; i < 1000; i++)
            Observe(service, 1, _ => i < 500 ? 0.005 : 0.010);
        service.Mean(1).ShouldBe(0.010, 1e-5);
        (service.Fixed / service.PerText).ShouldBe(4, 0.5);
    }

    [Fact]
    public void Observe_TimesChange_FollowsWithinHundreds()
    {
        var service = new ServiceTime();
        for (var i = 0; i < 100; i++)
            Observe(service, 1 + (i % 8), n => 0.01 * n);
        for (var i = 0; i < 300; i++)
            Observe(service, 1 + (i % 8), n => 0.03 * n);
        service.PerText.ShouldBe(0.03, 1e-4);
        service.Deviation.ShouldBeLessThan(0.002);
    }

    [Fact]
    public void ObserveAtLeast_GivenUp_OnlyRaises()
    {
        var service = new ServiceTime();
        for (var i = 0; i < 20; i++)
            Observe(service, 1 + (i % 4), n => 0.001 * n);
        service.ObserveAtLeast(10, TimeSpan.FromSeconds(0.005));
        service.Mean(10).ShouldBe(0.01, 1e-6);
        for (var i = 0; i < 200; i++)
            service.ObserveAtLeast(10, TimeSpan.FromSeconds(0.5));
        service.Mean(10).ShouldBe(0.5, 0.01);
    }

    [Fact]
    public void Observe_OneFarOff_CountsForLittle()
    {
        var service = new ServiceTime();
        for (var i = 0; i < 100; i++)
            Observe(service, 1, _ => 0.001);
        Observe(service, 1, _ => 10);
        service.Mean(1).ShouldBe(0.001, 1e-4);
        for (var i = 0; i < 500; i++)
            Observe(service, 1, _ => 10);
        service.Mean(1).ShouldBe(10, 0.1);
    }

    [Theory]
    [InlineData(0.000, 0.010, 1)]
    [InlineData(0.001, 0.010, 1)]
    [InlineData(0.002, 0.010, 2)]
    [InlineData(0.010, 0.010, 9)]
    [InlineData(0.100, 0.010, 32)]
    [InlineData(0.010, 0.000, 32)]
    [InlineData(0.000, 0.000, 1)]
    public void BatchSize_FixedPart_ATenthOfTheTimeAtMost(double constant, double perText, int size)
    {
        var service = new ServiceTime();
        for (var i = 0; i < 20; i++)
            Observe(service, 1 + (i % 4), n => constant + (perText * n));
        service.BatchSize(32).ShouldBe(size);
        service.BatchSize(1).ShouldBe(1);
    }

    [Fact]
    public void Shared_PartOfAFullBatch_SumsToTheBatch()
    {
        var service = new ServiceTime();
        for (var i = 0; i < 20; i++)
            Observe(service, 1 + (i % 4), n => 0.010 + (0.010 * n));
        (9 * service.Shared(1, 32)).ShouldBe(service.Mean(9), 1e-6);
        service.Shared(1, 1).ShouldBe(service.Mean(1), 1e-6);
    }

    private static void Observe(ServiceTime service, int texts, Func<int, double> seconds) => service.Observe(texts, TimeSpan.FromSeconds(seconds(texts)));
}
