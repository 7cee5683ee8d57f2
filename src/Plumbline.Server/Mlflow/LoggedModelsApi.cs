using Plumbline.Tracking;

namespace Plumbline.Server.Mlflow;

/// <summary><c>/mlflow/logged-models/…</c></summary>
internal sealed class LoggedModelsApi(LoggedModelStore models, MlflowArtifacts artifacts)
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 1000;
    private const int MostDatasets = 100;

    public void Map(MlflowRoutes routes)
    {
        routes.Map("POST", "logged-models", CreateAsync);
        routes.Map("POST", "logged-models/search", SearchAsync);
        routes.Map("GET", "logged-models/{id}", async (_, context) => Write(await models.GetAsync(Id(context), context.RequestAborted)));
        routes.Map("DELETE", "logged-models/{id}", DeleteAsync);
        routes.Map("PATCH", "logged-models/{id}", SetStatusAsync);
        routes.Map("POST", "logged-models/{id}/params", LogParamsAsync);
        routes.Map("PATCH", "logged-models/{id}/tags", SetTagsAsync);
        routes.Map("DELETE", "logged-models/{id}/tags/{key}", DeleteTagAsync);
        routes.Map("GET", "logged-models/{id}/artifacts/directories", ListArtifactsAsync);
    }

    private async Task<WriteMembers> CreateAsync(MlflowRequest request, HttpContext context) => Write(await models.CreateAsync(
        new NewLoggedModel
        {
            ExperimentId = request.ExperimentId(),
            Name = request.Text("name") is { Length: > 0 } name ? name : null,
            Type = request.Text("model_type") ?? "",
            SourceRunId = request.Text("source_run_id") is { Length: > 0 } run ? run : null,
            Params = request.Pairs("params"),
            Tags = request.Pairs("tags"),
        },
        context.RequestAborted));

    private async Task<WriteMembers> SearchAsync(MlflowRequest request, HttpContext context)
    {
        var orders = request.Objects("order_by");
        MeasuredOn?[] ofOrders = [.. orders.Where(order => order.Text("dataset_name") is { Length: > 0 }).Select(Dataset).Distinct()];
        if (ofOrders.Length > 1)
            throw request.Wrong("order_by", "names several data sets; models are sorted by what was measured on one");
        var page = await models.SearchAsync(
            new LoggedModelQuery
            {
                ExperimentIds = request.ExperimentIds(),
                Filter = request.Text("filter"),
                OrderBy = [.. orders.Select(Order)],
                Datasets = [.. Datasets(request)],
                OrderDataset = ofOrders.SingleOrDefault(),
                Limit = request.Limit(DefaultLimit, MaxLimit),
                PageToken = request.PageToken(),
            },
            context.RequestAborted);
        return json =>
        {
            MlflowJson.WriteList(json, "models", page.Models, MlflowJson.WriteLoggedModel);
            MlflowJson.WritePageToken(json, page.NextPageToken);
        };
    }

    private async Task<WriteMembers> DeleteAsync(MlflowRequest request, HttpContext context)
    {
        await models.DeleteAsync(Id(context), context.RequestAborted);
        return static _ => { };
    }

    private async Task<WriteMembers> SetStatusAsync(MlflowRequest request, HttpContext context)
    {
        var status = request.RequiredText("status") switch
        {
            "LOGGED_MODEL_PENDING" => LoggedModelStatus.Pending,
            "LOGGED_MODEL_READY" => LoggedModelStatus.Ready,
            "LOGGED_MODEL_UPLOAD_FAILED" => LoggedModelStatus.UploadFailed,
            _ => throw request.Wrong("status", "must be LOGGED_MODEL_PENDING, LOGGED_MODEL_READY or LOGGED_MODEL_UPLOAD_FAILED"),
        };
        return Write(await models.SetStatusAsync(Id(context), status, context.RequestAborted));
    }

    private async Task<WriteMembers> LogParamsAsync(MlflowRequest request, HttpContext context)
    {
        await models.LogParamsAsync(Id(context), request.Pairs("params"), context.RequestAborted);
        return static _ => { };
    }

    private async Task<WriteMembers> SetTagsAsync(MlflowRequest request, HttpContext context)
    {
        await models.SetTagsAsync(Id(context), request.Pairs("tags"), context.RequestAborted);
        return static _ => { };
    }

    private async Task<WriteMembers> DeleteTagAsync(MlflowRequest request, HttpContext context)
    {
        await models.DeleteTagAsync(Id(context), (string)context.Request.RouteValues["key"]!, context.RequestAborted);
        return static _ => { };
    }

    private async Task<WriteMembers> ListArtifactsAsync(MlflowRequest request, HttpContext context)
    {
        var model = await models.GetAsync(Id(context), context.RequestAborted);
        return await MlflowArtifacts.ListAsync(artifacts.FolderOf(model), MlflowArtifacts.UriOf(model), request.Text("artifact_directory_path") ?? "", context.RequestAborted);
    }

    private static string Id(HttpContext context) => (string)context.Request.RouteValues["id"]!;

    private static IEnumerable<MeasuredOn> Datasets(MlflowRequest request)
    {
        var datasets = request.Objects("datasets");
        if (datasets.Count > MostDatasets)
            throw request.Wrong("datasets", FormattableString.Invariant($"has {datasets.Count} items; at most {MostDatasets} are taken at once"));
        return datasets.Select(Dataset);
    }

    private static MeasuredOn Dataset(MlflowRequest dataset) => new(
        dataset.Text("dataset_name") is { Length: > 0 } name ? name : throw dataset.Wrong("dataset_name", "is missing"), dataset.Text("dataset_digest") is { Length: > 0 } digest ? digest : null);

    /// <summary>A field with or without prefix; its key may hold what must be quoted.</summary>
    private static string Order(MlflowRequest order)
    {
        var field = order.RequiredText("field_name");
        var dot = field.IndexOf('.', StringComparison.Ordinal);
        var quoted = dot < 0 ? field : $"{field[..dot]}.`{field[(dot + 1)..].Trim('`').Replace("`", "``", StringComparison.Ordinal)}`";
        return order.Flag("ascending", otherwise: true) ? quoted : quoted + " DESC";
    }

    private static WriteMembers Write(LoggedModel model) => json =>
    {
        json.WriteStartObject("model");
        MlflowJson.WriteLoggedModel(json, model);
        json.WriteEndObject();
    };
}
