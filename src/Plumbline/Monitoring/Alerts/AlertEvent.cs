namespace Plumbline.Monitoring.Alerts;

/// <summary>What a notice tells of an alert.</summary>
public enum AlertEvent
{
    Firing,

    /// <summary>It still fires, and nobody acknowledged it.</summary>
    Reminder,

    Acknowledged,
    Resolved,
    Raised,
}
