using System.Data.Common;
using System.Text.Json;
using System.Text.Json.Nodes;
using Plumbline.Monitoring.Alerts.Notifiers;
using Plumbline.Storage;

namespace Plumbline.Monitoring.Alerts;

/// <summary>What is still to be told, in the metadata store. Thread-safe, for any number of processes.</summary>
/// <exception cref="MetadataException">The store does not answer.</exception>
public sealed class AlertOutbox(IMetadataStore store, TimeProvider time)
{
    private const int MostNotices = 10_000;
    private const int MostMessages = 1000;

    /// <summary>Messages that are not delivered, in the order in which they are to be.</summary>
    /// <param name="model">Null: of all models.</param>
    public Task<IReadOnlyList<AlertMessage>> WaitingAsync(string? model = null, CancellationToken cancellation = default) =>
        WaitingAsync(model is null ? "" : "AND model = @model", model is null ? [] : [("model", model)], cancellation);

    /// <summary>How many wait for each notifier, and since when the first of them does.</summary>
    public Task<IReadOnlyList<WaitingMessages>> CountAsync(string model, CancellationToken cancellation = default) => store.ReadAsync<IReadOnlyList<WaitingMessages>>(
        connection => connection.Query(
            "SELECT notifier, COUNT(*), MIN(creation_time) FROM alert_messages WHERE model = @model AND state = 'waiting' GROUP BY notifier ORDER BY notifier",
            row => new WaitingMessages(row.GetString(0), row.GetInt64(1), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2))), ("model", model)),
        cancellation);

    /// <summary>Those for one notifier: what waits for one that takes none keeps no other waiting.</summary>
    internal Task<IReadOnlyList<AlertMessage>> WaitingForAsync(string model, string notifier, CancellationToken cancellation) =>
        WaitingAsync("AND model = @model AND notifier = @notifier", [("model", model), ("notifier", notifier)], cancellation);

    /// <summary>Puts notices into messages, once the first of them has waited for long enough for others.</summary>
    /// <param name="wait">How long that is.</param>
    internal async Task AddressAsync(string model, IReadOnlyList<INotifier> notifiers, TimeSpan wait, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        (string, object?)[] due = [("model", model), ("until", (now - wait).ToUnixTimeMilliseconds()), ("later", (now + wait).ToUnixTimeMilliseconds())];
        // What is of later was made before the clock was set back.
        const string Oldest = "SELECT 1 FROM alert_notices WHERE model = @model AND (creation_time <= @until OR creation_time > @later) LIMIT 1";
        if (await store.ReadAsync(connection => connection.Scalar(Oldest, due), cancellation).ConfigureAwait(false) is null)
            return;
        await store.WriteAsync(
            connection =>
            {
                var notices = connection.Query(
                    $"SELECT body FROM alert_notices WHERE model = @model ORDER BY notice LIMIT {MostNotices}", row => JsonSerializer.Deserialize(row.GetString(0), AlertJson.Default.AlertNotice)!, ("model", model));
                foreach (var notifier in notifiers)
                {
                    var mine = notices.Where(notice => notice.Alert.Severity >= notifier.Options.Severity && notifier.Takes(notice.Event));
                    foreach (var group in NoticeGroups.Of(mine, notifier.MostNotices))
                        Insert(connection, model, notifier.Options.Name, group, now);
                }
                if (notices.Count > 0)
                    connection.Execute("DELETE FROM alert_notices WHERE model = @model AND notice <= @last", ("model", model), ("last", notices[^1].Notice));
                return true;
            },
            cancellation).ConfigureAwait(false);
    }

    internal Task DeliveredAsync(AlertMessage message, CancellationToken cancellation) => store.WriteConcurrentlyAsync(
        connection => connection.Execute(
            "UPDATE alert_messages SET state = 'delivered', attempts = @attempts, fault = NULL, delivery_time = @now WHERE message_id = @id AND state = 'waiting'",
            ("attempts", (long)message.Attempts + 1), ("now", time.GetUtcNow().ToUnixTimeMilliseconds()), ("id", message.Id)),
        cancellation);

    internal Task FailedAsync(AlertMessage message, string fault, DateTimeOffset next, CancellationToken cancellation) => store.WriteConcurrentlyAsync(
        connection => connection.Execute(
            "UPDATE alert_messages SET attempts = @attempts, fault = @fault, next_attempt = @next WHERE message_id = @id AND state = 'waiting'",
            ("attempts", (long)message.Attempts + 1), ("fault", fault.Replace('\0', ' ')), ("next", next.ToUnixTimeMilliseconds()), ("id", message.Id)),
        cancellation);

    /// <summary>Removes what was delivered long ago, or is for a notifier that has not been there for as long.</summary>
    internal Task PruneAsync(string model, IReadOnlyList<INotifier> notifiers, CancellationToken cancellation)
    {
        var before = (time.GetUtcNow() - AlertStore.Retention).ToUnixTimeMilliseconds();
        return store.WriteAsync(
            connection =>
            {
                connection.Execute("DELETE FROM alert_messages WHERE model = @model AND state = 'delivered' AND creation_time < @before", ("model", model), ("before", before));
                var known = notifiers.Select(notifier => notifier.Options.Name).ToHashSet(StringComparer.Ordinal);
                var waiting = connection.Query(
                    "SELECT DISTINCT notifier FROM alert_messages WHERE model = @model AND state = 'waiting' AND creation_time < @before", row => row.GetString(0), ("model", model), ("before", before));
                foreach (var gone in waiting.Where(notifier => !known.Contains(notifier)))
                {
                    connection.Execute(
                        "DELETE FROM alert_messages WHERE model = @model AND notifier = @notifier AND state = 'waiting' AND creation_time < @before",
                        ("model", model), ("notifier", gone), ("before", before));
                }
                return true;
            },
            cancellation);
    }

    private Task<IReadOnlyList<AlertMessage>> WaitingAsync(string condition, (string, object?)[] parameters, CancellationToken cancellation) => store.ReadAsync<IReadOnlyList<AlertMessage>>(
        connection => connection.Query(
            $"SELECT message_id, model, notifier, body, creation_time, attempts, next_attempt, fault FROM alert_messages WHERE state = 'waiting' {condition} ORDER BY last_notice, message_id LIMIT {MostMessages}",
            Read, parameters),
        cancellation);

    private static void Insert(DbConnection connection, string model, string notifier, IReadOnlyList<AlertNotice> notices, DateTimeOffset now)
    {
        var body = JsonSerializer.Serialize(notices, AlertJson.Default.IReadOnlyListAlertNotice);
        // Of all that it says: after a backup was restored numbers come again, and a receiver must not take what is new for what it had.
        var id = Alert.Hash(new JsonArray(notifier, body));
        connection.Execute(
            """
            INSERT INTO alert_messages (message_id, model, notifier, body, state, attempts, next_attempt, last_notice, creation_time) VALUES (@id, @model, @notifier, @body, 'waiting', 0, @now, @last, @now)
            ON CONFLICT (message_id) DO NOTHING
            """,
            ("id", id), ("model", model), ("notifier", notifier), ("body", body), ("now", now.ToUnixTimeMilliseconds()),
            ("last", notices[^1].Notice));
    }

    private static AlertMessage Read(DbDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetString(2), JsonSerializer.Deserialize(row.GetString(3), AlertJson.Default.IReadOnlyListAlertNotice)!, DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(4)),
        (int)row.GetInt64(5), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(6)), row.NullableString(7));
}

/// <param name="Since">When the first of them came.</param>
public sealed record WaitingMessages(string Notifier, long Count, DateTimeOffset Since);
