using System.Data.Common;
using Plumbline.Storage;
using Plumbline.Tracking.Filters;

namespace Plumbline.Registry;

/// <summary>Rows of models.</summary>
internal static class RegisteredModelRows
{
    public const string TagsTable = "registered_model_tags";
    public const string IdColumn = "name";

    private const int MaxLimit = 1000;

    private static readonly SearchSchema Schema = new()
    {
        Things = "registered models",
        Table = "registered_models",
        Id = IdColumn,
        Columns = "t.name, t.description, t.creation_time, t.last_version, t.last_update_time",
        Attributes = Attributes(),
        Tags = TagsTable,
        DefaultOrder = ["name"],
    };

    /// <summary>The model with all that belongs to it.</summary>
    public static RegisteredModel Require(DbConnection connection, string name) => Find(connection, name) ?? throw Missing(name);

    public static RegisteredModel? Find(DbConnection connection, string name) =>
        WithDetails(connection, connection.Query($"SELECT {Schema.Columns} FROM registered_models t WHERE t.name = @name", Read, ("name", name))).SingleOrDefault();

    /// <exception cref="MetadataException">NotFound: there is no such model.</exception>
    public static void RequireName(DbConnection connection, string name)
    {
        if (!Exists(connection, name))
            throw Missing(name);
    }

    public static bool Exists(DbConnection connection, string name) => connection.Scalar("SELECT 1 FROM registered_models WHERE name = @name", ("name", name)) is not null;

    /// <summary>By name.</summary>
    public static IReadOnlyList<RegisteredModel> All(DbConnection connection)
    {
        var models = connection.Query($"SELECT {Schema.Columns} FROM registered_models t ORDER BY t.name", Read);
        return [.. models.Chunk(MaxLimit).SelectMany(chunk => WithDetails(connection, chunk))];
    }

    public static RegisteredModelPage Page(DbConnection connection, RegistryQuery query)
    {
        if (query.Limit is < 1 or > MaxLimit)
            throw new MetadataException(MetadataError.Invalid, $"The limit {query.Limit} is not from 1 to {MaxLimit}.");
        var page = Search.Page(connection, Schema, new SearchQuery { Filter = query.Filter, OrderBy = query.OrderBy, Limit = query.Limit, PageToken = query.PageToken }, Read);
        return new RegisteredModelPage(WithDetails(connection, page.Rows), page.NextPageToken);
    }

    private static RegisteredModel[] WithDetails(DbConnection connection, IReadOnlyList<RegisteredModel> models)
    {
        if (models.Count == 0)
            return [];
        string[] names = [.. models.Select(model => model.Name)];
        var (among, parameters) = RegistryRows.Among(names);
        var aliases = connection
            .Query($"SELECT name, alias, version FROM model_aliases WHERE name IN ({among}) ORDER BY name, alias", row => (Name: row.GetString(0), Alias: KeyValuePair.Create(row.GetString(1), row.GetInt64(2))), parameters)
            .ToLookup(row => row.Name, row => row.Alias);
        var tags = connection
            .Query($"SELECT name, key, value FROM registered_model_tags WHERE name IN ({among}) ORDER BY name, key", row => (Name: row.GetString(0), Tag: KeyValuePair.Create(row.GetString(1), row.GetString(2))), parameters)
            .ToLookup(row => row.Name, row => row.Tag);
        var latest = RegistryRows.Latest(connection, names).ToLookup(version => version.Name);
        return [.. models.Select(model => model with
        {
            Aliases = aliases[model.Name].ToDictionary(), Tags = tags[model.Name].ToDictionary(), LatestVersions = [.. latest[model.Name]],
        })];
    }

    private static Dictionary<string, SearchField> Attributes()
    {
        var updated = new SearchField("t.last_update_time", FieldKind.Number);
        return new Dictionary<string, SearchField>(StringComparer.OrdinalIgnoreCase)
        {
            ["name"] = new("t.name", FieldKind.Name),
            ["creation_timestamp"] = new("t.creation_time", FieldKind.Number),
            ["last_updated_timestamp"] = updated,
            ["timestamp"] = updated,
        };
    }

    private static RegisteredModel Read(DbDataReader row) =>
        new(row.GetString(0), row.GetString(1), row.GetInt64(2), row.GetInt64(3), new Dictionary<string, long>()) { LastUpdateTime = row.GetInt64(4) };

    private static MetadataException Missing(string name) => new(MetadataError.NotFound, $"There is no model '{MetadataText.Quote(name)}'; plumbline models lists those that there are, and plumbline train --register makes one.");
}
