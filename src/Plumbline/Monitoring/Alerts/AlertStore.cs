using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Plumbline.Storage;

namespace Plumbline.Monitoring.Alerts;

/// <summary>The alerts of a metadata store. What is to be told of a change is stored in its transaction. Thread-safe, for any number of processes.</summary>
/// <exception cref="MetadataException">The store does not answer.</exception>
public sealed class AlertStore(IMetadataStore store, TimeProvider time)
{
    private const int MostName = 100;
    private const int MostText = 5000;
    private const int MostLabels = 64;
    private const string Columns = "alert_id, model, rule, dedup_key, state, severity, labels, value, why, runbook, started_at, seen_at, fired_at, told_at, resolved_at, acknowledged_at, acknowledged_by";

    /// <summary>How long what has ended and what was delivered is kept.</summary>
    internal static readonly TimeSpan Retention = TimeSpan.FromDays(30);

    private static readonly TimeSpan SameOutage = TimeSpan.FromMinutes(10);

    /// <summary>Alerts of a model that are pending or firing, and others, the newest first.</summary>
    /// <param name="model">Null: of all models.</param>
    /// <param name="ended">Others at most.</param>
    public Task<IReadOnlyList<Alert>> ListAsync(string? model = null, int ended = 100, CancellationToken cancellation = default) => store.ReadAsync<IReadOnlyList<Alert>>(
        connection =>
        {
            var of = model is null ? "" : "AND model = @model ";
            (string, object?)[] asked = model is null ? [("ended", ended)] : [("ended", ended), ("model", model)];
            (string, object?)[] active = model is null ? [] : [("model", model)];
            return
            [
                .. Select(connection, $"WHERE state IN ('pending', 'firing') {of}ORDER BY started_at DESC, alert_id DESC", active),
                .. Select(connection, $"WHERE state NOT IN ('pending', 'firing') {of}ORDER BY started_at DESC, alert_id DESC LIMIT @ended", asked),
            ];
        },
        cancellation);

    /// <exception cref="MetadataException">NotFound: there is no such alert.</exception>
    public Task<Alert> GetAsync(string id, CancellationToken cancellation = default) => store.ReadAsync(connection => Find(connection, id), cancellation);

    /// <summary>Says who looks after a firing alert; to say it again changes nothing.</summary>
    /// <param name="reason">For the audit trail.</param>
    /// <exception cref="MetadataException">NotFound: there is no such alert. Conflict: it does not fire.</exception>
    public Task<Alert> AcknowledgeAsync(string id, string actor, string reason, CancellationToken cancellation = default) => store.WriteAsync(
        connection =>
        {
            var alert = Find(connection, id);
            if (alert.State != AlertState.Firing)
                throw new MetadataException(MetadataError.Conflict, $"Alert {MetadataText.Quote(id)} is {alert.State.ToString().ToLowerInvariant()}; only one that fires can be acknowledged.");
            if (alert.Acknowledged is not null)
                return alert;
            var now = time.GetUtcNow();
            alert = alert with { Acknowledged = now, AcknowledgedBy = actor };
            Save(connection, alert);
            Tell(connection, AlertEvent.Acknowledged, alert, now);
            EventLog.Append(connection, now.ToUnixTimeMilliseconds(), actor, "alert.acknowledged", $"alert:{id}", new JsonObject { ["rule"] = alert.Rule, ["model"] = alert.Model, ["why"] = alert.Why, ["reason"] = reason });
            return alert;
        },
        cancellation);

    /// <summary>Tells an event that is no condition. Durable when the task completes, and told by the servers of the model.</summary>
    /// <inheritdoc cref="Raise" path="/param|/exception"/>
    public Task<Alert> RaiseAsync(
        string model, string name, AlertSeverity severity, string why, string key, IReadOnlyDictionary<string, string>? labels = null, string? runbook = null, CancellationToken cancellation = default)
    {
        var now = time.GetUtcNow();
        return store.WriteAsync(connection => Raise(connection, now, model, name, severity, why, key, labels, runbook), cancellation);
    }

    /// <summary>As <see cref="RaiseAsync"/>, within the transaction of a caller's change.</summary>
    /// <param name="model">Whose servers tell it.</param>
    /// <param name="name">What happened, in the manner of rules: letters, digits and <c>_</c>.</param>
    /// <param name="why">What happened in words, with values; at most 5,000 characters.</param>
    /// <param name="key">Which event it is: the same key of the same model and name is the same event, and told once.</param>
    /// <param name="runbook">What to do, or where that stands.</param>
    /// <returns>The event; the first one where it was raised before.</returns>
    /// <exception cref="MetadataException">Invalid: a name or text breaks a rule.</exception>
    public static Alert Raise(
        DbConnection connection, DateTimeOffset now, string model, string name, AlertSeverity severity, string why, string key, IReadOnlyDictionary<string, string>? labels = null, string? runbook = null)
    {
        MetadataText.CheckName("model", model, MostText);
        MetadataText.CheckName("name of the event", name, MostName);
        MetadataText.CheckName("text of the event", why, MostText);
        MetadataText.Check("runbook of the event", runbook ?? "", MostText);
        labels ??= new Dictionary<string, string>();
        if (labels.Count > MostLabels)
            throw new MetadataException(MetadataError.Invalid, $"The event {name} has {labels.Count} labels; at most {MostLabels} are allowed.");
        foreach (var (label, value) in labels)
        {
            MetadataText.CheckName("label of the event", label, MostName);
            MetadataText.Check($"label {label} of the event", value, MostText);
        }
        var id = Alert.Hash(new JsonArray(model, name, key));
        var alert = new Alert(id, model, name, id, AlertState.Raised, severity, labels, null, why, runbook, now);
        if (!Insert(connection, alert))
            return Find(connection, id);
        Tell(connection, AlertEvent.Raised, alert, now);
        return alert;
    }

    /// <summary>Applies a round under the lease of who evaluates.</summary>
    /// <param name="lease">Token; once it is over, nothing changes.</param>
    /// <returns>What changed in a way that is told.</returns>
    internal async Task<IReadOnlyList<AlertChange>> ApplyAsync(string model, AlertRound round, DateTimeOffset now, long lease, CancellationToken cancellation)
    {
        if (round.Broken.Count == 0 && (await store.ReadAsync(connection => Active(connection, model), cancellation).ConfigureAwait(false)).Count == 0)
            return [];
        return await store.WriteAsync<IReadOnlyList<AlertChange>>(
            connection =>
            {
                if (!LeaseStore.IsHeld(connection, lease, time.GetUtcNow()))
                    return [];
                var changes = round.Changes(Active(connection, model)).ToArray();
                foreach (var change in changes)
                    Apply(connection, change, now);
                return [.. changes.Where(change => change.Event is not null)];
            },
            cancellation).ConfigureAwait(false);
    }

    /// <summary>Stores an episode that could not be stored while it went on, and tells that it is over, unless another server just did.</summary>
    /// <param name="alert">Resolved.</param>
    internal Task KeepAsync(Alert alert, CancellationToken cancellation) => store.WriteAsync(
        connection =>
        {
            var told = connection.Scalar(
                "SELECT 1 FROM alerts WHERE model = @model AND dedup_key = @key AND state = 'resolved' AND resolved_at > @since",
                ("model", alert.Model), ("key", alert.DedupKey), ("since", Unix(alert.Resolved!.Value - SameOutage)));
            if (told is null && Insert(connection, alert))
                Tell(connection, AlertEvent.Resolved, alert, alert.Resolved.Value);
            return true;
        },
        cancellation);

    /// <summary>Removes what ended long ago.</summary>
    internal Task PruneAsync(string model, CancellationToken cancellation)
    {
        var before = (time.GetUtcNow() - Retention).ToUnixTimeMilliseconds();
        return store.WriteAsync(
            connection => connection.Execute(
                "DELETE FROM alerts WHERE model = @model AND ((state = 'resolved' AND resolved_at < @before) OR (state = 'raised' AND started_at < @before))", ("model", model), ("before", before)),
            cancellation);
    }

    private static void Apply(DbConnection connection, AlertChange change, DateTimeOffset now)
    {
        if (change.IsForgotten)
        {
            connection.Execute("DELETE FROM alerts WHERE alert_id = @id", ("id", change.Alert.Id));
            return;
        }
        if (!Insert(connection, change.Alert))
            Save(connection, change.Alert);
        if (change.Event is { } happened)
            Tell(connection, happened, change.Alert, now);
    }

    private static void Tell(DbConnection connection, AlertEvent happened, Alert alert, DateTimeOffset now)
    {
        var notice = new AlertNotice(Counter.Next(connection, "alert_notice"), happened, now, alert);
        connection.Execute(
            "INSERT INTO alert_notices (notice, model, body, creation_time) VALUES (@notice, @model, @body, @now)",
            ("notice", notice.Notice), ("model", alert.Model), ("body", JsonSerializer.Serialize(notice, AlertJson.Default.AlertNotice)), ("now", now.ToUnixTimeMilliseconds()));
    }

    private static bool Insert(DbConnection connection, Alert alert) => connection.Execute(
        $"""
        INSERT INTO alerts ({Columns})
        VALUES (@id, @model, @rule, @key, @state, @severity, @labels, @value, @why, @runbook, @started, @seen, @fired, @told, @resolved, @acknowledged, @by)
        ON CONFLICT (alert_id) DO NOTHING
        """,
        Values(alert)) == 1;

    private static void Save(DbConnection connection, Alert alert) => connection.Execute(
        """
        UPDATE alerts SET state = @state, severity = @severity, value = @value, why = @why, runbook = @runbook, started_at = @started, seen_at = @seen, fired_at = @fired, told_at = @told,
          resolved_at = @resolved, acknowledged_at = @acknowledged, acknowledged_by = @by
        WHERE alert_id = @id
        """,
        [.. Values(alert).Where(value => value.Name is not ("model" or "rule" or "key" or "labels"))]);

    private static (string Name, object? Value)[] Values(Alert alert) =>
    [
        ("id", alert.Id), ("model", alert.Model), ("rule", alert.Rule), ("key", alert.DedupKey), ("state", Word(alert.State)), ("severity", Word(alert.Severity)),
        ("labels", JsonSerializer.Serialize(alert.Labels, AlertJson.Default.IReadOnlyDictionaryStringString)), ("value", alert.Value), ("why", alert.Why), ("runbook", alert.Runbook),
        ("started", Unix(alert.Started)), ("seen", Unix(alert.Seen)), ("fired", Unix(alert.Fired)), ("told", Unix(alert.Told)), ("resolved", Unix(alert.Resolved)),
        ("acknowledged", Unix(alert.Acknowledged)), ("by", alert.AcknowledgedBy),
    ];

    private static List<Alert> Active(DbConnection connection, string model) => Select(connection, "WHERE model = @model AND state IN ('pending', 'firing') ORDER BY alert_id", ("model", model));

    private static Alert Find(DbConnection connection, string id) => Select(connection, "WHERE alert_id = @id", ("id", id)) is [var alert]
        ? alert
        : throw new MetadataException(MetadataError.NotFound, $"There is no alert {MetadataText.Quote(id)}; plumbline alerts lists them with their ids.");

    private static List<Alert> Select(DbConnection connection, string where, params ReadOnlySpan<(string, object?)> parameters) => connection.Query(
        $"SELECT {Columns} FROM alerts {where}",
        row => new Alert(
            row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), Enum.Parse<AlertState>(row.GetString(4), ignoreCase: true), Enum.Parse<AlertSeverity>(row.GetString(5), ignoreCase: true),
            JsonSerializer.Deserialize(row.GetString(6), AlertJson.Default.IReadOnlyDictionaryStringString)!, row.IsDBNull(7) ? null : row.GetDouble(7), row.GetString(8), row.NullableString(9), Time(row.GetInt64(10)))
        {
            Seen = Time(row.GetInt64(11)),
            Fired = Time(row.NullableInt64(12)),
            Told = Time(row.GetInt64(13)),
            Resolved = Time(row.NullableInt64(14)),
            Acknowledged = Time(row.NullableInt64(15)),
            AcknowledgedBy = row.NullableString(16),
        },
        parameters);

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLower(CultureInfo.InvariantCulture);

    private static long Unix(DateTimeOffset moment) => moment.ToUnixTimeMilliseconds();

    private static long? Unix(DateTimeOffset? moment) => moment?.ToUnixTimeMilliseconds();

    private static DateTimeOffset Time(long unix) => DateTimeOffset.FromUnixTimeMilliseconds(unix);

    private static DateTimeOffset? Time(long? unix) => unix is { } known ? DateTimeOffset.FromUnixTimeMilliseconds(known) : null;
}
