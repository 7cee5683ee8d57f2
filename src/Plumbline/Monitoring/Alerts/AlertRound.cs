namespace Plumbline.Monitoring.Alerts;

/// <summary>Holds what was observed at a moment against rules, and says what becomes of the alerts that there are. A pure function of what it is given.</summary>
internal sealed class AlertRound(string model, AlertOptions options, DateTimeOffset now)
{
    private readonly Dictionary<string, Alert> _broken = new(StringComparer.Ordinal);

    /// <summary>Whether all could be observed; if not, no alert ends.</summary>
    public bool IsComplete { get; init; } = true;

    /// <summary>What is beyond a limit.</summary>
    public IReadOnlyCollection<Alert> Broken => _broken.Values;

    public void Observe(IEnumerable<AlertObservation> observations)
    {
        foreach (var observation in observations)
        {
            foreach (var rule in options.Rules)
            {
                if (rule.IsOf(observation) && rule.IsBroken(observation.Value))
                    Add(rule, observation);
            }
        }
    }

    /// <summary>What changes, each with what is to be told of it: null for nothing, and a change whose alert is <see cref="AlertState.Pending"/> no more where it is forgotten.</summary>
    /// <param name="active">Those that are pending or firing.</param>
    public IEnumerable<AlertChange> Changes(IReadOnlyCollection<Alert> active)
    {
        var rules = options.Rules.ToDictionary(rule => rule.Name, StringComparer.Ordinal);
        foreach (var known in active)
        {
            var alert = Past(known);
            if (_broken.GetValueOrDefault(alert.DedupKey) is { } found)
                yield return GoneOn(alert, found, rules[alert.Rule]);
            else if (IsComplete && Ended(alert) is { } ended)
                yield return ended;
            else if (!ReferenceEquals(alert, known))
                yield return new AlertChange(alert, null);
        }
        var keys = active.Select(alert => alert.DedupKey).ToHashSet(StringComparer.Ordinal);
        foreach (var found in _broken.Values.Where(found => !keys.Contains(found.DedupKey)))
            yield return GoneOn(found with { Id = Guid.CreateVersion7(now).ToString("N") }, found, rules[found.Rule]);
    }

    /// <summary>As of now where it is of the future: else, after the clock was set back, it would neither fire nor end until that time has come again.</summary>
    private Alert Past(Alert alert) => alert.Started <= now && alert.Seen <= now && alert.Told <= now ? alert : alert with
    {
        Started = alert.Started <= now ? alert.Started : now,
        Seen = alert.Seen <= now ? alert.Seen : now,
        Told = alert.Told <= now ? alert.Told : now,
    };

    private void Add(AlertRule rule, AlertObservation observation)
    {
        var labels = new Dictionary<string, string>(rule.Labels, StringComparer.Ordinal);
        foreach (var (name, value) in observation.Labels)
            labels[name] = value;
        var key = Alert.KeyOf(model, rule.Name, labels);
        // Of several that would be one alert, the worst counts.
        if (_broken.TryGetValue(key, out var other) && (rule.IsBelow ? other.Value <= observation.Value : other.Value >= observation.Value))
            return;
        _broken[key] = new Alert("", model, rule.Name, key, AlertState.Pending, rule.Severity, labels, observation.Value, rule.Explain(labels, observation.Value), rule.Runbook, now);
    }

    private AlertChange GoneOn(Alert alert, Alert found, AlertRule rule)
    {
        // Nobody looked for so long that it may have ended meanwhile.
        if (alert.State == AlertState.Pending && now - alert.Seen > options.ResolveAfter)
            alert = alert with { Started = now };
        alert = alert with { Seen = now, Value = found.Value, Why = found.Why, Severity = found.Severity, Runbook = found.Runbook };
        if (alert.State == AlertState.Pending)
            return now - alert.Started >= rule.For ? new(alert with { State = AlertState.Firing, Fired = now, Told = now }, AlertEvent.Firing) : new(alert, null);
        return alert.Acknowledged is null && now - alert.Told >= options.Repeat ? new(alert with { Told = now }, AlertEvent.Reminder) : new(alert, null);
    }

    private AlertChange? Ended(Alert alert) =>
        alert.State == AlertState.Pending ? new AlertChange(alert, null) { IsForgotten = true }
        : now - alert.Seen >= options.ResolveAfter ? new AlertChange(alert with { State = AlertState.Resolved, Resolved = now, Told = now }, AlertEvent.Resolved)
        : null;
}

/// <param name="Alert">As it is from now on.</param>
/// <param name="Event">What is to be told; null: nothing.</param>
internal sealed record AlertChange(Alert Alert, AlertEvent? Event)
{
    /// <summary>Whether the alert is removed: it never fired.</summary>
    public bool IsForgotten { get; init; }
}
