using Plumbline.Monitoring.Alerts.Notifiers;

namespace Plumbline.Monitoring.Alerts;

/// <summary>What is an alert, and who is told: the section <c>alerts</c> of a <c>plumbline.yaml</c>. Immutable.</summary>
public sealed record AlertOptions
{
    /// <summary>Share of requests that should be answered without failure; above 0, below 1.</summary>
    public double Slo { get; init; } = 0.999;

    /// <summary>All that hold.</summary>
    public IReadOnlyList<AlertRule> Rules { get; init; } = DefaultRules.Of(0.999);

    public IReadOnlyList<NotifierOptions> Notifiers { get; init; } = [];

    /// <summary>How long a notice waits for others that go with it.</summary>
    public TimeSpan GroupWait { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Between reminders of what fires and nobody acknowledged.</summary>
    public TimeSpan Repeat { get; init; } = TimeSpan.FromHours(4);

    /// <summary>For how long a condition must not hold before its alert has ended.</summary>
    public TimeSpan ResolveAfter { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>That one notifier gets at most.</summary>
    public int MessagesPerMinute { get; init; } = 20;
}
