using System.Data.Common;
using Plumbline.Storage;

namespace Plumbline.Registry;

/// <summary>Rows of models, versions and aliases.</summary>
internal static class RegistryRows
{
    private const string SelectVersions =
        "SELECT name, version, bundle_digest, run_id, snapshot_digest, description, creation_time FROM model_versions ";

    public static ModelVersion Resolve(DbConnection connection, ModelReference reference)
    {
        if (reference.Version is { } number)
            return Get(connection, reference.Name, number);
        if (FindAlias(connection, reference.Name, reference.Alias!) is { } version)
            return Get(connection, reference.Name, version);
        var aliases = RequireModel(connection, reference.Name).Aliases.Keys.Order(StringComparer.Ordinal);
        throw new MetadataException(
            MetadataError.NotFound, $"Model '{reference.Name}' has no alias '{reference.Alias}'; it has: {(aliases.Any() ? string.Join(", ", aliases) : "none")}.");
    }

    public static ModelVersion Get(DbConnection connection, string name, long version)
    {
        var found = connection.Query(SelectVersions + "WHERE name = @name AND version = @version", Read, ("name", name), ("version", version)).SingleOrDefault();
        if (found is not null)
            return WithDetails(connection, found);
        var model = RequireModel(connection, name);
        throw new MetadataException(MetadataError.NotFound, $"Model '{name}' has no version {version}; its last is {model.LastVersion}.");
    }

    public static ModelVersion? FindBundle(DbConnection connection, string name, string bundleDigest) =>
        connection.Query(SelectVersions + "WHERE name = @name AND bundle_digest = @bundle", Read, ("name", name), ("bundle", bundleDigest)).SingleOrDefault() is { } found
            ? WithDetails(connection, found)
            : null;

    public static long? FindAlias(DbConnection connection, string name, string alias) =>
        (long?)connection.Scalar("SELECT version FROM model_aliases WHERE name = @name AND alias = @alias", ("name", name), ("alias", alias));

    public static RegisteredModel RequireModel(DbConnection connection, string name) =>
        Models(connection, "WHERE name = @name", ("name", name)).SingleOrDefault()
        ?? throw new MetadataException(MetadataError.NotFound, $"There is no model '{MetadataText.Quote(name)}'.");

    public static IReadOnlyList<RegisteredModel> ListModels(DbConnection connection) => Models(connection, "");

    public static IReadOnlyList<ModelVersion> ListVersions(DbConnection connection, string name, int limit, long before)
    {
        RequireModel(connection, name);
        var versions = connection.Query(
            SelectVersions + "WHERE name = @name AND version < @before ORDER BY version DESC LIMIT @limit", Read,
            ("name", name), ("before", before), ("limit", limit));
        return [.. versions.Select(version => WithDetails(connection, version))];
    }

    private static List<RegisteredModel> Models(DbConnection connection, string where, params ReadOnlySpan<(string, object?)> parameters)
    {
        var aliases = connection
            .Query($"SELECT name, alias, version FROM model_aliases {where}", row => (Name: row.GetString(0), Alias: row.GetString(1), Version: row.GetInt64(2)), parameters)
            .ToLookup(row => row.Name);
        return connection.Query(
            $"SELECT name, description, creation_time, last_version FROM registered_models {where} ORDER BY name",
            row => new RegisteredModel(
                row.GetString(0), row.GetString(1), row.GetInt64(2), row.GetInt64(3),
                aliases[row.GetString(0)].ToDictionary(alias => alias.Alias, alias => alias.Version)),
            parameters);
    }

    private static ModelVersion WithDetails(DbConnection connection, ModelVersion version) => version with
    {
        Tags = connection.Query(
            "SELECT key, value FROM model_version_tags WHERE name = @name AND version = @version",
            row => KeyValuePair.Create(row.GetString(0), row.GetString(1)), ("name", version.Name), ("version", version.Version)).ToDictionary(),
        Aliases = connection.Query(
            "SELECT alias FROM model_aliases WHERE name = @name AND version = @version ORDER BY alias",
            row => row.GetString(0), ("name", version.Name), ("version", version.Version)),
    };

    private static ModelVersion Read(DbDataReader row) => new(
        row.GetString(0), row.GetInt64(1), row.GetString(2), row.NullableString(3), row.NullableString(4), row.GetString(5), row.GetInt64(6));
}
