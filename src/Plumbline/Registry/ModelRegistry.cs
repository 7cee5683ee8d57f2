using System.Data.Common;
using System.Text.Json.Nodes;
using Plumbline.Storage;

namespace Plumbline.Registry;

/// <summary>
/// Models, their numbered versions, and the aliases that say which version is deployed. Thread-safe; every change is durable when its task
/// completes, may be repeated without harm, and leaves an <see cref="AuditEvent"/>.
/// </summary>
/// <param name="bundleExists">Whether the bundle of a digest is in the bundle store: no version is made of one that is not. Reads only, for it may be asked again.</param>
/// <exception cref="MetadataException">NotFound for an unknown model, version or alias; Invalid for a bad name.</exception>
public sealed partial class ModelRegistry(IMetadataStore store, Func<string, bool> bundleExists, TimeProvider time)
{
    /// <summary>Whether a model may have this name: to be asked before the work whose result is to be registered.</summary>
    /// <exception cref="MetadataException">Invalid: it may not.</exception>
    public static void CheckName(string name) => ModelReference.CheckName(name);

    /// <summary>Gives the bundle the next number of the model, which is made if absent. A bundle that has a number in it keeps that one, unchanged.</summary>
    /// <exception cref="MetadataException">NotFound: the bundle is not there.</exception>
    public Task<ModelVersion> RegisterAsync(string name, NewModelVersion version, string actor, CancellationToken cancellation = default)
    {
        ModelReference.CheckName(name);
        Check(version);
        var sourced = new NewSourcedVersion { Source = BundleAddress.Of(version.BundleDigest), RunId = version.RunId, Description = version.Description, Tags = version.Tags };
        return store.WriteAsync(
            connection =>
            {
                if (RegistryRows.FindBundle(connection, name, version.BundleDigest) is { } known)
                    return known;
                // Within the change, so that none that is being removed is taken for one that stays.
                if (!bundleExists(version.BundleDigest))
                    throw new MetadataException(MetadataError.NotFound, $"There is no bundle {version.BundleDigest}; publish it before it is registered.");
                if (!RegisteredModelRows.Exists(connection, name))
                    InsertModel(connection, name, "", [], actor);
                return InsertVersion(connection, name, sourced, new VersionOrigin(version.BundleDigest, null, version.RunId, version.SnapshotDigest, null), actor);
            },
            cancellation);
    }

    /// <summary>Points <paramref name="alias"/> to a version, atomically. Pointing it where it points already changes nothing and leaves no event.</summary>
    /// <param name="reason">Why, for the audit trail.</param>
    public Task<AliasChange> SetAliasAsync(string name, string alias, long version, string actor, string reason, CancellationToken cancellation = default)
    {
        ModelReference.CheckAlias(alias);
        return PointAliasAsync(name, alias, version, actor, reason, _ => { }, cancellation);
    }

    /// <summary>As <see cref="SetAliasAsync"/>, by the rules that MLflow has for aliases.</summary>
    public Task<AliasChange> SetClientAliasAsync(string name, string alias, long version, string actor, string reason, CancellationToken cancellation = default)
    {
        ModelReference.CheckNewClientAlias(alias);
        return PointAliasAsync(name, alias, version, actor, reason, _ => { }, cancellation);
    }

    /// <summary>
    /// As <see cref="SetAliasAsync"/>, if the alias still is what the caller saw: of several who saw the same one wins, and the others are told.
    /// </summary>
    /// <param name="expected">The version it points to; null if there is no such alias yet.</param>
    /// <exception cref="MetadataException">Conflict: it points to another version by now.</exception>
    public Task<AliasChange> MoveAliasAsync(
        string name, string alias, long? expected, long version, string actor, string reason, CancellationToken cancellation = default)
    {
        ModelReference.CheckAlias(alias);
        return PointAliasAsync(
            name, alias, version, actor, reason,
            previous =>
            {
                if (previous != expected)
                    throw new MetadataException(MetadataError.Conflict, $"{name}@{alias} is {Named(previous)} by now, not {Named(expected)} as expected. Look at what changed, and decide again.");
            },
            cancellation);
    }

    /// <returns>False if there was no such alias.</returns>
    public Task<bool> DeleteAliasAsync(string name, string alias, string actor, string reason, CancellationToken cancellation = default)
    {
        return store.WriteAsync(
            connection =>
            {
                RegisteredModelRows.RequireName(connection, name);
                if (RegistryRows.FindAlias(connection, name, alias) is not { } previous)
                    return false;
                connection.Execute("DELETE FROM model_aliases WHERE name = @name AND alias = @alias", ("name", name), ("alias", alias));
                ChangeSignal.Send(connection);
                Touch(connection, name);
                Record(connection, actor, "alias.deleted", $"{name}@{alias}", new JsonObject { ["previous"] = previous, ["reason"] = reason });
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
        store.ReadAsync(connection => RegisteredModelRows.Require(connection, name), cancellation);

    /// <summary>By name.</summary>
    public Task<IReadOnlyList<RegisteredModel>> ListModelsAsync(CancellationToken cancellation = default) =>
        store.ReadAsync(RegisteredModelRows.All, cancellation);

    /// <summary>Newest first.</summary>
    /// <param name="before">Only numbers below this one: the last of the page before.</param>
    public Task<IReadOnlyList<ModelVersion>> ListVersionsAsync(string name, int limit = 100, long before = long.MaxValue, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        return store.ReadAsync(connection => RegistryRows.ListVersions(connection, name, limit, before), cancellation);
    }

    private static string Named(long? version) => version is { } number ? $"version {number}" : "nothing";

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    private Task<AliasChange> PointAliasAsync(string name, string alias, long version, string actor, string reason, Action<long?> check, CancellationToken cancellation)
    {
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

    private void Record(DbConnection connection, string actor, string action, string subject, JsonObject detail) => EventLog.Append(connection, Now, actor, action, subject, detail);

    /// <summary>Says that a model changed.</summary>
    private void Touch(DbConnection connection, string name) =>
        connection.Execute("UPDATE registered_models SET last_update_time = @now WHERE name = @name", ("now", Now), ("name", name));

    private static void Check(NewModelVersion version)
    {
        MetadataText.CheckDigest("bundle digest", version.BundleDigest);
        if (version.SnapshotDigest is not null)
            MetadataText.CheckDigest("snapshot digest", version.SnapshotDigest);
        if (version.RunId is not null && !MetadataText.IsHex(version.RunId, 32))
            throw new MetadataException(MetadataError.Invalid, $"The run id '{MetadataText.Quote(version.RunId)}' is not 32 lower-case hex digits.");
        RegistryTexts.CheckDescription(version.Description);
        RegistryTexts.CheckTags(version.Tags);
    }
}
