using System.Data.Common;
using System.Text.Json;
using System.Text.Json.Nodes;
using Plumbline.Storage;
using Plumbline.Tracking;

namespace Plumbline.Registry;

public sealed partial class ModelRegistry
{
    /// <summary>
    /// Gives the next number of a model to what a client of MLflow made; a repeated call gives another. What turns out to be a bundle that has a number in the
    /// model keeps that one.
    /// </summary>
    /// <exception cref="MetadataException">NotFound: no such model, or nothing at the source; Invalid: the source is a path of this machine.</exception>
    public Task<ModelVersion> RegisterSourceAsync(string name, NewSourcedVersion version, string actor, CancellationToken cancellation = default)
    {
        RegistryTexts.Check(version);
        return store.WriteAsync(
            connection =>
            {
                RegisteredModelRows.RequireName(connection, name);
                var origin = VersionOrigin.Of(connection, version, bundleExists);
                if (origin.BundleDigest is { } digest && RegistryRows.FindBundle(connection, name, digest) is { } known)
                    return known;
                var made = InsertVersion(connection, name, version, origin, actor);
                if (origin.LoggedModelId is { } model)
                    RecordOnLoggedModel(connection, model, made);
                return made;
            },
            cancellation);
    }

    public Task<ModelVersion> DescribeVersionAsync(string name, long version, string description, string actor, CancellationToken cancellation = default)
    {
        RegistryTexts.CheckDescription(description);
        return ChangeVersionAsync(
            name, version,
            (connection, found) =>
            {
                if (found.Description == description)
                    return false;
                connection.Execute("UPDATE model_versions SET description = @description WHERE version_id = @id", ("description", description), ("id", found.Id));
                Record(connection, actor, "version.described", Subject(found), new JsonObject { ["description"] = description });
                return true;
            },
            cancellation);
    }

    /// <summary>The last value of a tag wins.</summary>
    public Task SetVersionTagAsync(string name, long version, string key, string value, string actor, CancellationToken cancellation = default)
    {
        KeyValuePair<string, string>[] tags = [new(key, value)];
        RegistryTexts.CheckTags(tags);
        return ChangeVersionAsync(
            name, version,
            (connection, found) =>
            {
                if (found.Tags.GetValueOrDefault(key) == value)
                    return false;
                KeyedTexts.Put(connection, RegistryRows.TagsTable, RegistryRows.IdColumn, found.Id, tags);
                Record(connection, actor, "version.tagged", Subject(found), new JsonObject { ["key"] = key, ["value"] = value });
                return true;
            },
            cancellation);
    }

    /// <summary>One that is not there is no error.</summary>
    public Task DeleteVersionTagAsync(string name, long version, string key, string actor, CancellationToken cancellation = default) => ChangeVersionAsync(
        name, version,
        (connection, found) =>
        {
            if (connection.Execute("DELETE FROM model_version_tags WHERE version_id = @id AND key = @key", ("id", found.Id), ("key", key)) == 0)
                return false;
            Record(connection, actor, "version.untagged", Subject(found), new JsonObject { ["key"] = key });
            return true;
        },
        cancellation);

    /// <summary>Moves a version to a stage.</summary>
    /// <param name="archiveOthers">Whether others in that stage are archived; only Staging and Production know this.</param>
    public Task<ModelVersion> SetStageAsync(string name, long version, ModelStage stage, bool archiveOthers, string actor, CancellationToken cancellation = default)
    {
        if (archiveOthers && stage is not (ModelStage.Staging or ModelStage.Production))
            throw new MetadataException(MetadataError.Invalid, $"Versions are archived only when another takes their place in Staging or Production, not in {stage}.");
        return ChangeVersionAsync(
            name, version,
            (connection, found) =>
            {
                var others = archiveOthers
                    ? connection.Query(
                        "SELECT version FROM model_versions WHERE name = @name AND stage = @stage AND version <> @version ORDER BY version", row => row.GetInt64(0),
                        ("name", name), ("stage", stage.ToString()), ("version", version))
                    : [];
                foreach (var other in others)
                    PutStage(connection, RegistryRows.Get(connection, name, other), ModelStage.Archived, actor);
                if (found.Stage == stage)
                    return others.Count > 0;
                PutStage(connection, found, stage, actor);
                return true;
            },
            cancellation);
    }

    /// <summary>Removes a version, whose number is not given out again; its bundle stays until it is collected.</summary>
    /// <exception cref="MetadataException">Conflict: an alias points to it, or the traffic plan or a rollout that runs names it.</exception>
    public Task DeleteVersionAsync(string name, long version, string actor, CancellationToken cancellation = default) => store.WriteAsync(
        connection =>
        {
            Delete(connection, RegistryRows.Get(connection, name, version), actor);
            return true;
        },
        cancellation);

    /// <exception cref="MetadataException">Invalid: filter, order, limit or page token are wrong; says where.</exception>
    public Task<ModelVersionPage> SearchVersionsAsync(RegistryQuery query, CancellationToken cancellation = default) =>
        store.ReadAsync(connection => RegistryRows.Page(connection, query), cancellation);

    public Task<ModelVersion> GetVersionAsync(string name, long version, CancellationToken cancellation = default) =>
        store.ReadAsync(connection => RegistryRows.Get(connection, name, version), cancellation);

    private ModelVersion InsertVersion(DbConnection connection, string name, NewSourcedVersion version, VersionOrigin origin, string actor)
    {
        var number = (long)connection.Scalar(
            "UPDATE registered_models SET last_version = last_version + 1, last_update_time = @now WHERE name = @name RETURNING last_version", ("now", Now), ("name", name))!;
        if (origin.BundleDigest is { } digest)
            ReleasedBundles.Reclaim(connection, digest);
        var id = Counter.Next(connection, "model_version");
        connection.Execute(
            """
            INSERT INTO model_versions (version_id, name, version, bundle_digest, source, model_id, run_id, run_link, snapshot_digest, user_id, description, creation_time, last_update_time)
            VALUES (@id, @name, @version, @bundle, @source, @model, @run, @link, @snapshot, @user, @description, @now, @now)
            """,
            ("id", id), ("name", name), ("version", number), ("bundle", origin.BundleDigest), ("source", origin.BundleDigest is null ? origin.Source : null), ("model", origin.LoggedModelId),
            ("run", origin.RunId), ("link", version.RunLink), ("snapshot", origin.SnapshotDigest), ("user", version.UserId), ("description", version.Description), ("now", Now));
        KeyedTexts.Put(connection, RegistryRows.TagsTable, RegistryRows.IdColumn, id, version.Tags);
        var made = RegistryRows.Get(connection, name, number);
        var detail = new JsonObject { ["bundle"] = origin.BundleDigest, ["run"] = origin.RunId, ["snapshot"] = origin.SnapshotDigest };
        if (made.Source is not null)
            detail["source"] = made.Source;
        Record(connection, actor, "version.registered", Subject(made), detail);
        return made;
    }

    private Task<ModelVersion> ChangeVersionAsync(string name, long version, Func<DbConnection, ModelVersion, bool> change, CancellationToken cancellation) => store.WriteAsync(
        connection =>
        {
            var found = RegistryRows.Get(connection, name, version);
            if (!change(connection, found))
                return found;
            connection.Execute("UPDATE model_versions SET last_update_time = @now WHERE version_id = @id", ("now", Now), ("id", found.Id));
            Touch(connection, name);
            return RegistryRows.Get(connection, name, version);
        },
        cancellation);

    private void PutStage(DbConnection connection, ModelVersion version, ModelStage stage, string actor)
    {
        connection.Execute("UPDATE model_versions SET stage = @stage, last_update_time = @now WHERE version_id = @id", ("stage", stage.ToString()), ("now", Now), ("id", version.Id));
        Record(connection, actor, "version.staged", Subject(version), new JsonObject { ["stage"] = stage.ToString(), ["previous"] = version.Stage.ToString() });
    }

    private void Delete(DbConnection connection, ModelVersion version, string actor)
    {
        if (version.Aliases.Count > 0)
            throw new MetadataException(MetadataError.Conflict, $"{Subject(version)} is deployed as {string.Join(", ", version.Aliases)}; move or delete these aliases before the version.");
        if (TrafficReferences.Of(connection, version.Name).Contains(version.Version))
            throw new MetadataException(MetadataError.Conflict, $"{Subject(version)} is named by the traffic plan or a rollout of its model; take it out of the plan, or end the rollout, before it is removed.");
        ReleasedBundles.Release(connection, [version]);
        connection.Execute("DELETE FROM model_version_tags WHERE version_id = @id", ("id", version.Id));
        connection.Execute("DELETE FROM model_versions WHERE version_id = @id", ("id", version.Id));
        Touch(connection, version.Name);
        Record(connection, actor, "version.deleted", Subject(version), new JsonObject { ["bundle"] = version.BundleDigest, ["source"] = version.Source });
    }

    /// <summary>Clients read there what a logged model was registered as.</summary>
    private static void RecordOnLoggedModel(DbConnection connection, string model, ModelVersion version)
    {
        var text = LoggedModelRows.Require(connection, model).Tags.GetValueOrDefault(WellKnownTags.ModelVersions);
        var versions = Parse(text) ?? [];
        versions.Add(new JsonObject { ["name"] = version.Name, ["version"] = version.Version });
        KeyedTexts.Put(connection, LoggedModelRows.TagsTable, LoggedModelRows.IdColumn, model, [new(WellKnownTags.ModelVersions, versions.ToJsonString())]);
    }

    /// <summary>A tag is whatever a client wrote.</summary>
    private static JsonArray? Parse(string? text)
    {
        try
        {
            return text is null ? null : JsonNode.Parse(text) as JsonArray;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Subject(ModelVersion version) => FormattableString.Invariant($"{version.Name}/{version.Version}");
}
