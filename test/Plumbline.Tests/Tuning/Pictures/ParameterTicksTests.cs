using Plumbline.Tuning.Pictures;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tests.Tuning.Pictures;

public sealed class ParameterTicksTests
{
    [Fact]
    public void Of_Logarithmic_PowersOfTenAtEqualDistances()
    {
        var ticks = ParameterTicks.Of(new FloatParameter("c", 0.001, 10, Log: true), 200);
        ticks.Select(tick => tick.Text).ShouldBe(["0.001", "0.01", "0.1", "1", "10"]);
        ticks.Zip(ticks.Skip(1), (a, b) => b.Position - a.Position).ShouldAllBe(distance => Math.Abs(distance - 0.25) < 1e-9);
    }

    [Fact]
    public void Of_Stepped_OnlyValuesThatItHas() =>
        ParameterTicks.Of(new IntParameter("rounds", 50, 300, Step: 10), 200).Select(tick => tick.Text).ShouldBe(["100", "200", "300"]);

    [Fact]
    public void Of_OneValue_OneTick() => ParameterTicks.Of(new FloatParameter("fixed", 2, 2), 200).ShouldHaveSingleItem().Text.ShouldBe("2");

    [Fact]
    public void Of_ManyLongChoices_FewAndShort()
    {
        var ticks = ParameterTicks.Of(new CategoricalParameter("kind", [.. Enumerable.Range(0, 40).Select(i => (ParameterValue)$"a very long name of choice {i}")]), 200);
        ticks.Count.ShouldBeLessThanOrEqualTo(6);
        ticks.ShouldAllBe(tick => tick.Text.EndsWith('…') && tick.Position > 0 && tick.Position < 1);
    }

    [Theory]
    [InlineData(1e-9, 1e-3)]
    [InlineData(0.3, 0.4)]
    [InlineData(1, 1e9)]
    public void Of_AnyRange_TwoToSixTicksWithin(double low, double high)
    {
        foreach (var log in new[] { true, false })
        {
            var ticks = ParameterTicks.Of(new FloatParameter("x", low, high, log), 200);
            ticks.Count.ShouldBeInRange(2, 6);
            ticks.ShouldAllBe(tick => tick.Position >= 0 && tick.Position <= 1);
        }
    }
}
