using System.Data.Common;
using System.Text.Json.Nodes;
using Plumbline.Storage;

namespace Plumbline.Registry;

/// <summary>
/// Models, their numbered versions, and the aliases that say which version is deployed. Thread-safe; every change is durable when its task
/// completes, may be repeated without harm, and leaves an <see cref="AuditEvent"/>.
/// </summary>
/// <param name="bundleExists">Whether the bundle of a digest is in the bundle store: no version is made without one.</param>
/// <exception cref="MetadataException">NotFound for an unknown model, version or alias; Invalid for a bad name.</exception>
public sealed class ModelRegistry(IMetadataStore store, Func<string, bool> bundleExists, TimeProvider time)
{
    private const int DescriptionLength = 5000;
    private const int TagLength = 8000;
    private const int KeyLength = 250;

    /// <summary>Whether a model may have this name: to be asked before the work whose result is to be registered.</summary>
    /// <exception cref="MetadataException">Invalid: it may not.</exception>
    public static void CheckName(string name) => ModelReference.CheckName(name);

    /// <summary>Gives the bundle the next number of the model, which is made if absent. A bundle that has a number in it keeps that one, unchanged.</summary>
    /// <exception cref="MetadataException">NotFound: the bundle is not there.</exception>
    public Task<ModelVersion> RegisterAsync(string name, NewModelVersion version, string actor, CancellationToken cancellation = default)
    {
        ModelReference.CheckName(name);
        Check(version);
        if (!bundleExists(version.BundleDigest))
            throw new MetadataException(MetadataError.NotFound, $"There is no bundle {version.BundleDigest}; publish it before it is registered.");
        return store.WriteAsync(connection => RegistryRows.FindBundle(connection, name, version.BundleDigest) ?? Insert(connection, name, version, actor), cancellation);
    }

    /// <summary>Points <paramref name="alias"/> to a version, atomically. Pointing it where it points already changes nothing and leaves no event.</summary>
    /// <param name="reason">Why, for the audit trail.</param>
    public Task<AliasChange> SetAliasAsync(string name, string alias, long version, string actor, string reason, CancellationToken cancellation = default) =>
        SetAliasAsync(name, alias, version, actor, reason, _ => { }, cancellation);

    /// <summary>
    /// As <see cref="SetAliasAsync(string, string, long, string, string, CancellationToken)"/>, if the alias still is what the caller saw: of several who saw the
    /// same one wins, and the others are told.
    /// </summary>
    /// <param name="expected">The version it points to; null if there is no such alias yet.</param>
    /// <exception cref="MetadataException">Conflict: it points to another version by now.</exception>
    public Task<AliasChange> MoveAliasAsync(
        string name, string alias, long? expected, long version, string actor, string reason, CancellationToken cancellation = default) =>
        SetAliasAsync(
            name, alias, version, actor, reason,
            previous =>
            {
                if (previous != expected)
                    throw new MetadataException(MetadataError.Conflict, $"{name}@{alias} is {Named(previous)} by now, not {Named(expected)} as expected. Look at what changed, and decide again.");
            },
            cancellation);

    /// <returns>False if there was no such alias.</returns>
    public Task<bool> DeleteAliasAsync(string name, string alias, string actor, string reason, CancellationToken cancellation = default)
    {
        ModelReference.CheckName(name);
        ModelReference.CheckAlias(alias);
        return store.WriteAsync(
            connection =>
            {
                RegistryRows.RequireModel(connection, name);
                if (RegistryRows.FindAlias(connection, name, alias) is not { } previous)
                    return false;
                connection.Execute("DELETE FROM model_aliases WHERE name = @name AND alias = @alias", ("name", name), ("alias", alias));
                EventLog.Append(connection, Now, actor, "alias.deleted", $"{name}@{alias}", new JsonObject { ["previous"] = previous, ["reason"] = reason });
                return true;
            },
            cancellation);
    }

    /// <summary>The version that <c>name@alias</c> or <c>name/3</c> means.</summary>
    public Task<ModelVersion> ResolveAsync(string reference, CancellationToken cancellation = default)
    {
        var parsed = ModelReference.Parse(reference);
        return store.ReadAsync(connection => RegistryRows.Resolve(connection, parsed), cancellation);
    }

    /// <summary>As <see cref="ResolveAsync"/>, on the calling thread: for start-up.</summary>
    public ModelVersion Resolve(string reference)
    {
        var parsed = ModelReference.Parse(reference);
        return store.Read(connection => RegistryRows.Resolve(connection, parsed));
    }

    public Task<RegisteredModel> GetModelAsync(string name, CancellationToken cancellation = default) =>
        store.ReadAsync(connection => RegistryRows.RequireModel(connection, name), cancellation);

    /// <summary>By name.</summary>
    public Task<IReadOnlyList<RegisteredModel>> ListModelsAsync(CancellationToken cancellation = default) =>
        store.ReadAsync(RegistryRows.ListModels, cancellation);

    /// <summary>Newest first.</summary>
    /// <param name="before">Only numbers below this one: the last of the page before.</param>
    public Task<IReadOnlyList<ModelVersion>> ListVersionsAsync(string name, int limit = 100, long before = long.MaxValue, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        return store.ReadAsync(connection => RegistryRows.ListVersions(connection, name, limit, before), cancellation);
    }

    /// <summary>What every version of every model was trained on, where that is known.</summary>
    public Task<IReadOnlyList<(string Name, long Version, string SnapshotDigest)>> ListSnapshotsAsync(CancellationToken cancellation = default) =>
        store.ReadAsync<IReadOnlyList<(string, long, string)>>(
            connection => connection.Query(
                "SELECT name, version, snapshot_digest FROM model_versions WHERE snapshot_digest IS NOT NULL ORDER BY name, version",
                row => (row.GetString(0), row.GetInt64(1), row.GetString(2))),
            cancellation);

    private static string Named(long? version) => version is { } number ? $"version {number}" : "nothing";

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    private Task<AliasChange> SetAliasAsync(string name, string alias, long version, string actor, string reason, Action<long?> check, CancellationToken cancellation)
    {
        ModelReference.CheckName(name);
        ModelReference.CheckAlias(alias);
        return store.WriteAsync(
            connection =>
            {
                RegistryRows.Get(connection, name, version);
                var previous = RegistryRows.FindAlias(connection, name, alias);
                if (previous == version)
                    return new AliasChange(name, alias, version, previous);
                check(previous);
                return AliasRows.Move(connection, Now, actor, new AliasChange(name, alias, version, previous), new JsonObject { ["reason"] = reason });
            },
            cancellation);
    }

    private ModelVersion Insert(DbConnection connection, string name, NewModelVersion version, string actor)
    {
        var made = connection.Execute(
            "INSERT INTO registered_models (name, description, creation_time, last_version) VALUES (@name, '', @now, 0) ON CONFLICT (name) DO NOTHING",
            ("name", name), ("now", Now));
        if (made == 1)
            EventLog.Append(connection, Now, actor, "model.created", name, []);
        var number = (long)connection.Scalar(
            "UPDATE registered_models SET last_version = last_version + 1 WHERE name = @name RETURNING last_version", ("name", name))!;
        connection.Execute(
            """
            INSERT INTO model_versions (name, version, bundle_digest, run_id, snapshot_digest, description, creation_time)
            VALUES (@name, @version, @bundle, @run, @snapshot, @description, @now)
            """,
            ("name", name), ("version", number), ("bundle", version.BundleDigest), ("run", version.RunId), ("snapshot", version.SnapshotDigest),
            ("description", version.Description), ("now", Now));
        connection.ExecuteEach(
            "INSERT INTO model_version_tags (name, version, key, value) VALUES (@name, @version, @key, @value)",
            ["name", "version", "key", "value"], [.. version.Tags.Select(tag => new object?[] { name, number, tag.Key, tag.Value })]);
        var detail = new JsonObject { ["bundle"] = version.BundleDigest, ["run"] = version.RunId, ["snapshot"] = version.SnapshotDigest };
        EventLog.Append(connection, Now, actor, "version.registered", $"{name}/{number}", detail);
        return RegistryRows.Get(connection, name, number);
    }

    private static void Check(NewModelVersion version)
    {
        MetadataText.CheckDigest("bundle digest", version.BundleDigest);
        if (version.SnapshotDigest is not null)
            MetadataText.CheckDigest("snapshot digest", version.SnapshotDigest);
        if (version.RunId is not null && !MetadataText.IsHex(version.RunId, 32))
            throw new MetadataException(MetadataError.Invalid, $"The run id '{MetadataText.Quote(version.RunId)}' is not 32 lower-case hex digits.");
        MetadataText.Check("description", version.Description, DescriptionLength);
        foreach (var (key, value) in version.Tags)
        {
            MetadataText.CheckName("tag key", key, KeyLength);
            MetadataText.Check($"tag {key}", value, TagLength);
        }
    }
}
