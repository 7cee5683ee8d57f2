using System.Text.Json;
using Plumbline.Server.Problems;
using Plumbline.Storage;
using Plumbline.Tracking;

namespace Plumbline.Server.Mlflow;

/// <summary><c>/mlflow/experiments/…</c></summary>
internal sealed class ExperimentsApi(TrackingStore tracking)
{
    private const int DefaultLimit = 1000;
    private const int MaxLimit = 50_000;

    public void Map(MlflowRoutes routes)
    {
        routes.Map("POST", "experiments/create", CreateAsync, conflictMeansExists: true);
        routes.Map("GET", "experiments/get", GetAsync);
        routes.Map("GET", "experiments/get-by-name", GetByNameAsync);
        routes.Map("GET", "experiments/search", SearchAsync);
        routes.Map("POST", "experiments/search", SearchAsync);
        routes.Map("POST", "experiments/update", RenameAsync, conflictMeansExists: true);
        routes.Map("POST", "experiments/delete", (request, context) => SetStageAsync(request, LifecycleStage.Deleted, context));
        routes.Map("POST", "experiments/restore", (request, context) => SetStageAsync(request, LifecycleStage.Active, context));
        routes.Map("POST", "experiments/set-experiment-tag", SetTagAsync);
        routes.Map("POST", "experiments/delete-experiment-tag", DeleteTagAsync);
    }

    public static LifecycleStage? Stage(MlflowRequest request, string name) => request.Text(name) switch
    {
        null or "ACTIVE_ONLY" => LifecycleStage.Active,
        "DELETED_ONLY" => LifecycleStage.Deleted,
        "ALL" => null,
        _ => throw request.Wrong(name, "must be ACTIVE_ONLY, DELETED_ONLY or ALL"),
    };

    private async Task<WriteMembers> CreateAsync(MlflowRequest request, HttpContext context)
    {
        var experiment = await tracking.CreateExperimentAsync(
            new NewExperiment
            {
                Name = request.RequiredText("name"),
                ArtifactLocation = request.Text("artifact_location") is { Length: > 0 } location ? location : null,
                Tags = request.Pairs("tags"),
            },
            context.RequestAborted);
        return json => json.WriteString("experiment_id", MlflowJson.Id(experiment.Id));
    }

    private async Task<WriteMembers> GetAsync(MlflowRequest request, HttpContext context) =>
        Write(await tracking.GetExperimentAsync(request.ExperimentId(), context.RequestAborted));

    private async Task<WriteMembers> GetByNameAsync(MlflowRequest request, HttpContext context)
    {
        var name = request.RequiredText("experiment_name");
        return Write(await tracking.FindExperimentAsync(name, context.RequestAborted)
            ?? throw new MetadataException(MetadataError.NotFound, $"There is no experiment named '{Problem.Shorten(name)}'."));
    }

    private async Task<WriteMembers> SearchAsync(MlflowRequest request, HttpContext context)
    {
        var page = await tracking.SearchExperimentsAsync(
            new ExperimentQuery
            {
                Stage = Stage(request, "view_type"),
                Filter = request.Text("filter"),
                OrderBy = request.Texts("order_by"),
                Limit = request.Limit(DefaultLimit, MaxLimit),
                PageToken = request.PageToken(),
            },
            context.RequestAborted);
        return json =>
        {
            MlflowJson.WriteList(json, "experiments", page.Experiments, MlflowJson.WriteExperiment);
            MlflowJson.WritePageToken(json, page.NextPageToken);
        };
    }

    private async Task<WriteMembers> RenameAsync(MlflowRequest request, HttpContext context)
    {
        await tracking.RenameExperimentAsync(request.ExperimentId(), request.RequiredText("new_name"), context.RequestAborted);
        return Nothing;
    }

    private async Task<WriteMembers> SetStageAsync(MlflowRequest request, LifecycleStage stage, HttpContext context)
    {
        await tracking.SetExperimentStageAsync(request.ExperimentId(), stage, context.RequestAborted);
        return Nothing;
    }

    private async Task<WriteMembers> SetTagAsync(MlflowRequest request, HttpContext context)
    {
        await tracking.SetExperimentTagAsync(request.ExperimentId(), request.RequiredText("key"), request.Text("value") ?? "", context.RequestAborted);
        return Nothing;
    }

    private async Task<WriteMembers> DeleteTagAsync(MlflowRequest request, HttpContext context)
    {
        await tracking.DeleteExperimentTagAsync(request.ExperimentId(), request.RequiredText("key"), context.RequestAborted);
        return Nothing;
    }

    private static WriteMembers Write(Experiment experiment) => json =>
    {
        json.WriteStartObject("experiment");
        MlflowJson.WriteExperiment(json, experiment);
        json.WriteEndObject();
    };

    private static void Nothing(Utf8JsonWriter json)
    {
    }
}
