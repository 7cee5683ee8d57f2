using Plumbline.Storage;

namespace Plumbline.Monitoring.Alerts;

/// <summary>The alert that cannot be stored while it goes on: that the metadata store does not answer. Each server tells it itself, and stores it once the store is back. For one caller at a time.</summary>
public sealed class StoreOutage(string model, AlertOptions options, TimeProvider time)
{
    private readonly AlertRule? _rule = options.Rules.FirstOrDefault(rule => rule.Name == DefaultRules.StoreUnreachable && rule.Enabled);
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private DateTimeOffset? _since;
    private Alert? _alert;

    /// <summary>Since when the store does not answer; null while it does.</summary>
    public DateTimeOffset? Since => _since;

    /// <summary>The store did not answer: once that has lasted, tells whom it could not tell yet.</summary>
    public async Task<IReadOnlyList<DeliveryAttempt>> GoesOnAsync(AlertDelivery delivery, CancellationToken cancellation = default)
    {
        var now = time.GetUtcNow();
        _since = _since is { } since && since <= now ? since : now;
        if (_rule is null || now - _since < _rule.For)
            return [];
        _alert ??= new Alert(
            Guid.CreateVersion7(now).ToString("N"), model, _rule.Name, Alert.KeyOf(model, _rule.Name, _rule.Labels), AlertState.Firing, _rule.Severity, _rule.Labels, 0, _rule.Explain(_rule.Labels, 0), _rule.Runbook, _since.Value)
        {
            Fired = now,
        };
        var attempts = new List<DeliveryAttempt>();
        foreach (var notifier in options.Notifiers.Where(notifier => notifier.Severity <= _rule.Severity && !_told.Contains(notifier.Name)))
        {
            var message = new AlertMessage(_alert.Id, model, notifier.Name, [new AlertNotice(0, AlertEvent.Firing, now, _alert)], now, 0, now, null);
            attempts.AddRange(await delivery.SendNowAsync(message, cancellation).ConfigureAwait(false));
            if (attempts is [.., { Fault: null }])
                _told.Add(notifier.Name);
        }
        return attempts;
    }

    /// <summary>The store answers: what was told, or was to be told, is stored, and with it that it is over.</summary>
    /// <exception cref="MetadataException">It does not answer after all.</exception>
    public async Task IsOverAsync(IMetadataStore store, CancellationToken cancellation = default)
    {
        if (_alert is { } alert)
        {
            var now = time.GetUtcNow();
            await new AlertStore(store, time).KeepAsync(alert with { State = AlertState.Resolved, Resolved = now, Seen = now, Told = now }, cancellation).ConfigureAwait(false);
        }
        (_since, _alert) = (null, null);
        _told.Clear();
    }
}
