using System.Buffers.Binary;
using System.Data.Common;
using System.Security.Cryptography;
using System.Text;

namespace Plumbline.Storage;

/// <summary>Hashes of the audit log: each covers its event and the hash before it (docs/specs/audit.md), so that no event can be changed, removed or put in without all later hashes.</summary>
internal static class AuditChain
{
    /// <summary>Number of the last event from before there was a chain.</summary>
    public const string BeforeChain = "event before chain";

    public const string Select = "SELECT id, time, actor, action, subject, detail, origin, hash FROM events ";

    private const int PageRows = 1000;
    private const string Mark = "plumbline-audit-1";

    /// <summary>What stands where the hash before the first event would.</summary>
    public static string Beginning { get; } = new('0', 64);

    /// <param name="previous">Hash of the event before.</param>
    /// <param name="e">Its own hash is not looked at.</param>
    public static string Hash(string previous, AuditEvent e)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        AppendText(hash, Mark);
        hash.AppendData(Convert.FromHexString(previous));
        AppendNumber(hash, e.Id);
        AppendNumber(hash, e.Time);
        foreach (var text in (ReadOnlySpan<string>)[e.Actor, e.Origin, e.Action, e.Subject, e.Detail])
            AppendText(hash, text);
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    /// <summary>The hash of an event, or what it would be where it is from before there was a chain, within the caller's transaction.</summary>
    /// <param name="id">0 for what stands before the first.</param>
    public static string HashOf(DbConnection connection, long id)
    {
        if (id == 0)
            return Beginning;
        var stored = connection.Scalar("SELECT hash FROM events WHERE id = @id", ("id", id)) as string;
        return stored is { Length: > 0 } ? stored : Follow(connection, id, null).Head.Hash;
    }

    /// <summary>Follows the chain, as far as it is whole.</summary>
    /// <param name="last">Not beyond this event.</param>
    /// <param name="known">A head that the log must still contain; null if none is known.</param>
    public static AuditVerification Follow(DbConnection connection, long last, AuditHead? known)
    {
        var unchained = (long?)connection.Scalar("SELECT value FROM counters WHERE name = @name", ("name", BeforeChain)) ?? 0;
        var head = new AuditHead(0, Beginning);
        while (Page(connection, head.Id, last) is { Count: > 0 } page)
        {
            foreach (var e in page)
            {
                var hash = e.Id == head.Id + 1 ? Hash(head.Hash, e) : "";
                var problem = Judge(e, head.Id + 1, hash, e.Id <= unchained);
                if (problem is null && known?.Id == e.Id && known.Hash != hash)
                    problem = "has another hash than the head that was kept: it, or one before it, is not what it was then.";
                if (problem is not null)
                    return new AuditVerification(head.Id, head, new AuditFault(head.Id + 1, $"Event {head.Id + 1} {problem}"));
                head = new AuditHead(e.Id, hash);
            }
        }
        return new AuditVerification(head.Id, head, null);
    }

    private static string? Judge(AuditEvent e, long expected, string hash, bool isUnchained)
    {
        if (e.Id < expected)
            return $"follows one with the number {e.Id}, which no event has: it was put in.";
        if (e.Id > expected)
            return $"is missing: {e.Id} follows {expected - 1}.";
        if (e.Hash.Length == 0)
            return isUnchained ? null : "has no hash: it was removed, or the event was put in.";
        return e.Hash == hash ? null : "does not have the hash of its content and the event before: it, or its hash, was altered.";
    }

    private static List<AuditEvent> Page(DbConnection connection, long after, long last) => connection.Query(
        // What stands below 1 was put in, and is found by the first page.
        Select + $"WHERE {(after == 0 ? "" : "id > @after AND ")}id <= @last ORDER BY id LIMIT {PageRows}", Read,
        after == 0 ? [("last", last)] : [("after", after), ("last", last)]);

    public static AuditEvent Read(DbDataReader row) => new(
        row.GetInt64(0), row.GetInt64(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5), row.GetString(6), row.GetString(7));

    private static void AppendNumber(IncrementalHash hash, long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        hash.AppendData(bytes);
    }

    private static void AppendText(IncrementalHash hash, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(length, (uint)bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }
}
