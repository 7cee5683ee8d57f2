using Plumbline.Registry;
using Plumbline.Server.Problems;

namespace Plumbline.Server.Mlflow;

/// <summary><c>/mlflow/registered-models/…</c></summary>
internal sealed class RegisteredModelsApi(ModelRegistry registry)
{
    /// <summary>In the audit trail: whoever came over this API.</summary>
    public const string Actor = "mlflow";

    private const int DefaultLimit = 100;
    private const int MaxLimit = 1000;

    public void Map(MlflowRoutes routes)
    {
        routes.Map("POST", "registered-models/create", CreateAsync, conflictMeansExists: true);
        routes.Map("GET", "registered-models/get", async (request, context) => RegistryJson.Model(await registry.GetModelAsync(Name(request), context.RequestAborted)));
        routes.Map("POST", "registered-models/rename", RenameAsync, conflictMeansExists: true);
        routes.Map("PATCH", "registered-models/update", DescribeAsync);
        routes.Map("DELETE", "registered-models/delete", DeleteAsync);
        routes.Map("GET", "registered-models/search", SearchAsync);
        routes.Map("POST", "registered-models/set-tag", SetTagAsync);
        routes.Map("DELETE", "registered-models/delete-tag", DeleteTagAsync);
        routes.Map("GET", "registered-models/get-latest-versions", LatestAsync);
        routes.Map("POST", "registered-models/get-latest-versions", LatestAsync);
        routes.Map("POST", "registered-models/alias", SetAliasAsync);
        routes.Map("GET", "registered-models/alias", GetByAliasAsync);
        routes.Map("DELETE", "registered-models/alias", DeleteAliasAsync);
    }

    /// <summary>Of a model; an empty one is missing, as MLflow has it.</summary>
    public static string Name(MlflowRequest request) => request.RequiredText("name") is { Length: > 0 } name ? name : throw request.Wrong("name", "is empty");

    public static long Version(MlflowRequest request) => request.Integer("version") is { } version and > 0 ? version : throw request.Wrong("version", "must be a whole number from 1");

    public static ModelStage Stage(MlflowRequest request, string parameter, string stage)
    {
        foreach (var known in Enum.GetValues<ModelStage>())
        {
            if (known.ToString().Equals(stage, StringComparison.OrdinalIgnoreCase))
                return known;
        }
        throw request.Wrong(parameter, $"is '{Problem.Shorten(stage)}'; stages are {string.Join(", ", Enum.GetNames<ModelStage>())}");
    }

    private async Task<WriteMembers> CreateAsync(MlflowRequest request, HttpContext context) => RegistryJson.Model(
        await registry.CreateModelAsync(Name(request), request.Text("description") ?? "", request.Pairs("tags"), Actor, context.RequestAborted));

    private async Task<WriteMembers> RenameAsync(MlflowRequest request, HttpContext context) =>
        RegistryJson.Model(await registry.RenameModelAsync(Name(request), request.RequiredText("new_name"), Actor, context.RequestAborted));

    private async Task<WriteMembers> DescribeAsync(MlflowRequest request, HttpContext context) => RegistryJson.Model(request.Text("description") is { } description
        ? await registry.DescribeModelAsync(Name(request), description, Actor, context.RequestAborted)
        : await registry.GetModelAsync(Name(request), context.RequestAborted));

    private async Task<WriteMembers> DeleteAsync(MlflowRequest request, HttpContext context)
    {
        await registry.DeleteModelAsync(Name(request), Actor, context.RequestAborted);
        return static _ => { };
    }

    private async Task<WriteMembers> SearchAsync(MlflowRequest request, HttpContext context)
    {
        var page = await registry.SearchModelsAsync(
            new RegistryQuery
            {
                Filter = request.Text("filter"), OrderBy = request.Texts("order_by"), Limit = request.Limit(DefaultLimit, MaxLimit), PageToken = request.PageToken(),
            },
            context.RequestAborted);
        return json =>
        {
            MlflowJson.WriteList(json, "registered_models", page.Models, RegistryJson.WriteModel);
            MlflowJson.WritePageToken(json, page.NextPageToken);
        };
    }

    private async Task<WriteMembers> SetTagAsync(MlflowRequest request, HttpContext context)
    {
        await registry.SetModelTagAsync(Name(request), request.RequiredText("key"), request.Text("value") ?? "", Actor, context.RequestAborted);
        return static _ => { };
    }

    private async Task<WriteMembers> DeleteTagAsync(MlflowRequest request, HttpContext context)
    {
        await registry.DeleteModelTagAsync(Name(request), request.RequiredText("key"), Actor, context.RequestAborted);
        return static _ => { };
    }

    private async Task<WriteMembers> LatestAsync(MlflowRequest request, HttpContext context)
    {
        ModelStage[] stages = [.. request.Texts("stages").Select(stage => Stage(request, "stages", stage))];
        var model = await registry.GetModelAsync(Name(request), context.RequestAborted);
        return json => MlflowJson.WriteList(
            json, "model_versions", model.LatestVersions.Where(version => stages.Length == 0 || stages.Contains(version.Stage)), RegistryJson.WriteVersion);
    }

    private async Task<WriteMembers> SetAliasAsync(MlflowRequest request, HttpContext context)
    {
        await registry.SetClientAliasAsync(Name(request), request.RequiredText("alias"), Version(request), Actor, "", context.RequestAborted);
        return static _ => { };
    }

    private async Task<WriteMembers> GetByAliasAsync(MlflowRequest request, HttpContext context)
    {
        var (name, alias) = (Name(request), request.RequiredText("alias"));
        var model = await registry.GetModelAsync(name, context.RequestAborted);
        // MLflow answers 400 here, and its clients tell a missing alias by it.
        return model.Aliases.TryGetValue(alias, out var version)
            ? RegistryJson.Version(await registry.GetVersionAsync(name, version, context.RequestAborted))
            : throw request.Wrong("alias", $"is '{Problem.Shorten(alias)}', which model '{Problem.Shorten(name)}' does not have; it has: {(model.Aliases.Count > 0 ? string.Join(", ", model.Aliases.Keys) : "none")}");
    }

    private async Task<WriteMembers> DeleteAliasAsync(MlflowRequest request, HttpContext context)
    {
        await registry.DeleteAliasAsync(Name(request), request.RequiredText("alias"), Actor, "", context.RequestAborted);
        return static _ => { };
    }
}
