namespace Plumbline.Monitoring.Alerts;

/// <summary>How an alert stands.</summary>
public enum AlertState
{
    /// <summary>The condition holds, but not for long enough yet.</summary>
    Pending,

    Firing,

    /// <summary>It fired, and has ended.</summary>
    Resolved,

    /// <summary>An event that somebody raised: it has no end.</summary>
    Raised,
}
