using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Plumbline.Monitoring.Alerts.Notifiers;

/// <summary>Gives alerts to Alertmanager's API v2, as Prometheus does.</summary>
/// <param name="repeat">Between reminders.</param>
internal sealed partial class AlertmanagerNotifier(NotifierOptions options, NotifierHttp http, TimeSpan repeat, TimeProvider time) : INotifier
{
    private const string Path = "api/v2/alerts";
    private const int MissedReminders = 3;

    private static readonly TimeSpan LengthOfEvent = TimeSpan.FromMinutes(5);

    private readonly Uri _address = new($"{options.Address!.ToString().TrimEnd('/')}/{Path}");

    public NotifierOptions Options => options;

    public int MostNotices => 100;

    public bool Takes(AlertEvent happened) => happened != AlertEvent.Acknowledged;

    public Task SendAsync(AlertMessage message, CancellationToken cancellation) => http.PostAsync(_address, new JsonArray([.. message.Notices.Select(Json)]), cancellation);

    private JsonNode Json(AlertNotice notice)
    {
        var (alert, now) = (notice.Alert, time.GetUtcNow());
        var labels = new JsonObject { ["alertname"] = alert.Rule, ["severity"] = alert.Severity.ToString().ToLowerInvariant(), ["model"] = alert.Model };
        foreach (var (name, value) in alert.Labels.Where(label => label.Value.Length > 0 && !labels.ContainsKey(label.Key)))
            labels[NotOfALabel().Replace(name, "_")] = value;
        var annotations = new JsonObject { ["description"] = alert.Why };
        if (alert.Runbook is not null)
            annotations["runbook"] = alert.Runbook;
        return new JsonObject
        {
            ["labels"] = labels,
            ["annotations"] = annotations,
            ["startsAt"] = alert.Started.UtcDateTime,
            // Counted from the sending: what came late is news all the same.
            ["endsAt"] = (notice.Event switch
            {
                AlertEvent.Resolved => alert.Resolved!.Value,
                AlertEvent.Raised => now + LengthOfEvent,
                _ => now + (MissedReminders * repeat),
            }).UtcDateTime,
        };
    }

    [GeneratedRegex("^[^A-Za-z_]|[^A-Za-z0-9_]")]
    private static partial Regex NotOfALabel();
}
