using Plumbline.Statistics;

namespace Plumbline.Tests.Statistics;

public sealed class HyperLogLogTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(5_000)]
    [InlineData(40_000)]
    [InlineData(100_000)]
    [InlineData(1_000_000)]
    public void Estimate_DifferentValues_IsWithinFourStandardErrors(int values)
    {
        var random = new RandomSource(7);
        var sketch = new HyperLogLog();
        for (var i = 0; i < values; i++)
            sketch.Add(random.NextUInt64());
        ((double)sketch.Estimate()).ShouldBe(values, Math.Max(1, values * 4 * 1.04 / 128));
    }

    [Fact]
    public void Estimate_RepeatedValuesInAnyOrder_IsTheSame()
    {
        var random = new RandomSource(3);
        var values = Enumerable.Range(0, 20_000).Select(_ => random.NextUInt64()).ToArray();
        var (once, often) = (new HyperLogLog(), new HyperLogLog());
        foreach (var value in values)
            once.Add(value);
        foreach (var value in values.Concat(values).Reverse())
            often.Add(value);
        often.Estimate().ShouldBe(once.Estimate());
    }
}
