using System.Data.Common;
using Plumbline.Storage;
using Plumbline.Tracking.Filters;

namespace Plumbline.Tracking;

/// <summary>Rows of <c>runs</c>.</summary>
internal static class RunRows
{
    private const int MaxLimit = 50_000;

    private static readonly SearchSchema Schema = new()
    {
        Things = "runs",
        Table = "runs",
        Id = "run_id",
        Columns = "t.run_id, t.experiment_id, t.run_name, t.status, t.start_time, t.end_time, t.parent_run_id, t.artifact_uri, t.lifecycle_stage, t.user_id",
        Attributes = Attributes(),
        Datasets = new Dictionary<string, SearchField>(StringComparer.OrdinalIgnoreCase)
        {
            ["name"] = new("name", FieldKind.Name) { Table = "run_datasets" },
            ["digest"] = new("digest", FieldKind.Name) { Table = "run_datasets" },
            ["context"] = new("value", FieldKind.Name) { Table = "run_dataset_tags", Key = WellKnownTags.DataContext },
        },
        Metrics = "latest_metrics",
        Params = "params",
        Tags = "tags",
        TextsAreIndexed = true,
        DefaultOrder = ["start_time DESC", "run_id"],
    };

    /// <summary>The run with all that was logged to it.</summary>
    public static Run Get(DbConnection connection, string runId) => RunData.Load(connection, [Require(connection, runId)])[0];

    /// <summary>The run's own row.</summary>
    public static Run Require(DbConnection connection, string runId) =>
        connection.Query($"SELECT {Schema.Columns} FROM runs t WHERE t.run_id = @id", Read, ("id", runId)).SingleOrDefault()
        ?? throw new MetadataException(MetadataError.NotFound, $"There is no run '{MetadataText.Quote(runId)}'.");

    public static void RequireActive(DbConnection connection, string runId)
    {
        if (Require(connection, runId).Stage == LifecycleStage.Deleted)
            throw new MetadataException(MetadataError.Conflict, $"Run {runId} is deleted; restore it first.");
    }

    public static void RequireActive(DbConnection connection, string[] runIds)
    {
        if (runIds is [var only])
        {
            RequireActive(connection, only);
            return;
        }
        var (condition, parameter) = connection.Among("run_id", runIds);
        var active = connection.Query($"SELECT run_id FROM runs WHERE lifecycle_stage = 'active' AND {condition}", row => row.GetString(0), parameter).ToHashSet(StringComparer.Ordinal);
        foreach (var other in runIds.Where(id => !active.Contains(id)))
            RequireActive(connection, other);
    }

    /// <summary>Adds running runs with what is logged to each at once; name and parent become tags.</summary>
    /// <param name="runs">With name and start.</param>
    public static IReadOnlyList<Run> Insert(DbConnection connection, IReadOnlyList<(string Id, NewRun Run)> runs)
    {
        var experiments = runs.Select(run => run.Run.ExperimentId).Distinct().ToDictionary(id => id, id => ExperimentRows.RequireActive(connection, id));
        var added = runs.Select(run => Prepare(connection, run.Id, run.Run, experiments[run.Run.ExperimentId].ArtifactLocation)).ToArray();
        RunData.Insert(connection, [.. added.Select(run => (run.Run.Id, run.Data))], ToInsert(added.Select(run => run.Run)));
        return [.. added.Select(run => Shown(connection, run.Run, run.Data))];
    }

    public static RunPage Page(DbConnection connection, RunQuery query)
    {
        if (query.Limit is < 1 or > MaxLimit)
            throw new MetadataException(MetadataError.Invalid, $"The limit {query.Limit} is not from 1 to {MaxLimit}.");
        var restrictions = new List<(string, IReadOnlyCollection<object>)>();
        if (query.ExperimentIds is { } experiments)
            restrictions.Add(("t.experiment_id", [.. experiments.Distinct().Cast<object>()]));
        if (query.Stage is { } stage)
            restrictions.Add(("t.lifecycle_stage", [TrackingNames.Of(stage)]));
        var page = Search.Page(
            connection, Schema,
            new SearchQuery { Filter = query.Filter, OrderBy = query.OrderBy, Limit = query.Limit, PageToken = query.PageToken, Restrictions = restrictions }, Read);
        return new RunPage(RunData.Load(connection, page.Rows), page.NextPageToken);
    }

    private static (Run Run, RunBatch Data) Prepare(DbConnection connection, string id, NewRun run, string? location)
    {
        if (run.ParentId is not null)
            RequireActive(connection, run.ParentId);
        var tags = run.Data.Tags.Where(tag => tag.Key != WellKnownTags.RunName).Append(new(WellKnownTags.RunName, run.Name!));
        if (run.ParentId is not null)
            tags = tags.Where(tag => tag.Key != WellKnownTags.ParentRunId).Append(new(WellKnownTags.ParentRunId, run.ParentId));
        var data = run.Data with { Tags = [.. tags.GroupBy(tag => tag.Key).Select(same => same.Last())] };
        var parent = data.Tags.FirstOrDefault(tag => tag.Key == WellKnownTags.ParentRunId).Value is { } named
            ? (string?)connection.Scalar("SELECT run_id FROM runs WHERE run_id = @parent", ("parent", named)) : null;
        var artifacts = run.ArtifactUri ?? (location is null ? $"runs/{id}" : $"{location}/{id}/artifacts");
        return (new Run(id, run.ExperimentId, run.Name!, RunStatus.Running, run.StartTime!.Value, null, parent, artifacts, LifecycleStage.Active) { UserId = run.UserId }, data);
    }

    private static Run Shown(DbConnection connection, Run added, RunBatch data) => data.IsOnlyTexts && data.Params.DistinctBy(param => param.Key).Count() == data.Params.Count
        ? added with { Params = Sorted(data.Params), Tags = Sorted(data.Tags) }
        : RunData.Load(connection, [added])[0];

    private static RowInsert ToInsert(IEnumerable<Run> runs) => new(
        "runs", ["run_id", "experiment_id", "run_name", "status", "start_time", "artifact_uri", "lifecycle_stage", "user_id", "parent_run_id"],
        [
            .. runs.Select(run => new object?[]
            {
                run.Id, run.ExperimentId, run.Name, TrackingNames.Of(run.Status), run.StartTime, run.ArtifactUri, TrackingNames.Of(run.Stage), run.UserId, run.ParentId,
            }),
        ],
        "");

    private static Dictionary<string, string> Sorted(IEnumerable<KeyValuePair<string, string>> texts) => texts.OrderBy(text => text.Key, StringComparer.Ordinal).ToDictionary();

    private static Dictionary<string, SearchField> Attributes()
    {
        var name = new SearchField("t.run_name", FieldKind.Name);
        var start = new SearchField("t.start_time", FieldKind.Number);
        return new Dictionary<string, SearchField>(StringComparer.OrdinalIgnoreCase)
        {
            ["run_id"] = new("t.run_id", FieldKind.Name),
            ["run_name"] = name,
            ["run name"] = name,
            ["status"] = new("upper(t.status)", FieldKind.Name),
            ["start_time"] = start,
            ["created"] = start,
            ["end_time"] = new("t.end_time", FieldKind.Number) { IsNullable = true },
            ["user_id"] = new("t.user_id", FieldKind.Name),
            ["artifact_uri"] = new(
                "CASE WHEN t.artifact_uri = 'runs/' || t.run_id THEN 'mlflow-artifacts:/' || t.experiment_id || '/' || t.run_id || '/artifacts' ELSE t.artifact_uri END",
                FieldKind.Name),
        };
    }

    private static Run Read(DbDataReader row) => new(
        row.GetString(0), row.GetInt64(1), row.GetString(2), TrackingNames.Status(row.GetString(3)), row.GetInt64(4), row.NullableInt64(5),
        row.NullableString(6), row.GetString(7), TrackingNames.Stage(row.GetString(8)))
    { UserId = row.GetString(9) };
}
