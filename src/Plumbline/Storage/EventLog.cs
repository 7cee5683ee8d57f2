using System.Data.Common;
using System.Text.Json.Nodes;

namespace Plumbline.Storage;

/// <summary>The audit log: appended to in the transaction of the change it tells of, never altered, chained by hashes (docs/specs/audit.md). Thread-safe.</summary>
public sealed class EventLog(IMetadataStore store)
{
    /// <summary>Events newer than <paramref name="after"/>, oldest first.</summary>
    /// <param name="subject">Only of this subject; null for all.</param>
    public Task<IReadOnlyList<AuditEvent>> ListAsync(string? subject = null, long after = 0, int limit = 100, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        return store.ReadAsync<IReadOnlyList<AuditEvent>>(
            connection => connection.Query(
                AuditChain.Select + $"WHERE id > @after {(subject is null ? "" : "AND subject = @subject")} ORDER BY id LIMIT @limit", AuditChain.Read,
                subject is null ? [("after", after), ("limit", limit)] : [("after", after), ("limit", limit), ("subject", subject)]),
            cancellation);
    }

    /// <summary>Follows the chain from the first event to the last, and compares their number with how many the store gave out.</summary>
    /// <param name="known">A head that was kept elsewhere: the log must still contain it.</param>
    public Task<AuditVerification> VerifyAsync(AuditHead? known = null, CancellationToken cancellation = default) => store.ReadAsync(connection => Verify(connection, known), cancellation);

    /// <summary>Where the log ends; what is before is not verified.</summary>
    public Task<AuditHead> HeadAsync(CancellationToken cancellation = default) => store.ReadAsync(
        connection =>
        {
            var last = Last(connection);
            return new AuditHead(last, AuditChain.HashOf(connection, last));
        },
        cancellation);

    /// <summary>Appends within the caller's transaction; <see cref="AuditOrigin.Current"/> says from where.</summary>
    /// <param name="detail">With <c>reason</c> where there is one.</param>
    internal static void Append(DbConnection connection, long time, string actor, string action, string subject, JsonObject detail)
    {
        var (id, previous) = Next(connection);
        var e = new AuditEvent(id, time, actor, action, subject, detail.ToJsonString(), AuditOrigin.Current.ToJson(), "");
        connection.Execute(
            "INSERT INTO events (id, time, actor, action, subject, detail, origin, hash) VALUES (@id, @time, @actor, @action, @subject, @detail, @origin, @hash)",
            ("id", id), ("time", time), ("actor", actor), ("action", action), ("subject", subject), ("detail", e.Detail), ("origin", e.Origin),
            ("hash", AuditChain.Hash(previous, e)));
    }

    /// <summary>The number of the next event, and the hash of the one before, in one round trip.</summary>
    private static (long Id, string Previous) Next(DbConnection connection)
    {
        using var command = connection.CreateCommand();
        // Taking the number locks its row until the transaction ends, so that the event before is there for good; a statement of its own sees it, too.
        command.CommandText = "UPDATE counters SET value = value + 1 WHERE name = 'event' RETURNING value; SELECT hash FROM events WHERE id = (SELECT value - 1 FROM counters WHERE name = 'event')";
        long id;
        string? hash;
        using (var row = command.ExecuteReader())
        {
            row.Read();
            id = row.GetInt64(0);
            hash = row.NextResult() && row.Read() ? row.GetString(0) : null;
        }
        return (id, hash is { Length: > 0 } ? hash : AuditChain.HashOf(connection, id - 1));
    }

    /// <inheritdoc cref="VerifyAsync"/>
    internal static AuditVerification Verify(DbConnection connection, AuditHead? known)
    {
        var found = AuditChain.Follow(connection, long.MaxValue, known);
        var given = Last(connection);
        if (found.Fault is not null)
            return found;
        var problem = known is not null && known.Id > found.Events ? $"and those after it are missing: the head that was kept is that of event {known.Id}."
            : found.Events < given ? $"and those after it are missing: the store gave out numbers up to {given}."
            : found.Events > given ? $"was put in: the store gave out numbers up to {given}."
            : null;
        var id = Math.Min(found.Events, given) + 1;
        return problem is null ? found : found with { Fault = new AuditFault(id, $"Event {id} {problem}") };
    }

    private static long Last(DbConnection connection) => (long)connection.Scalar("SELECT value FROM counters WHERE name = 'event'")!;
}
