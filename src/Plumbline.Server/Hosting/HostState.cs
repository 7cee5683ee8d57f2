namespace Plumbline.Server.Hosting;

/// <summary>What a server is doing: what is in flight, and whether it is stopping. Thread-safe.</summary>
internal class HostState(TimeProvider time)
{
    private int _inFlight;
    private long _lastRequest = time.GetTimestamp();

    public bool IsStopping { get; private set; }

    public int InFlight => Volatile.Read(ref _inFlight);

    public virtual bool IsReady => !IsStopping;

    /// <summary>How long no request has begun or ended; zero while one is in flight.</summary>
    public TimeSpan Quiet => InFlight > 0 ? TimeSpan.Zero : time.GetElapsedTime(Volatile.Read(ref _lastRequest));

    public void Stop() => IsStopping = true;

    public void RequestBegan() => Interlocked.Increment(ref _inFlight);

    /// <param name="timestamp">Of <see cref="TimeProvider.GetTimestamp"/>.</param>
    public void RequestEnded(long timestamp)
    {
        Volatile.Write(ref _lastRequest, timestamp);
        Interlocked.Decrement(ref _inFlight);
    }
}
