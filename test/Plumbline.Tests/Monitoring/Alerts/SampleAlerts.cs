using Plumbline.Monitoring.Alerts;

namespace Plumbline.Tests.Monitoring.Alerts;

/// <summary>Messages of all kinds, short and as long as they can be.</summary>
internal static class SampleAlerts
{
    public static readonly DateTimeOffset Begin = new(2026, 11, 26, 9, 0, 0, TimeSpan.Zero);

    public static Alert Alert(string id = "a", AlertSeverity severity = AlertSeverity.Warning, string why = "price of reviews/3 has moved", string? runbook = "https://wiki/drift", int labels = 2) => new(
        id, "reviews", "PlumblineDrift", $"key-{id}", AlertState.Firing, severity, Enumerable.Range(0, labels).ToDictionary(number => $"label{number}", number => $"value {number}"), 3, why, runbook, Begin)
    {
        Fired = Begin.AddMinutes(15),
    };

    public static AlertMessage Message(AlertEvent happened, params IReadOnlyList<Alert> alerts)
    {
        var now = Begin.AddMinutes(20);
        IEnumerable<Alert> all = alerts.Count == 0 ? [Alert()] : alerts;
        if (happened == AlertEvent.Resolved)
            all = all.Select(alert => alert with { State = AlertState.Resolved, Resolved = now });
        if (happened == AlertEvent.Acknowledged)
            all = all.Select(alert => alert with { Acknowledged = now, AcknowledgedBy = "ann" });
        return new AlertMessage("0123456789abcdef0123456789abcdef", "reviews", "n", [.. all.Select((alert, i) => new AlertNotice(i + 1, happened, now, alert))], now, 0, now, null);
    }

    /// <summary>As many as a notifier takes, of texts that are too long and full of what has to be escaped.</summary>
    public static AlertMessage Huge(AlertEvent happened, int notices) => Message(
        happened, [.. Enumerable.Range(0, notices).Select(number => Alert($"{number}", AlertSeverity.Critical, string.Concat(Enumerable.Repeat("<&>\u00e9\"😀\n", 1200)), new string('&', 5000), labels: 64) with
        {
            Labels = Enumerable.Range(0, 64).ToDictionary(label => $"label{label}", _ => new string('<', 3000)),
        })]);
}
