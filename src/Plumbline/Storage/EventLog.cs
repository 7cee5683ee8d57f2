using System.Data.Common;
using System.Text.Json.Nodes;

namespace Plumbline.Storage;

/// <summary>The audit trail: appended to in the transaction of the change it tells of, never altered. Thread-safe.</summary>
public sealed class EventLog(IMetadataStore store)
{
    /// <summary>Events newer than <paramref name="after"/>, oldest first.</summary>
    /// <param name="subject">Only of this subject; null for all.</param>
    public Task<IReadOnlyList<AuditEvent>> ListAsync(string? subject = null, long after = 0, int limit = 100, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        return store.ReadAsync<IReadOnlyList<AuditEvent>>(
            connection => connection.Query(
                $"""
                SELECT id, time, actor, action, subject, detail FROM events
                WHERE id > @after {(subject is null ? "" : "AND subject = @subject")} ORDER BY id LIMIT @limit
                """,
                row => new AuditEvent(row.GetInt64(0), row.GetInt64(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5)),
                subject is null ? [("after", after), ("limit", limit)] : [("after", after), ("limit", limit), ("subject", subject)]),
            cancellation);
    }

    internal static void Append(DbConnection connection, long time, string actor, string action, string subject, JsonObject detail) =>
        connection.Execute(
            "INSERT INTO events (id, time, actor, action, subject, detail) VALUES (@id, @time, @actor, @action, @subject, @detail)",
            ("id", Counter.Next(connection, "event")), ("time", time), ("actor", actor), ("action", action), ("subject", subject),
            ("detail", detail.ToJsonString()));
}
