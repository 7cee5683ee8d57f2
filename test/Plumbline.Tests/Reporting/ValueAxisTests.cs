using FsCheck.Xunit;
using Plumbline.Reporting;

namespace Plumbline.Tests.Reporting;

public sealed class ValueAxisTests
{
    [Property]
    public bool Of_AnyValues_HoldsThemInFewTicks(FsCheck.NormalFloat[] values)
    {
        var numbers = values.Select(value => value.Get % 1e9).ToArray();
        var axis = ValueAxis.Of(numbers);
        return axis.Low < axis.High && axis.Ticks.Count is >= 2 and <= 7 && numbers.All(number => number >= axis.Low - 1e-6 && number <= axis.High + 1e-6 && axis.Place(number) is >= 0 and <= 1);
    }

    [Fact]
    public void OfMost_FarOutOnTheBadSide_CutAndSaid()
    {
        double[] values = [0.01, 0.6, 0.61, 0.62, 0.63, 0.64];
        var axis = ValueAxis.OfMost(values, highIsGood: true);
        axis.Low.ShouldBeGreaterThan(0.4);
        axis.Ticks[0].Text.ShouldStartWith("≤ ");
        axis.Place(0.01).ShouldBe(0);
        ValueAxis.OfMost(values, highIsGood: false).Low.ShouldBeLessThanOrEqualTo(0.01);
    }

    [Fact]
    public void OfCounts_Any_WholeNumbers()
    {
        for (var last = 0; last < 400; last++)
        {
            var axis = ValueAxis.OfCounts(last);
            axis.High.ShouldBeGreaterThanOrEqualTo(last);
            axis.Ticks.ShouldAllBe(tick => !tick.Text.Contains('.'));
        }
    }
}
