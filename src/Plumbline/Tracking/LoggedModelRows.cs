using System.Data.Common;
using System.Globalization;
using Plumbline.Storage;
using Plumbline.Tracking.Filters;

namespace Plumbline.Tracking;

/// <summary>Rows of <c>logged_models</c> and what belongs to them.</summary>
internal static class LoggedModelRows
{
    public const string TagsTable = "logged_model_tags";
    public const string ParamsTable = "logged_model_params";
    public const string IdColumn = "model_id";

    private const int MaxLimit = 1000;

    private static readonly SearchSchema Schema = new()
    {
        Things = "logged models",
        Table = "logged_models",
        Id = IdColumn,
        Columns = """
            t.model_id, t.experiment_id, t.name, t.model_type, t.source_run_id, t.status, t.creation_time, t.last_update_time,
            (SELECT e.artifact_location FROM experiments e WHERE e.experiment_id = t.experiment_id)
            """,
        Attributes = Attributes(),
        Metrics = LatestMetrics("", []),
        Params = ParamsTable,
        Tags = TagsTable,
        DefaultOrder = ["creation_time DESC", "model_id"],
    };

    /// <summary>The model with all that was logged to it.</summary>
    /// <exception cref="MetadataException">NotFound: there is none, or it is deleted.</exception>
    public static LoggedModel Require(DbConnection connection, string id) => Load(
        connection, connection.Query($"SELECT {Schema.Columns} FROM logged_models t WHERE t.model_id = @id AND t.lifecycle_stage = 'active'", Read, ("id", id))).SingleOrDefault()
        ?? throw new MetadataException(MetadataError.NotFound, $"There is no logged model '{MetadataText.Quote(id)}'.");

    public static LoggedModelPage Page(DbConnection connection, LoggedModelQuery query)
    {
        if (query.Limit is < 1 or > MaxLimit)
            throw new MetadataException(MetadataError.Invalid, $"The limit {query.Limit} is not from 1 to {MaxLimit}.");
        var restrictions = new List<(string, IReadOnlyCollection<object>)> { ("t.lifecycle_stage", [TrackingNames.Of(LifecycleStage.Active)]) };
        if (query.ExperimentIds is { } experiments)
            restrictions.Add(("t.experiment_id", [.. experiments.Distinct().Cast<object>()]));
        MeasuredOn[] ofOrder = query.OrderDataset is { } measured ? [measured] : [];
        var search = new SearchQuery
        {
            Filter = query.Filter,
            OrderBy = query.OrderBy,
            Limit = query.Limit,
            PageToken = query.PageToken,
            Restrictions = restrictions,
            OrderSchema = Schema with { Metrics = LatestMetrics("o", ofOrder) },
            Conditions = query.Datasets.Count == 0 ? [] : [$"EXISTS (SELECT 1 FROM logged_model_metrics AS point WHERE point.model_id = t.model_id{On("point", "f", query.Datasets)})"],
            Named = [.. Named("f", query.Datasets), .. Named("o", ofOrder)],
        };
        var page = Search.Page(connection, Schema with { Metrics = LatestMetrics("f", query.Datasets) }, search, Read);
        return new LoggedModelPage(Load(connection, page.Rows), page.NextPageToken);
    }

    /// <summary>One value a model and key, so that models can be sorted by it: the latest of those measured on <paramref name="datasets"/>, or on whatever.</summary>
    private static string LatestMetrics(string names, IReadOnlyList<MeasuredOn> datasets) => $"""
        (SELECT point.model_id, point.key, point.value, point.is_nan FROM logged_model_metrics AS point
        WHERE NOT EXISTS (
          SELECT 1 FROM logged_model_metrics AS later
          WHERE later.model_id = point.model_id AND later.key = point.key{On("later", names, datasets)}
            AND (later.step, later.timestamp, later.value, later.run_id, later.dataset_name, later.dataset_digest)
              > (point.step, point.timestamp, point.value, point.run_id, point.dataset_name, point.dataset_digest)){On("point", names, datasets)})
        """;

    /// <param name="names">What the names of the parameters begin with.</param>
    private static string On(string alias, string names, IReadOnlyList<MeasuredOn> datasets) => datasets.Count == 0 ? ""
        : $" AND ({string.Join(" OR ", datasets.Select((dataset, i) => FormattableString.Invariant($"({alias}.dataset_name = @{names}{i}n{(dataset.Digest is null ? "" : FormattableString.Invariant($" AND {alias}.dataset_digest = @{names}{i}d"))})")))})";

    private static IEnumerable<(string, object?)> Named(string names, IReadOnlyList<MeasuredOn> datasets)
    {
        for (var i = 0; i < datasets.Count; i++)
        {
            yield return (FormattableString.Invariant($"{names}{i}n"), datasets[i].Name);
            if (datasets[i].Digest is { } digest)
                yield return (FormattableString.Invariant($"{names}{i}d"), digest);
        }
    }

    private static LoggedModel[] Load(DbConnection connection, IReadOnlyList<LoggedModel> models)
    {
        if (models.Count == 0)
            return [];
        (string, object?)[] parameters = [.. models.Select((model, i) => (string.Create(CultureInfo.InvariantCulture, $"m{i}"), (object?)model.Id))];
        var among = $"WHERE model_id IN ({string.Join(", ", parameters.Select(parameter => "@" + parameter.Item1))}) ORDER BY model_id, key";
        var data = Texts(ParamsTable);
        var tags = Texts(TagsTable);
        var metrics = connection.Query(
            $"SELECT model_id, key, value, is_nan, step, timestamp, run_id, dataset_name, dataset_digest FROM logged_model_metrics {among}, run_id, dataset_name, dataset_digest",
            row => (Model: row.GetString(0), Metric: ReadMetric(row)), parameters).ToLookup(row => row.Model, row => row.Metric);
        return [.. models.Select(model => model with { Params = data[model.Id].ToDictionary(), Tags = tags[model.Id].ToDictionary(), Metrics = [.. metrics[model.Id]] })];

        ILookup<string, KeyValuePair<string, string>> Texts(string table) =>
            connection.Query($"SELECT model_id, key, value FROM {table} {among}", row => (Model: row.GetString(0), Text: KeyValuePair.Create(row.GetString(1), row.GetString(2))), parameters)
                .ToLookup(row => row.Model, row => row.Text);
    }

    private static LoggedModelMetric ReadMetric(DbDataReader row) => new(row.GetString(6), RunMetrics.Read(row, 1) with
    {
        ModelId = row.GetString(0),
        DatasetName = row.GetString(7) is { Length: > 0 } name ? name : null,
        DatasetDigest = row.GetString(8) is { Length: > 0 } digest ? digest : null,
    });

    private static Dictionary<string, SearchField> Attributes()
    {
        var created = new SearchField("t.creation_time", FieldKind.Number);
        var updated = new SearchField("t.last_update_time", FieldKind.Number);
        return new Dictionary<string, SearchField>(StringComparer.OrdinalIgnoreCase)
        {
            ["model_id"] = new("t.model_id", FieldKind.Name),
            ["name"] = new("t.name", FieldKind.Name),
            ["model_type"] = new("t.model_type", FieldKind.Name),
            ["status"] = new("upper(t.status)", FieldKind.Name),
            ["source_run_id"] = new("t.source_run_id", FieldKind.Name) { IsNullable = true },
            ["creation_time"] = created,
            ["creation_timestamp"] = created,
            ["creation_timestamp_ms"] = created,
            ["last_updated_timestamp"] = updated,
            ["last_updated_timestamp_ms"] = updated,
        };
    }

    private static LoggedModel Read(DbDataReader row) => new(
        row.GetString(0), row.GetInt64(1), row.GetString(2), row.GetString(3), row.NullableString(4), TrackingNames.ModelStatus(row.GetString(5)), row.GetInt64(6),
        row.GetInt64(7))
    { ArtifactLocation = row.NullableString(8) };
}
