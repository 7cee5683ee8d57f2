using Plumbline.Server.Admission;

namespace Plumbline.Server.Tests.Admission;

public sealed class PoolDelayTests
{
    [Fact]
    public void Value_CallbackLate_TheLesserOfTheLastTwo()
    {
        var time = new LateTime();
        using var delay = new PoolDelay(time);
        delay.Value.ShouldBe(TimeSpan.Zero);
        Look(3).ShouldBe(0);
        Look(2).ShouldBe(2);
        Look(4).ShouldBe(2);
        Look(0).ShouldBe(0);
        Look(5).ShouldBe(0);

        double Look(double late)
        {
            time.Fire(late);
            return Math.Round(delay.Value.TotalSeconds, 3);
        }
    }

    /// <summary>A clock whose one timer is called when a test says so.</summary>
    private sealed class LateTime : TimeProvider
    {
        private readonly SteppedTime _time = new();
        private TimerCallback? _callback;
        private TimeSpan _due;

        public override long TimestampFrequency => _time.TimestampFrequency;

        public override long GetTimestamp() => _time.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _callback = callback;
            return new Timer(this);
        }

        public void Fire(double late)
        {
            _time.Step(_due.TotalSeconds + late);
            _callback!(null);
        }

        private sealed class Timer(LateTime time) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                time._due = dueTime;
                return true;
            }

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
