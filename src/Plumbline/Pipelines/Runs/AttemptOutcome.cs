namespace Plumbline.Pipelines.Runs;

/// <summary>How an attempt ended.</summary>
public enum AttemptState
{
    Running,
    Succeeded,

    /// <summary>A result that was there was taken.</summary>
    Cached,
    Skipped,
    Failed,
    TimedOut,
    Cancelled,

    /// <summary>Its worker stopped and gave it back.</summary>
    Released,

    /// <summary>Its worker's lease ended.</summary>
    Lost,
}

/// <summary>What an attempt leaves.</summary>
/// <param name="Output">JSON; null where it did not succeed.</param>
/// <param name="Fingerprint">Empty where its result is for this run alone.</param>
internal sealed record AttemptOutcome(AttemptState State, string? Output, string Fingerprint, string Reason, IReadOnlyList<string>? Followed)
{
    public static AttemptOutcome Ended(AttemptState state, string reason) => new(state, null, "", reason, null);

    /// <summary>The span of the task, for attempts to come.</summary>
    public string Trace { get; init; } = "";

    /// <summary>Whether it counts against the node's retries.</summary>
    public bool IsFailure => State is AttemptState.Failed or AttemptState.TimedOut;
}
