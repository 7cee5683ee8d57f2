namespace Plumbline.Datasets;

/// <summary>How a call to a server is tried again: after a delay that doubles each time and is spread by chance, so that many clients do not come back at once.</summary>
public sealed record RetryOptions
{
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
        if (FirstDelay <= TimeSpan.Zero || LongestDelay < FirstDelay)
            throw new ArgumentException("data.retry: the first delay must be above 0, and the longest at least as long");
        if (AttemptTimeout <= TimeSpan.Zero || TotalTime <= TimeSpan.Zero)
            throw new ArgumentException("data.retry: the time limits must be above 0");
    }
}
