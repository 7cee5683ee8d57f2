using System.Data.Common;
using System.Globalization;
using Plumbline.Storage;
using Plumbline.Tracking.Filters;

namespace Plumbline.Registry;

/// <summary>Rows of versions and aliases.</summary>
internal static class RegistryRows
{
    public const string TagsTable = "model_version_tags";
    public const string IdColumn = "version_id";

    private const int MaxLimit = 200_000;
    private const int LoadedAtOnce = 1000;

    private static readonly SearchSchema Schema = new()
    {
        Things = "model versions",
        Table = "model_versions",
        Id = IdColumn,
        Columns = """
            t.name, t.version, t.bundle_digest, t.run_id, t.snapshot_digest, t.description, t.creation_time, t.version_id, t.source, t.model_id, t.stage, t.run_link,
            t.user_id, t.last_update_time
            """,
        Attributes = Attributes(),
        Tags = TagsTable,
        DefaultOrder = ["last_updated_timestamp DESC", "name", "version_number DESC"],
    };

    public static ModelVersion Resolve(DbConnection connection, ModelReference reference)
    {
        if (reference.Version is { } number)
            return Get(connection, reference.Name, number);
        if (FindAlias(connection, reference.Name, reference.Alias!) is { } version)
            return Get(connection, reference.Name, version);
        var aliases = RegisteredModelRows.Require(connection, reference.Name).Aliases.Keys.Order(StringComparer.Ordinal);
        throw new MetadataException(
            MetadataError.NotFound, $"Model '{reference.Name}' has no alias '{reference.Alias}'; it has: {(aliases.Any() ? string.Join(", ", aliases) : "none")}.");
    }

    public static ModelVersion Get(DbConnection connection, string name, long version) =>
        Select(connection, "WHERE t.name = @name AND t.version = @version", ("name", name), ("version", version)).SingleOrDefault()
        ?? throw Missing(name, version, RegisteredModelRows.Require(connection, name).LastVersion);

    public static ModelVersion? FindBundle(DbConnection connection, string name, string bundleDigest) =>
        Select(connection, "WHERE t.name = @name AND t.bundle_digest = @bundle", ("name", name), ("bundle", bundleDigest)).SingleOrDefault();

    public static long? FindAlias(DbConnection connection, string name, string alias) =>
        (long?)connection.Scalar("SELECT version FROM model_aliases WHERE name = @name AND alias = @alias", ("name", name), ("alias", alias));

    public static IReadOnlyList<ModelVersion> ListVersions(DbConnection connection, string name, int limit, long before)
    {
        RegisteredModelRows.RequireName(connection, name);
        return Select(
            connection, "WHERE t.name = @name AND t.version < @before ORDER BY t.version DESC LIMIT @limit", ("name", name), ("before", before), ("limit", limit));
    }

    /// <summary>The newest of each stage, of each of <paramref name="names"/>; by name, then version.</summary>
    public static IReadOnlyList<ModelVersion> Latest(DbConnection connection, IReadOnlyList<string> names)
    {
        var (among, parameters) = Among(names);
        return Select(connection, $"WHERE (t.name, t.version) IN (SELECT name, MAX(version) FROM model_versions WHERE name IN ({among}) GROUP BY name, stage) ORDER BY t.name, t.version", parameters);
    }

    public static ModelVersionPage Page(DbConnection connection, RegistryQuery query)
    {
        if (query.Limit is < 1 or > MaxLimit)
            throw new MetadataException(MetadataError.Invalid, $"The limit {query.Limit} is not from 1 to {MaxLimit}.");
        var page = Search.Page(connection, Schema, new SearchQuery { Filter = query.Filter, OrderBy = query.OrderBy, Limit = query.Limit, PageToken = query.PageToken }, Read);
        return new ModelVersionPage(WithDetails(connection, page.Rows), page.NextPageToken);
    }

    /// <summary>Parameters for so many names, and what stands for them in SQL.</summary>
    public static (string Sql, (string, object?)[] Parameters) Among(IReadOnlyList<string> names)
    {
        (string, object?)[] parameters = [.. names.Select((name, i) => (string.Create(CultureInfo.InvariantCulture, $"n{i}"), (object?)name))];
        return (string.Join(", ", parameters.Select(parameter => "@" + parameter.Item1)), parameters);
    }

    private static ModelVersion[] Select(DbConnection connection, string rest, params ReadOnlySpan<(string, object?)> parameters) =>
        WithDetails(connection, connection.Query($"SELECT {Schema.Columns} FROM model_versions t {rest}", Read, parameters));

    private static ModelVersion[] WithDetails(DbConnection connection, IReadOnlyList<ModelVersion> versions) => [.. versions.Chunk(LoadedAtOnce).SelectMany(chunk =>
    {
        var ids = string.Join(", ", chunk.Select(version => version.Id.ToString(CultureInfo.InvariantCulture)));
        var tags = connection.Query(
            $"SELECT version_id, key, value FROM model_version_tags WHERE version_id IN ({ids}) ORDER BY version_id, key",
            row => (Id: row.GetInt64(0), Tag: KeyValuePair.Create(row.GetString(1), row.GetString(2)))).ToLookup(row => row.Id, row => row.Tag);
        var (among, parameters) = Among([.. chunk.Select(version => version.Name).Distinct()]);
        var aliases = connection.Query(
            $"SELECT name, version, alias FROM model_aliases WHERE name IN ({among}) ORDER BY name, alias",
            row => (Of: (row.GetString(0), row.GetInt64(1)), Alias: row.GetString(2)), parameters).ToLookup(row => row.Of, row => row.Alias);
        return chunk.Select(version => version with { Tags = tags[version.Id].ToDictionary(), Aliases = [.. aliases[(version.Name, version.Version)]] });
    })];

    private static Dictionary<string, SearchField> Attributes()
    {
        var created = new SearchField("t.creation_time", FieldKind.Number);
        var updated = new SearchField("t.last_update_time", FieldKind.Number);
        var number = new SearchField("t.version", FieldKind.Number);
        return new Dictionary<string, SearchField>(StringComparer.OrdinalIgnoreCase)
        {
            ["name"] = new("t.name", FieldKind.Name),
            ["version_number"] = number,
            ["version"] = number,
            ["run_id"] = new("t.run_id", FieldKind.Name) { IsNullable = true },
            ["source_path"] = new($"COALESCE(t.source, '{BundleAddress.Prefix}' || t.bundle_digest || '{BundleAddress.Suffix}')", FieldKind.Name),
            ["current_stage"] = new("t.stage", FieldKind.Name),
            ["user_id"] = new("t.user_id", FieldKind.Name),
            ["model_id"] = new("t.model_id", FieldKind.Name) { IsNullable = true },
            ["creation_timestamp"] = created,
            ["last_updated_timestamp"] = updated,
        };
    }

    private static MetadataException Missing(string name, long version, long last) => new(MetadataError.NotFound, version > 0 && version <= last
        ? FormattableString.Invariant($"Version {version} of model '{MetadataText.Quote(name)}' was removed; plumbline audit --subject {MetadataText.Quote(name)}/{version} says when and by whom.")
        : FormattableString.Invariant($"Model '{MetadataText.Quote(name)}' has no version {version}; its last is {last}."));

    private static ModelVersion Read(DbDataReader row) => new(
        row.GetString(0), row.GetInt64(1), row.NullableString(2), row.NullableString(3), row.NullableString(4), row.GetString(5), row.GetInt64(6))
    {
        Id = row.GetInt64(7),
        Source = row.NullableString(8),
        LoggedModelId = row.NullableString(9),
        Stage = Enum.Parse<ModelStage>(row.GetString(10)),
        RunLink = row.GetString(11),
        UserId = row.GetString(12),
        LastUpdateTime = row.GetInt64(13),
    };
}
