using System.Globalization;
using Plumbline.Server.Problems;

namespace Plumbline.Server.Predictions;

/// <summary>When a request has taken too long.</summary>
internal readonly struct Deadline(TimeProvider time, TimeSpan limit)
{
    /// <summary>Milliseconds that a caller gives a request, where he does not wait as long as the server would.</summary>
    public const string Header = "X-Plumbline-Timeout-Ms";

    private readonly long _began = time.GetTimestamp();

    public TimeSpan Limit => limit;

    /// <summary>Cancelled when the caller goes away, where that is looked at.</summary>
    public CancellationToken Gone { get; init; }

    public bool IsPast => Left < TimeSpan.Zero;

    /// <summary>Below zero once it is past.</summary>
    public TimeSpan Left => limit - time.GetElapsedTime(_began);

    /// <summary>What the caller gives, at most <paramref name="limit"/>.</summary>
    /// <exception cref="ProblemException">The header holds no whole number above 0.</exception>
    public static Deadline Of(HttpRequest request, TimeProvider time, TimeSpan limit)
    {
        if (!request.Headers.TryGetValue(Header, out var sent))
            return new Deadline(time, limit);
        if (!uint.TryParse(sent.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) || milliseconds == 0)
            throw new ProblemException(Problem.InvalidHeader(Header, $"must be a whole number of milliseconds above 0, not {Problem.Shorten(sent.ToString())}"));
        return new Deadline(time, TimeSpan.FromMilliseconds(Math.Min(milliseconds, limit.TotalMilliseconds)));
    }

    /// <summary>Between two texts.</summary>
    /// <exception cref="ProblemException">It is past.</exception>
    /// <exception cref="OperationCanceledException">The caller is gone.</exception>
    public void ThrowIfPast()
    {
        Gone.ThrowIfCancellationRequested();
        if (IsPast)
            throw new ProblemException(Problem.Timeout(limit));
    }

    /// <summary>Waits for somebody else, no longer than this lasts.</summary>
    /// <exception cref="ProblemException">The time is up.</exception>
    public async Task<T> WaitAsync<T>(Task<T> other, CancellationToken cancellation)
    {
        var left = Left;
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
        var left = Left;
        return new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, time);
    }
}
