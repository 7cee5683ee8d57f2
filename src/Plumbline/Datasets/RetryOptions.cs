namespace Plumbline.Datasets;

/// <summary>How a call to a server is tried again: after a delay that doubles each time and is spread by chance, so that many clients do not come back at once.</summary>
public sealed record RetryOptions
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>Tries in all, the first included.</summary>
    public int Attempts { get; init; } = 6;

    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Longest wait for one answer, or for the next bytes of a download.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest time for all tries of one call together.</summary>
    public TimeSpan TotalTime { get; init; } = TimeSpan.FromMinutes(2);

    internal TimeProvider Time { get; init; } = TimeProvider.System;

    /// <exception cref="ArgumentException">A value is out of its range; the message names it, and the key of plumbline.yaml.</exception>
    public void Validate()
    {
        if (Attempts is < 1 or > 100)
            throw new ArgumentException(FormattableString.Invariant($"data.retry.attempts is {Attempts}; it must be from 1 to 100"));
        if (FirstDelay <= TimeSpan.Zero || LongestDelay < FirstDelay || LongestDelay > Longest)
            throw new ArgumentException("data.retry: first_delay_seconds must be above 0, and longest_delay_seconds at least as long, and a day at most");
        if (AttemptTimeout < Shortest || TotalTime < Shortest || AttemptTimeout > Longest || TotalTime > Longest)
            throw new ArgumentException("data.retry: attempt_timeout_seconds and total_seconds must be from 0.01 to a day (86400)");
    }
}
