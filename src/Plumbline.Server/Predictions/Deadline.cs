using Plumbline.Server.Problems;

namespace Plumbline.Server.Predictions;

/// <summary>When a request has taken too long.</summary>
internal readonly struct Deadline(TimeProvider time, TimeSpan limit)
{
    private readonly long _began = time.GetTimestamp();

    public TimeSpan Limit => limit;

    public bool IsPast => time.GetElapsedTime(_began) > limit;

    /// <summary>Waits for somebody else, no longer than this lasts.</summary>
    /// <exception cref="ProblemException">The time is up.</exception>
    public async Task<T> WaitAsync<T>(Task<T> other, CancellationToken cancellation)
    {
        var left = limit - time.GetElapsedTime(_began);
        try
        {
            return await other.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, time, cancellation);
        }
        catch (TimeoutException)
        {
            throw new ProblemException(Problem.Timeout(limit));
        }
    }

    /// <summary>Cancelled when the time is up.</summary>
    public CancellationTokenSource Timer()
    {
        var left = limit - time.GetElapsedTime(_began);
        return new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, time);
    }
}
