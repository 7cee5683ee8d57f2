using System.Text.Json.Nodes;

namespace Plumbline.Monitoring.Alerts.Notifiers;

/// <summary>Sends events to PagerDuty's Events API v2.</summary>
internal sealed class PagerDutyNotifier(NotifierOptions options, NotifierHttp http) : INotifier
{
    private const int MostSummary = 1024;
    private const int MostLabel = 500;
    private const int MostText = 5000;

    public NotifierOptions Options => options;

    public int MostNotices => 1;

    public Task SendAsync(AlertMessage message, CancellationToken cancellation)
    {
        var notice = message.Notices[0];
        var body = new JsonObject
        {
            ["routing_key"] = options.Key,
            ["event_action"] = notice.Event switch { AlertEvent.Acknowledged => "acknowledge", AlertEvent.Resolved => "resolve", _ => "trigger" },
            ["dedup_key"] = notice.Alert.DedupKey,
        };
        if (notice.Event is not (AlertEvent.Acknowledged or AlertEvent.Resolved))
            Describe(body, notice);
        return http.PostAsync(options.Address!, body, cancellation, [options.Key!]);
    }

    private static void Describe(JsonObject body, AlertNotice notice)
    {
        var alert = notice.Alert;
        var details = new JsonObject { ["why"] = AlertWords.Shorten(alert.Why, MostText), ["alert"] = alert.Id };
        if (alert.Value is { } value)
            details["value"] = value;
        if (alert.Runbook is { } runbook)
            details["runbook"] = AlertWords.Shorten(runbook, MostText);
        foreach (var (name, text) in alert.Labels)
            details[$"label_{name}"] = AlertWords.Shorten(text, MostLabel);
        body["payload"] = new JsonObject
        {
            ["summary"] = AlertWords.Shorten($"{alert.Rule} of {alert.Model}: {alert.Why}", MostSummary),
            ["source"] = alert.Model,
            ["severity"] = alert.Severity.ToString().ToLowerInvariant(),
            ["timestamp"] = alert.Started.UtcDateTime,
            ["component"] = alert.Model,
            ["class"] = alert.Rule,
            ["custom_details"] = details,
        };
        body["client"] = "Plumbline";
        if (Uri.TryCreate(alert.Runbook, UriKind.Absolute, out var link) && link.Scheme is "http" or "https")
            body["links"] = new JsonArray(new JsonObject { ["href"] = link!.ToString(), ["text"] = "Runbook" });
    }
}
