using Plumbline.Monitoring.Alerts;
using Plumbline.Server.Hosting;
using Prometheus;

namespace Plumbline.Server.Alerts;

/// <summary>What is known of alerts and their delivery, and whether this server knows what it is to serve. For one caller at a time.</summary>
internal sealed class AlertMetrics
{
    private static readonly GaugeConfiguration OnlyWhereSet = new() { SuppressInitialValue = true };

    private readonly Gauge _alerts;
    private readonly Counter _deliveries;
    private readonly Gauge _waiting;
    private readonly Gauge _oldest;
    private readonly Gauge _storeUp;
    private readonly Gauge _stale;
    private readonly ServerState _state;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private DateTimeOffset? _staleSince;

    public AlertMetrics(CollectorRegistry registry, ServerState state, TimeProvider time)
    {
        (_state, _time) = (state, time);
        var create = Metrics.WithCustomRegistry(registry);
        _alerts = create.CreateGauge("plumbline_alerts", "Alerts of the model that are pending or firing.", ["rule", "severity", "state"]);
        _deliveries = create.CreateCounter("plumbline_alert_deliveries_total", "Messages that this server tried to deliver.", ["notifier", "outcome"]);
        _waiting = create.CreateGauge("plumbline_alert_deliveries_waiting", "Messages that wait to be delivered.", ["notifier"]);
        _oldest = create.CreateGauge("plumbline_alert_deliveries_oldest_seconds", "For how long the oldest of them has waited.", OnlyWhereSet);
        _storeUp = create.CreateGauge("plumbline_metadata_store_up", "0 while the metadata store does not answer.", OnlyWhereSet);
        _stale = create.CreateGauge("plumbline_deployment_stale_seconds", "For how long this server has not served what the traffic plan says, or could not know it.");
        registry.AddBeforeCollectCallback(Refresh);
    }

    public void StoreAnswers(bool isUp) => _storeUp.Set(isUp ? 1 : 0);

    public void Tried(DeliveryAttempt attempt) => _deliveries.WithLabels(attempt.Notifier, attempt.Fault is null ? "delivered" : "failed").Inc();

    public void Set(IEnumerable<Alert> active, IReadOnlyList<WaitingMessages> waiting)
    {
        SetAll(_alerts, active.CountBy(alert => (alert.Rule, alert.Severity, alert.State)).Select(group => (
            new[] { group.Key.Rule, group.Key.Severity.ToString().ToLowerInvariant(), group.Key.State.ToString().ToLowerInvariant() }, (double)group.Value)));
        SetAll(_waiting, waiting.Select(messages => (new[] { messages.Notifier }, (double)messages.Count)));
        _oldest.Set(waiting.Count == 0 ? 0 : Math.Max(0, (_time.GetUtcNow() - waiting.Min(messages => messages.Since)).TotalSeconds));
    }

    private static void SetAll(Gauge gauge, IEnumerable<(string[] Labels, double Value)> values)
    {
        var known = gauge.GetAllLabelValues().ToList();
        foreach (var (labels, value) in values)
        {
            gauge.WithLabels(labels).Set(value);
            known.RemoveAll(labels.SequenceEqual);
        }
        foreach (var labels in known)
            gauge.RemoveLabelled(labels);
    }

    private void Refresh()
    {
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            _staleSince = _state.Stale.Count == 0 ? null : _staleSince ?? now;
            _stale.Set(_staleSince is { } since ? (now - since).TotalSeconds : 0);
        }
    }
}
