using System.Text.Json.Nodes;
using Plumbline.Inference.Routing;
using Plumbline.Server.Problems;
using Plumbline.Server.Telemetry;
using Plumbline.Storage;

namespace Plumbline.Server.Traffic;

/// <summary><c>PUT /v1/traffic</c>: replaces the traffic plan of the model, by the rules of <see cref="TrafficPlans"/>.</summary>
internal sealed class TrafficPlanApi(TrafficControl control, TimeProvider time)
{
    private const string Path = "/v1/traffic";

    public void Map(IEndpointRouteBuilder routes, ServerMetrics metrics) => routes.MapPut(Path, SetAsync).WithMetadata(metrics.ForRoute(Path, HttpMethods.Put));

    private async Task SetAsync(HttpContext context)
    {
        var actor = control.Authorize(context);
        if (!TrafficControl.TryReadExpected(context.Request, out var expected))
            throw new ProblemException(Problem.RevisionMissing());
        var body = await control.ReadAsync(context);
        var (plan, reason, model) = (PlanOf(body), TrafficControl.Text(body, "reason") ?? "", control.Deployment.Model);
        var stored = await control.DoAsync(context, (store, cancellation) => new TrafficPlans(store, time).SetAsync(model, plan, expected, actor, reason, cancellation));
        context.Response.Headers.ETag = TrafficControl.ETagOf(stored.Revision);
        await TrafficControl.AnswerAsync(context, StatusCodes.Status200OK, new JsonObject { ["model"] = model, ["revision"] = stored.Revision, ["plan"] = JsonNode.Parse(stored.Plan.ToJson()) });
    }

    private static TrafficPlan PlanOf(JsonObject body)
    {
        if (body["plan"] is not JsonObject plan)
            throw new ProblemException(Problem.InvalidRequest("$.plan", "must be an object; {} gives all to the champion"));
        try
        {
            return TrafficPlan.Parse(plan.ToJsonString());
        }
        catch (MetadataException exception)
        {
            throw new ProblemException(Problem.InvalidRequest("$.plan", $"cannot be: {exception.Message.TrimEnd('.')}"));
        }
    }
}
