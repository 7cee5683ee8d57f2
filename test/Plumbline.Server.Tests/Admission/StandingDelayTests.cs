using Plumbline.Server.Admission;

namespace Plumbline.Server.Tests.Admission;

public sealed class StandingDelayTests
{
    [Fact]
    public void Value_AfterLooks_TheLesserOfTheLastTwo()
    {
        var delay = new StandingDelay();
        delay.Value.ShouldBe(TimeSpan.Zero);
        Look(3).ShouldBe(0);
        Look(2).ShouldBe(2);
        delay.After(TimeSpan.FromSeconds(7)).TotalSeconds.ShouldBe(2);
        delay.After(TimeSpan.FromSeconds(1)).TotalSeconds.ShouldBe(1);
        Look(4).ShouldBe(2);
        Look(0).ShouldBe(0);
        Look(5).ShouldBe(0);

        double Look(double seconds)
        {
            delay.Look(TimeSpan.FromSeconds(seconds));
            return delay.Value.TotalSeconds;
        }
    }
}
