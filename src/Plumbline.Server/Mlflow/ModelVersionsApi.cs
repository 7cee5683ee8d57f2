using Plumbline.Registry;
using Plumbline.Tracking;

namespace Plumbline.Server.Mlflow;

/// <summary><c>/mlflow/model-versions/…</c></summary>
internal sealed class ModelVersionsApi(ModelRegistry registry, LoggedModelStore models)
{
    private const int DefaultLimit = 10_000;
    private const int MaxLimit = 200_000;
    private const string Actor = RegisteredModelsApi.Actor;

    public void Map(MlflowRoutes routes)
    {
        routes.Map("POST", "model-versions/create", CreateAsync);
        routes.Map("GET", "model-versions/get", async (request, context) => RegistryJson.Version(await GetAsync(request, context)));
        routes.Map("PATCH", "model-versions/update", DescribeAsync);
        routes.Map("DELETE", "model-versions/delete", DeleteAsync);
        routes.Map("POST", "model-versions/transition-stage", TransitionAsync);
        routes.Map("GET", "model-versions/get-download-uri", DownloadUriAsync);
        routes.Map("GET", "model-versions/search", SearchAsync);
        routes.Map("POST", "model-versions/set-tag", SetTagAsync);
        routes.Map("DELETE", "model-versions/delete-tag", DeleteTagAsync);
    }

    private async Task<WriteMembers> CreateAsync(MlflowRequest request, HttpContext context) => RegistryJson.Version(await registry.RegisterSourceAsync(
        RegisteredModelsApi.Name(request),
        new NewSourcedVersion
        {
            Source = request.RequiredText("source"),
            RunId = NonEmpty(request.Text("run_id")),
            LoggedModelId = NonEmpty(request.Text("model_id")),
            RunLink = request.Text("run_link") ?? "",
            UserId = request.Text("user_id") ?? "",
            Description = request.Text("description") ?? "",
            Tags = request.Pairs("tags"),
        },
        Actor, context.RequestAborted));

    private Task<ModelVersion> GetAsync(MlflowRequest request, HttpContext context) =>
        registry.GetVersionAsync(RegisteredModelsApi.Name(request), RegisteredModelsApi.Version(request), context.RequestAborted);

    private async Task<WriteMembers> DescribeAsync(MlflowRequest request, HttpContext context) => RegistryJson.Version(request.Text("description") is { } description
        ? await registry.DescribeVersionAsync(RegisteredModelsApi.Name(request), RegisteredModelsApi.Version(request), description, Actor, context.RequestAborted)
        : await GetAsync(request, context));

    private async Task<WriteMembers> DeleteAsync(MlflowRequest request, HttpContext context)
    {
        await registry.DeleteVersionAsync(RegisteredModelsApi.Name(request), RegisteredModelsApi.Version(request), Actor, context.RequestAborted);
        return static _ => { };
    }

    private async Task<WriteMembers> TransitionAsync(MlflowRequest request, HttpContext context) => RegistryJson.Version(await registry.SetStageAsync(
        RegisteredModelsApi.Name(request), RegisteredModelsApi.Version(request), RegisteredModelsApi.Stage(request, "stage", request.RequiredText("stage")),
        request.Flag("archive_existing_versions", otherwise: false), Actor, context.RequestAborted));

    private async Task<WriteMembers> DownloadUriAsync(MlflowRequest request, HttpContext context)
    {
        var version = await GetAsync(request, context);
        var address = version switch
        {
            { BundleDigest: { } digest } => BundleAddress.Of(digest),
            { LoggedModelId: { } id } => MlflowArtifacts.UriOf(await models.GetAsync(id, context.RequestAborted)),
            _ => version.Source!,
        };
        return json => json.WriteString("artifact_uri", address);
    }

    private async Task<WriteMembers> SearchAsync(MlflowRequest request, HttpContext context)
    {
        var page = await registry.SearchVersionsAsync(
            new RegistryQuery
            {
                Filter = request.Text("filter"), OrderBy = request.Texts("order_by"), Limit = request.Limit(DefaultLimit, MaxLimit), PageToken = request.PageToken(),
            },
            context.RequestAborted);
        return json =>
        {
            MlflowJson.WriteList(json, "model_versions", page.Versions, RegistryJson.WriteVersion);
            MlflowJson.WritePageToken(json, page.NextPageToken);
        };
    }

    private async Task<WriteMembers> SetTagAsync(MlflowRequest request, HttpContext context)
    {
        await registry.SetVersionTagAsync(
            RegisteredModelsApi.Name(request), RegisteredModelsApi.Version(request), request.RequiredText("key"), request.Text("value") ?? "", Actor, context.RequestAborted);
        return static _ => { };
    }

    private async Task<WriteMembers> DeleteTagAsync(MlflowRequest request, HttpContext context)
    {
        await registry.DeleteVersionTagAsync(RegisteredModelsApi.Name(request), RegisteredModelsApi.Version(request), request.RequiredText("key"), Actor, context.RequestAborted);
        return static _ => { };
    }

    private static string? NonEmpty(string? text) => text is { Length: > 0 } ? text : null;
}
