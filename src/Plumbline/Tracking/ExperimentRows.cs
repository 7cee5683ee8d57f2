using System.Data.Common;
using System.Globalization;
using Plumbline.Storage;
using Plumbline.Tracking.Filters;

namespace Plumbline.Tracking;

/// <summary>Rows of <c>experiments</c>.</summary>
internal static class ExperimentRows
{
    public const string TagsTable = "experiment_tags";
    public const string IdColumn = "experiment_id";

    private const int NameLength = 500;
    private const int LocationLength = 1000;
    private const int MaxLimit = 50_000;
    private const int LoadedAtOnce = 1000;

    private static readonly SearchSchema Schema = new()
    {
        Things = "experiments",
        Table = "experiments",
        Id = IdColumn,
        Columns = "t.experiment_id, t.name, t.lifecycle_stage, t.creation_time, t.last_update_time, t.artifact_location",
        Attributes = new Dictionary<string, SearchField>(StringComparer.OrdinalIgnoreCase)
        {
            ["name"] = new("t.name", FieldKind.Name),
            ["creation_time"] = new("t.creation_time", FieldKind.Number),
            ["last_update_time"] = new("t.last_update_time", FieldKind.Number),
            ["experiment_id"] = new("t.experiment_id", FieldKind.Number),
        },
        Tags = TagsTable,
        DefaultOrder = ["creation_time DESC", "experiment_id"],
    };

    public static void Check(NewExperiment experiment)
    {
        CheckName(experiment.Name);
        KeyedTexts.CheckTags(experiment.Tags);
        if (experiment.ArtifactLocation is not { } location)
            return;
        MetadataText.CheckName("artifact location", location, LocationLength);
        if (!location.Contains(":/", StringComparison.Ordinal) || location.StartsWith("mlflow-artifacts:", StringComparison.OrdinalIgnoreCase))
        {
            throw new MetadataException(
                MetadataError.Invalid, $"The artifact location '{MetadataText.Quote(location)}' is no address outside, such as s3://bucket/folder; leave it out to keep artifacts here.");
        }
    }

    public static void CheckName(string name) => MetadataText.CheckName("experiment name", name, NameLength);

    public static Experiment Insert(DbConnection connection, NewExperiment experiment, long now)
    {
        var id = Counter.Next(connection, "experiment");
        connection.Execute(
            """
            INSERT INTO experiments (experiment_id, name, lifecycle_stage, creation_time, last_update_time, artifact_location)
            VALUES (@id, @name, 'active', @now, @now, @location)
            """,
            ("id", id), ("name", experiment.Name), ("now", now), ("location", experiment.ArtifactLocation?.TrimEnd('/')));
        KeyedTexts.Put(connection, TagsTable, IdColumn, id, experiment.Tags);
        return Get(connection, id);
    }

    /// <exception cref="MetadataException">Conflict: another has this name.</exception>
    public static void RequireFree(DbConnection connection, string name)
    {
        if (Find(connection, name) is { } existing)
        {
            throw new MetadataException(
                MetadataError.Conflict,
                $"Experiment '{name}' exists already as {existing.Id}{(existing.Stage == LifecycleStage.Deleted ? ", deleted: restore it or choose another name" : "")}.");
        }
    }

    public static Experiment? Find(DbConnection connection, string name) => Select(connection, "WHERE t.name = @name", ("name", name)).SingleOrDefault();

    public static Experiment Get(DbConnection connection, long id) => Select(connection, "WHERE t.experiment_id = @id", ("id", id)).SingleOrDefault()
        ?? throw new MetadataException(MetadataError.NotFound, $"There is no experiment {id}.");

    /// <summary>Without its tags.</summary>
    public static Experiment RequireActive(DbConnection connection, long id)
    {
        var experiment = connection.Query($"SELECT {Schema.Columns} FROM experiments t WHERE t.experiment_id = @id", Read, ("id", id)).SingleOrDefault()
            ?? throw new MetadataException(MetadataError.NotFound, $"There is no experiment {id}.");
        return experiment.Stage == LifecycleStage.Active ? experiment
            : throw new MetadataException(MetadataError.Conflict, $"Experiment {id} ('{experiment.Name}') is deleted; restore it first.");
    }

    /// <summary>By id.</summary>
    public static IReadOnlyList<Experiment> All(DbConnection connection) => Select(connection, "ORDER BY t.experiment_id");

    public static ExperimentPage Page(DbConnection connection, ExperimentQuery query)
    {
        if (query.Limit is < 1 or > MaxLimit)
            throw new MetadataException(MetadataError.Invalid, $"The limit {query.Limit} is not from 1 to {MaxLimit}.");
        var page = Search.Page(
            connection, Schema,
            new SearchQuery
            {
                Filter = query.Filter,
                OrderBy = query.OrderBy,
                Limit = query.Limit,
                PageToken = query.PageToken,
                Restrictions = query.Stage is { } stage ? [("t.lifecycle_stage", [TrackingNames.Of(stage)])] : [],
            },
            Read);
        return new ExperimentPage(WithTags(connection, page.Rows), page.NextPageToken);
    }

    private static Experiment[] Select(DbConnection connection, string rest, params ReadOnlySpan<(string, object?)> parameters) =>
        WithTags(connection, connection.Query($"SELECT {Schema.Columns} FROM experiments t {rest}", Read, parameters));

    private static Experiment[] WithTags(DbConnection connection, IReadOnlyList<Experiment> experiments) => [.. experiments.Chunk(LoadedAtOnce).SelectMany(chunk =>
    {
        var ids = string.Join(", ", chunk.Select(experiment => experiment.Id.ToString(CultureInfo.InvariantCulture)));
        var tags = connection.Query(
            $"SELECT experiment_id, key, value FROM experiment_tags WHERE experiment_id IN ({ids}) ORDER BY experiment_id, key",
            row => (Id: row.GetInt64(0), Tag: KeyValuePair.Create(row.GetString(1), row.GetString(2)))).ToLookup(row => row.Id, row => row.Tag);
        return chunk.Select(experiment => experiment with { Tags = tags[experiment.Id].ToDictionary() });
    })];

    private static Experiment Read(DbDataReader row) =>
        new(row.GetInt64(0), row.GetString(1), TrackingNames.Stage(row.GetString(2)), row.GetInt64(3), row.GetInt64(4)) { ArtifactLocation = row.NullableString(5) };
}
