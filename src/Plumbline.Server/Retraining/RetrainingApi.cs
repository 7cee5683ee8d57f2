using System.Text.Json.Nodes;
using Plumbline.Pipelines.Retraining;
using Plumbline.Server.Problems;
using Plumbline.Server.Telemetry;
using Plumbline.Server.Traffic;
using Plumbline.Storage;

namespace Plumbline.Server.Retraining;

/// <summary><c>/v1/retraining</c>: cycles of the model that is served, by the rules of <see cref="RetrainingStore"/>.</summary>
internal sealed class RetrainingApi(TrafficControl control, TimeProvider time)
{
    private const string Path = "/v1/retraining";
    private const string One = Path + "/{id}";

    private string Model => control.Deployment.Model;

    public void Map(IEndpointRouteBuilder routes, ServerMetrics metrics)
    {
        routes.MapGet(Path, ListAsync).WithMetadata(metrics.ForRoute(Path, HttpMethods.Get));
        routes.MapPost(Path, RequestAsync).WithMetadata(metrics.ForRoute(Path, HttpMethods.Post));
        routes.MapGet(One, GetAsync).WithMetadata(metrics.ForRoute(One, HttpMethods.Get));
        Answer("approve", (cycles, id, actor, reason, stop) => cycles.ApproveAsync(id, actor, reason, stop));
        Answer("reject", (cycles, id, actor, reason, stop) => cycles.RejectAsync(id, actor, reason, stop));

        void Answer(string action, Func<RetrainingStore, string, string, string, CancellationToken, Task<RetrainingCycle>> answer) =>
            routes.MapPost($"{One}/{action}", context => AnswerAsync(context, answer)).WithMetadata(metrics.ForRoute($"{One}/{action}", HttpMethods.Post));
    }

    private async Task ListAsync(HttpContext context)
    {
        var cycles = await control.DoAsync(context, (store, stop) => Cycles(store).ListAsync(Model, stop));
        await TrafficControl.AnswerAsync(context, StatusCodes.Status200OK, new JsonObject { ["retraining"] = new JsonArray([.. cycles.Select(Json)]) });
    }

    private async Task GetAsync(HttpContext context) =>
        await TrafficControl.AnswerAsync(context, StatusCodes.Status200OK, Json(await control.DoAsync(context, (store, stop) => FindAsync(context, store, stop))));

    private async Task RequestAsync(HttpContext context)
    {
        var actor = control.Authorize(context);
        var reason = await ReasonAsync(context);
        var cycle = await control.DoAsync(context, (store, stop) => Cycles(store).RequestAsync(Model, actor, reason, stop));
        context.Response.Headers.Location = $"{Path}/{cycle.Id}";
        await TrafficControl.AnswerAsync(context, StatusCodes.Status201Created, Json(cycle));
    }

    private async Task AnswerAsync(HttpContext context, Func<RetrainingStore, string, string, string, CancellationToken, Task<RetrainingCycle>> answer)
    {
        var actor = control.Authorize(context);
        var reason = await ReasonAsync(context);
        var cycle = await control.DoAsync(context, async (store, stop) => await answer(Cycles(store), (await FindAsync(context, store, stop)).Id, actor, reason, stop));
        await TrafficControl.AnswerAsync(context, StatusCodes.Status200OK, Json(cycle));
    }

    private async Task<string> ReasonAsync(HttpContext context) => TrafficControl.Text(await control.ReadAsync(context), "reason") is { } reason && !string.IsNullOrWhiteSpace(reason)
        ? reason : throw new ProblemException(Problem.InvalidRequest("$.reason", "must say why, for the story and the audit trail"));

    /// <summary>Of this model: what others serve is no business of who has a key here.</summary>
    private async Task<RetrainingCycle> FindAsync(HttpContext context, IMetadataStore store, CancellationToken stop)
    {
        var id = (string)context.GetRouteValue("id")!;
        var cycle = await Cycles(store).GetAsync(id, stop);
        return cycle.Model == Model ? cycle : throw new MetadataException(MetadataError.NotFound, $"There is no retraining '{Problem.Shorten(id)}' of {Model}.");
    }

    private RetrainingStore Cycles(IMetadataStore store) => new(store, time);

    private static JsonNode Json(RetrainingCycle cycle) => JsonNode.Parse(cycle.ToJson())!;
}
