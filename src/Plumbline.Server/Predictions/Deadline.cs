namespace Plumbline.Server.Predictions;

/// <summary>When a request has taken too long.</summary>
internal readonly struct Deadline(TimeProvider time, TimeSpan limit)
{
    private readonly long _began = time.GetTimestamp();

    public TimeSpan Limit => limit;

    public bool IsPast => time.GetElapsedTime(_began) > limit;

    /// <summary>Cancelled when the time is up.</summary>
    public CancellationTokenSource Timer()
    {
        var left = limit - time.GetElapsedTime(_began);
        return new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, time);
    }
}
