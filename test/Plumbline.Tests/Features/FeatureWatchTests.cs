using Plumbline.Features;

namespace Plumbline.Tests.Features;

public sealed class FeatureWatchTests
{
    [Fact]
    public void IsDriftProne_FewValues_False()
    {
        var watch = new FeatureWatch(0);
        watch.Add(FeatureWatch.Least - 1, areFaulty: true);
        watch.IsDriftProne.ShouldBeFalse();
        watch.Add(1, areFaulty: true);
        watch.IsDriftProne.ShouldBeTrue();
    }

    [Theory]
    [InlineData(0, 11, true)]
    [InlineData(0, 10, false)]
    [InlineData(0.3, 40, false)]
    [InlineData(0.3, 41, true)]
    public void IsDriftProne_ShareAgainstTraining_AboveItByTheMargin(double trained, int faulty, bool expected)
    {
        var watch = new FeatureWatch(trained);
        watch.Add(faulty, areFaulty: true);
        watch.Add(100 - faulty, areFaulty: false);
        watch.IsDriftProne.ShouldBe(expected);
    }

    [Fact]
    public void Share_FaultsLeftTheWindow_Forgotten()
    {
        var watch = new FeatureWatch(0);
        watch.Add(FeatureWatch.Window, areFaulty: true);
        watch.Add(FeatureWatch.Window / 2, areFaulty: false);
        watch.Share.ShouldBe(0.5);
        watch.Add(FeatureWatch.Window / 2, areFaulty: false);
        (watch.Share, watch.IsDriftProne).ShouldBe((0, false));
    }
}
