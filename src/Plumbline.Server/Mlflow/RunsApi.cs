using Plumbline.Tracking;

namespace Plumbline.Server.Mlflow;

/// <summary><c>/mlflow/runs/…</c> but for what logs to a run, and <c>/mlflow/metrics/get-history</c>.</summary>
internal sealed class RunsApi(TrackingStore tracking)
{
    private const int DefaultLimit = 1000;
    private const int MaxLimit = 50_000;

    public void Map(MlflowRoutes routes)
    {
        routes.Map("POST", "runs/create", CreateAsync);
        routes.Map("GET", "runs/get", GetAsync);
        routes.Map("POST", "runs/update", UpdateAsync);
        routes.Map("POST", "runs/delete", (request, context) => SetStageAsync(request, LifecycleStage.Deleted, context));
        routes.Map("POST", "runs/restore", (request, context) => SetStageAsync(request, LifecycleStage.Active, context));
        routes.Map("POST", "runs/search", SearchAsync);
        routes.Map("GET", "metrics/get-history", GetHistoryAsync);
    }

    private async Task<WriteMembers> CreateAsync(MlflowRequest request, HttpContext context)
    {
        var run = await tracking.CreateRunAsync(
            new NewRun
            {
                ExperimentId = request.Text("experiment_id") is null ? 0 : request.ExperimentId(),
                Name = request.Text("run_name") is { Length: > 0 } name ? name : null,
                UserId = request.Text("user_id") ?? "",
                StartTime = request.Integer("start_time"),
                Data = new RunBatch { Tags = RunLoggingApi.Tags(request) },
            },
            context.RequestAborted);
        return Write(run);
    }

    private async Task<WriteMembers> GetAsync(MlflowRequest request, HttpContext context) =>
        Write(await tracking.GetRunAsync(request.RunId(), context.RequestAborted));

    private async Task<WriteMembers> UpdateAsync(MlflowRequest request, HttpContext context)
    {
        var update = new RunUpdate
        {
            Status = request.Text("status") is { } status ? ParseStatus(request, status) : null,
            EndTime = request.Integer("end_time"),
            Name = request.Text("run_name") is { Length: > 0 } name ? name : null,
        };
        var run = await tracking.UpdateRunAsync(request.RunId(), update, context.RequestAborted);
        return json =>
        {
            json.WriteStartObject("run_info");
            MlflowJson.WriteRunInfo(json, run);
            json.WriteEndObject();
        };
    }

    private async Task<WriteMembers> SetStageAsync(MlflowRequest request, LifecycleStage stage, HttpContext context)
    {
        await tracking.SetRunStageAsync(request.RunId(), stage, context.RequestAborted);
        return static _ => { };
    }

    private async Task<WriteMembers> SearchAsync(MlflowRequest request, HttpContext context)
    {
        var page = await tracking.ListRunsAsync(
            new RunQuery
            {
                ExperimentIds = request.ExperimentIds(),
                Stage = ExperimentsApi.Stage(request, "run_view_type"),
                Filter = request.Text("filter"),
                OrderBy = request.Texts("order_by"),
                Limit = request.Limit(DefaultLimit, MaxLimit),
                PageToken = request.PageToken(),
            },
            context.RequestAborted);
        return json =>
        {
            MlflowJson.WriteList(json, "runs", page.Runs, MlflowJson.WriteRun);
            MlflowJson.WritePageToken(json, page.NextPageToken);
        };
    }

    private async Task<WriteMembers> GetHistoryAsync(MlflowRequest request, HttpContext context)
    {
        var id = request.RunId();
        // Older clients send no limit and expect all points at once.
        var page = await tracking.GetMetricHistoryAsync(id, request.RequiredText("metric_key"), request.Limit(int.MaxValue - 1, int.MaxValue - 1), request.PageToken(), context.RequestAborted);
        return json =>
        {
            MlflowJson.WriteMetrics(json, id, page.Points);
            MlflowJson.WritePageToken(json, page.NextPageToken);
        };
    }

    private static RunStatus ParseStatus(MlflowRequest request, string status)
    {
        foreach (var known in Enum.GetValues<RunStatus>())
        {
            if (MlflowJson.NameOf(known) == status)
                return known;
        }
        throw request.Wrong("status", $"must be one of {string.Join(", ", Enum.GetValues<RunStatus>().Select(MlflowJson.NameOf))}");
    }

    private static WriteMembers Write(Run run) => json =>
    {
        json.WriteStartObject("run");
        MlflowJson.WriteRun(json, run);
        json.WriteEndObject();
    };
}
