using System.Data.Common;
using System.Text.Json.Nodes;
using Plumbline.Storage;

namespace Plumbline.Inference.Flags;

/// <summary>The flags of a metadata store. Thread-safe; every change is durable when its task completes, and leaves an <see cref="AuditEvent"/>.</summary>
public sealed class FlagStore(IMetadataStore store, TimeProvider time)
{
    /// <summary>Number of the last change of any flag; 0 before the first.</summary>
    public Task<long> RevisionAsync(CancellationToken cancellation = default) => store.ReadAsync(Revision, cancellation);

    /// <exception cref="MetadataException">Invalid: another version wrote a flag that this one does not know.</exception>
    public Task<KnownFlags> ReadAsync(CancellationToken cancellation = default) => store.ReadAsync(
        connection => new KnownFlags(
            Revision(connection),
            connection.Query("SELECT name, body, revision FROM flags ORDER BY name", row => (Name: row.GetString(0), Flag: new StoredFlag(Parse(row.GetString(0), row.GetString(1)), row.GetInt64(2))))
                .ToDictionary(row => row.Name, row => row.Flag, StringComparer.Ordinal)),
        cancellation);

    /// <summary>Defines a flag; the same definition again changes nothing and leaves no event.</summary>
    /// <param name="expected">The revision that the caller saw, 0 for none; null: whatever it is.</param>
    /// <param name="reason">Why, for the audit trail.</param>
    /// <exception cref="MetadataException">Conflict: it has another revision by now. Invalid: it is no flag.</exception>
    public Task<StoredFlag> SetAsync(string name, FlagDefinition flag, long? expected, string actor, string reason, CancellationToken cancellation = default)
    {
        FlagValidation.CheckName(name);
        flag.Validate();
        return store.WriteAsync(connection => Put(connection, name, Find(connection, name), flag, expected, actor, reason), cancellation);
    }

    /// <summary>Turns a flag off for everybody, or lets what else it says hold again.</summary>
    /// <param name="otherwise">What holds where the store does not have it; null: nothing, and only a built-in flag may be made so.</param>
    /// <exception cref="MetadataException">NotFound: there is no such flag.</exception>
    public Task<StoredFlag> EnableAsync(string name, bool enabled, FlagDefinition? otherwise, string actor, string reason, CancellationToken cancellation = default)
    {
        FlagValidation.CheckName(name);
        return store.WriteAsync(
            connection =>
            {
                var previous = Find(connection, name);
                var flag = previous?.Definition ?? otherwise ?? (BuiltInFlags.Names.Contains(name) ? new FlagDefinition() : throw Unknown(name));
                return Put(connection, name, previous, flag with { Enabled = enabled }, null, actor, reason);
            },
            cancellation);
    }

    /// <summary>Removes a flag; what a project says of it, or its default, holds again.</summary>
    /// <returns>False where it was not there.</returns>
    /// <exception cref="MetadataException">Conflict: it has another revision than <paramref name="expected"/> by now.</exception>
    public Task<bool> RemoveAsync(string name, long? expected, string actor, string reason, CancellationToken cancellation = default)
    {
        FlagValidation.CheckName(name);
        return store.WriteAsync(
            connection =>
            {
                if (Find(connection, name) is not { } previous)
                    return false;
                Require(name, previous, expected);
                connection.Execute("DELETE FROM flags WHERE name = @name", ("name", name));
                Record(connection, "flag.removed", name, Counter.Next(connection, "flag"), previous.Definition, null, actor, reason);
                return true;
            },
            cancellation);
    }

    /// <summary>That there is no such flag.</summary>
    public static MetadataException Unknown(string name) => new(
        MetadataError.NotFound, $"There is no flag {name}. Define it with plumbline flags set; those that servers know without are {string.Join(", ", BuiltInFlags.Names)}.");

    private static long Revision(DbConnection connection) => (long)connection.Scalar("SELECT value FROM counters WHERE name = 'flag'")!;

    private StoredFlag Put(DbConnection connection, string name, StoredFlag? previous, FlagDefinition flag, long? expected, string actor, string reason)
    {
        if (previous?.Definition.ToJson() == flag.ToJson())
            return previous;
        Require(name, previous, expected);
        var next = new StoredFlag(flag, Counter.Next(connection, "flag"));
        connection.Execute(
            "INSERT INTO flags (name, revision, body, last_update_time) VALUES (@name, @revision, @body, @now) ON CONFLICT (name) DO UPDATE SET revision = @revision, body = @body, last_update_time = @now",
            ("name", name), ("revision", next.Revision), ("body", flag.ToJson()), ("now", time.GetUtcNow().ToUnixTimeMilliseconds()));
        Record(connection, "flag.changed", name, next.Revision, previous?.Definition, flag, actor, reason);
        return next;
    }

    private void Record(DbConnection connection, string action, string name, long revision, FlagDefinition? previous, FlagDefinition? flag, string actor, string reason) =>
        EventLog.Append(connection, time.GetUtcNow().ToUnixTimeMilliseconds(), actor, action, $"flag:{name}", new JsonObject
        {
            ["revision"] = revision,
            ["previous"] = previous is null ? null : JsonNode.Parse(previous.ToJson()),
            ["flag"] = flag is null ? null : JsonNode.Parse(flag.ToJson()),
            ["reason"] = reason,
        });

    private static void Require(string name, StoredFlag? previous, long? expected)
    {
        if (expected is { } seen && (previous?.Revision ?? 0) != seen)
            throw new MetadataException(MetadataError.Conflict, $"Flag {name} has revision {previous?.Revision ?? 0} by now, not {seen} as expected. Look at what changed, and decide again.");
    }

    private static StoredFlag? Find(DbConnection connection, string name) =>
        connection.Query("SELECT body, revision FROM flags WHERE name = @name", row => new StoredFlag(Parse(name, row.GetString(0)), row.GetInt64(1)), ("name", name)).SingleOrDefault();

    private static FlagDefinition Parse(string name, string body)
    {
        try
        {
            return FlagDefinition.Parse(body);
        }
        catch (MetadataException exception)
        {
            throw new MetadataException(MetadataError.Invalid, $"Flag {name} was written by another version of Plumbline, and cannot be read: {exception.Message}", exception);
        }
    }
}
