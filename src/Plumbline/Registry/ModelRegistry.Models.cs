using System.Data.Common;
using System.Text.Json.Nodes;
using Plumbline.Storage;
using Plumbline.Tracking;

namespace Plumbline.Registry;

public sealed partial class ModelRegistry
{
    /// <exception cref="MetadataException">Conflict: there is a model of this name.</exception>
    public Task<RegisteredModel> CreateModelAsync(
        string name, string description, IReadOnlyCollection<KeyValuePair<string, string>> tags, string actor, CancellationToken cancellation = default)
    {
        ModelReference.CheckClientName(name);
        RegistryTexts.CheckDescription(description);
        RegistryTexts.CheckTags(tags);
        return store.WriteAsync(
            connection =>
            {
                RequireFree(connection, name);
                InsertModel(connection, name, description, tags, actor);
                return RegisteredModelRows.Require(connection, name);
            },
            cancellation);
    }

    /// <summary>Gives a model another name, with its versions, aliases and tags. Repeated, it changes nothing.</summary>
    /// <exception cref="MetadataException">Conflict: the name is taken.</exception>
    public Task<RegisteredModel> RenameModelAsync(string name, string newName, string actor, CancellationToken cancellation = default)
    {
        ModelReference.CheckClientName(newName);
        return store.WriteAsync(
            connection =>
            {
                if (name == newName || (!RegisteredModelRows.Exists(connection, name) && RenamedTo(connection, name) == newName))
                    return RegisteredModelRows.Require(connection, newName);
                var model = RegisteredModelRows.Require(connection, name);
                RequireFree(connection, newName);
                Retire(connection, name, model.LastVersion, newName);
                connection.Execute(
                    "UPDATE registered_models SET name = @new, last_version = @last, last_update_time = @now WHERE name = @name",
                    ("new", newName), ("last", Math.Max(model.LastVersion, LastVersionOf(connection, newName))), ("now", Now), ("name", name));
                Record(connection, actor, "model.renamed", name, new JsonObject { ["to"] = newName });
                return RegisteredModelRows.Require(connection, newName);
            },
            cancellation);
    }

    public Task<RegisteredModel> DescribeModelAsync(string name, string description, string actor, CancellationToken cancellation = default)
    {
        RegistryTexts.CheckDescription(description);
        return store.WriteAsync(
            connection =>
            {
                var model = RegisteredModelRows.Require(connection, name);
                if (model.Description == description)
                    return model;
                connection.Execute("UPDATE registered_models SET description = @description, last_update_time = @now WHERE name = @name", ("description", description), ("now", Now), ("name", name));
                Record(connection, actor, "model.described", name, new JsonObject { ["description"] = description });
                return RegisteredModelRows.Require(connection, name);
            },
            cancellation);
    }

    /// <summary>Removes a model with all its versions; their bundles stay until they are collected. Its numbers are never given out again under this name.</summary>
    /// <exception cref="MetadataException">Conflict: an alias points to one of its versions, or its traffic plan or a rollout that runs names one.</exception>
    public Task DeleteModelAsync(string name, string actor, CancellationToken cancellation = default) => store.WriteAsync(
        connection =>
        {
            var model = RegisteredModelRows.Require(connection, name);
            if (model.Aliases.Count > 0)
            {
                throw new MetadataException(
                    MetadataError.Conflict, $"Model '{name}' is deployed as {string.Join(", ", model.Aliases.Keys.Order(StringComparer.Ordinal))}; delete these aliases before the model.");
            }
            if (TrafficReferences.Of(connection, name).Count > 0)
                throw new MetadataException(MetadataError.Conflict, $"Versions of model '{name}' are named by its traffic plan or a rollout; take them out of the plan, or end the rollout, before it is removed.");
            ReleasedBundles.Release(connection, RegistryRows.ListVersions(connection, name, int.MaxValue, long.MaxValue));
            connection.Execute("DELETE FROM model_version_tags WHERE version_id IN (SELECT version_id FROM model_versions WHERE name = @name)", ("name", name));
            connection.Execute("DELETE FROM model_versions WHERE name = @name", ("name", name));
            connection.Execute("DELETE FROM registered_model_tags WHERE name = @name", ("name", name));
            AnnotationRows.Delete(connection, name);
            connection.Execute("DELETE FROM registered_models WHERE name = @name", ("name", name));
            Retire(connection, name, model.LastVersion, null);
            Record(connection, actor, "model.deleted", name, new JsonObject { ["last_version"] = model.LastVersion });
            return true;
        },
        cancellation);

    /// <summary>The last value of a tag wins.</summary>
    public Task SetModelTagAsync(string name, string key, string value, string actor, CancellationToken cancellation = default)
    {
        KeyValuePair<string, string>[] tags = [new(key, value)];
        RegistryTexts.CheckTags(tags);
        return store.WriteAsync(
            connection =>
            {
                RegisteredModelRows.RequireName(connection, name);
                KeyedTexts.Put(connection, RegisteredModelRows.TagsTable, RegisteredModelRows.IdColumn, name, tags);
                Touch(connection, name);
                Record(connection, actor, "model.tagged", name, new JsonObject { ["key"] = key, ["value"] = value });
                return true;
            },
            cancellation);
    }

    /// <summary>One that is not there is no error.</summary>
    public Task DeleteModelTagAsync(string name, string key, string actor, CancellationToken cancellation = default) => store.WriteAsync(
        connection =>
        {
            RegisteredModelRows.RequireName(connection, name);
            if (connection.Execute("DELETE FROM registered_model_tags WHERE name = @name AND key = @key", ("name", name), ("key", key)) == 0)
                return false;
            Touch(connection, name);
            Record(connection, actor, "model.untagged", name, new JsonObject { ["key"] = key });
            return true;
        },
        cancellation);

    /// <exception cref="MetadataException">Invalid: filter, order, limit or page token are wrong; says where.</exception>
    public Task<RegisteredModelPage> SearchModelsAsync(RegistryQuery query, CancellationToken cancellation = default) =>
        store.ReadAsync(connection => RegisteredModelRows.Page(connection, query), cancellation);

    private void InsertModel(DbConnection connection, string name, string description, IEnumerable<KeyValuePair<string, string>> tags, string actor)
    {
        connection.Execute(
            "INSERT INTO registered_models (name, description, creation_time, last_update_time, last_version) VALUES (@name, @description, @now, @now, @last)",
            ("name", name), ("description", description), ("now", Now), ("last", LastVersionOf(connection, name)));
        KeyedTexts.Put(connection, RegisteredModelRows.TagsTable, RegisteredModelRows.IdColumn, name, tags);
        Record(connection, actor, "model.created", name, []);
    }

    private static void RequireFree(DbConnection connection, string name)
    {
        if (RegisteredModelRows.Exists(connection, name))
            throw new MetadataException(MetadataError.Conflict, $"Model '{name}' exists already; choose another name.");
    }

    /// <summary>The last number given out under a name that no model has now.</summary>
    private static long LastVersionOf(DbConnection connection, string name) =>
        (long?)connection.Scalar("SELECT last_version FROM retired_model_names WHERE name = @name", ("name", name)) ?? 0;

    private static string? RenamedTo(DbConnection connection, string name) =>
        (string?)connection.Scalar("SELECT renamed_to FROM retired_model_names WHERE name = @name", ("name", name));

    private static void Retire(DbConnection connection, string name, long lastVersion, string? renamedTo) => connection.Execute(
        """
        INSERT INTO retired_model_names (name, last_version, renamed_to) VALUES (@name, @last, @to)
        ON CONFLICT (name) DO UPDATE SET last_version = excluded.last_version, renamed_to = excluded.renamed_to
        """,
        ("name", name), ("last", lastVersion), ("to", renamedTo));
}
