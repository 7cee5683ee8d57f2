namespace Plumbline.Tests.Storage;

/// <summary>The machine's clock, so many times as fast.</summary>
internal sealed class FastTime(int factor) : TimeProvider
{
    private readonly DateTimeOffset _began = System.GetUtcNow();
    private readonly long _timestamp = System.GetTimestamp();

    /// <summary>Whether timers fire; without, who waits for one stands still, as a process does that gets no processor.</summary>
    public bool HasTimers { get; init; } = true;

    public override DateTimeOffset GetUtcNow() => _began + (System.GetElapsedTime(_timestamp) * factor);

    public override long GetTimestamp() => _timestamp + ((System.GetTimestamp() - _timestamp) * factor);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new FastTimer(this, System.CreateTimer(callback, state, Scale(dueTime), Scale(period)));

    private TimeSpan Scale(TimeSpan time) => !HasTimers ? Timeout.InfiniteTimeSpan : time > TimeSpan.Zero ? time / factor : time;

    private sealed class FastTimer(FastTime time, ITimer inner) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => inner.Change(time.Scale(dueTime), time.Scale(period));

        public void Dispose() => inner.Dispose();

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
