namespace Plumbline.Server.Admission;

/// <summary>
/// How long what is to run on the thread pool waits for a thread, and so a request before this program sees it: how late a timer's callback runs. The lesser of two looks counts, since only a delay that
/// stands is one (Nichols &amp; Jacobson 2012). Thread-safe.
/// </summary>
internal sealed class PoolDelay : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private long _armed;
    private long _last;
    private long _ticks;

    public PoolDelay(TimeProvider time)
    {
        _time = time;
        _armed = time.GetTimestamp();
        _timer = time.CreateTimer(Look, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(Period, Timeout.InfiniteTimeSpan);
    }

    public TimeSpan Value => TimeSpan.FromTicks(Volatile.Read(ref _ticks));

    public void Dispose() => _timer.Dispose();

    private void Look(object? state)
    {
        var late = Math.Max(0, (_time.GetElapsedTime(_armed) - Period).Ticks);
        Volatile.Write(ref _ticks, Math.Min(late, _last));
        _last = late;
        _armed = _time.GetTimestamp();
        _timer.Change(Period, Timeout.InfiniteTimeSpan);
    }
}
