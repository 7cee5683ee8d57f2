namespace Plumbline.Client;

/// <summary>How a client asks, and how patient it is.</summary>
public sealed record PlumblineClientOptions
{
    /// <summary>Sent as <c>Authorization: Bearer</c>; null sends none.</summary>
    public string? ApiKey { get; set; }

    /// <summary>Whether the route that an answer names is sent with all requests that name none, so that this client stays with one version.</summary>
    public bool KeepsRoute { get; set; }

    /// <summary>Tries after the first, 0 to 20, of what may be sent again: all that this client sends.</summary>
    public int Retries { get; set; } = 3;

    /// <summary>Before the second try; it doubles from try to try, with jitter. A <c>Retry-After</c> of the server counts instead.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Longest wait between two tries; a server that asks for more ends the request.</summary>
    public TimeSpan MostRetryDelay { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Of one try.</summary>
    public TimeSpan TryTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Of a request with all its tries. Streams have none but <see cref="StreamPause"/>.</summary>
    public TimeSpan TotalTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Longest time without an answer in a stream, and once all is sent, before it; what its reader takes does not count.</summary>
    public TimeSpan StreamPause { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Share of failed tries, above 0 and at most 1, from which on nothing is sent for <see cref="CircuitBreak"/>.</summary>
    public double CircuitFailures { get; set; } = 0.5;

    /// <summary>Tries within <see cref="CircuitWindow"/> below which the circuit stays closed, at least 2.</summary>
    public int CircuitTries { get; set; } = 10;

    /// <summary>Over which failures are counted, at least half a second.</summary>
    public TimeSpan CircuitWindow { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the circuit stays open, at least half a second.</summary>
    public TimeSpan CircuitBreak { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Clock of waits and limits.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    internal void Validate()
    {
        Check(ApiKey is null || (ApiKey.Length > 0 && !ApiKey.AsSpan().ContainsAnyExceptInRange('!', '~')), nameof(ApiKey), "must be visible ASCII characters");
        Check(Retries is >= 0 and <= 20, nameof(Retries), "must be from 0 to 20");
        Check(RetryDelay > TimeSpan.Zero && MostRetryDelay >= RetryDelay, nameof(RetryDelay), "must be above 0 and at most MostRetryDelay");
        Check(TryTimeout > TimeSpan.Zero && TotalTimeout >= TryTimeout, nameof(TryTimeout), "must be above 0 and at most TotalTimeout");
        Check(StreamPause > TimeSpan.Zero, nameof(StreamPause), "must be above 0");
        Check(CircuitFailures is > 0 and <= 1, nameof(CircuitFailures), "must be above 0 and at most 1");
        Check(CircuitTries >= 2, nameof(CircuitTries), "must be at least 2");
        Check(CircuitWindow >= TimeSpan.FromMilliseconds(500) && CircuitBreak >= TimeSpan.FromMilliseconds(500), nameof(CircuitWindow), "and CircuitBreak must be at least half a second");
    }

    private static void Check(bool isRight, string name, string rule)
    {
        if (!isRight)
            throw new ArgumentException($"{nameof(PlumblineClientOptions)}.{name} {rule}.", name);
    }
}
