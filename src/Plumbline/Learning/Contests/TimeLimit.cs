namespace Plumbline.Learning.Contests;

/// <summary>A time after which trials are broken off, unless there would be nothing to show: then once there is. Thread-safe.</summary>
internal sealed class TimeLimit : IDisposable
{
    /// <summary>About what timers take.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(49);

    private readonly TimeSpan? _time;
    private readonly TimeProvider _clock;
    private readonly Func<bool> _hasResult;
    private readonly long _begun;
    private readonly CancellationTokenSource _over = new();
    private readonly ITimer? _timer;
    private volatile bool _isReached;

    /// <param name="time">From now; null: none.</param>
    /// <param name="hasResult">Whether there is something to show.</param>
    public TimeLimit(TimeSpan? time, TimeProvider clock, Func<bool> hasResult)
    {
        (_time, _clock, _hasResult, _begun) = (time, clock, hasResult, clock.GetTimestamp());
        if (time is { } limit)
            _timer = clock.CreateTimer(_ => End(), null, limit < Longest ? limit : Longest, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Cancelled when trials are to be broken off.</summary>
    public CancellationToken Over => _over.Token;

    /// <summary>To be called whenever a result has come.</summary>
    public void Check()
    {
        if (_isReached || _clock.GetElapsedTime(_begun) >= _time)
            End();
    }

    public void Dispose()
    {
        _timer?.Dispose();
        _over.Dispose();
    }

    private void End()
    {
        _isReached = true;
        if (!_hasResult())
            return;
        try
        {
            _over.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The timer was late: what it was to end has ended.
        }
    }
}
