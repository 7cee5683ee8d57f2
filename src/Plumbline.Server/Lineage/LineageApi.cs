using System.Globalization;
using System.Text;
using Plumbline.Pipelines.Lineage;
using Plumbline.Server.Problems;
using Plumbline.Server.Telemetry;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;

namespace Plumbline.Server.Lineage;

/// <summary><c>GET /api/v1/lineage/{id}</c>: docs/specs/lineage.md. The id may hold slashes, as it is or percent-encoded.</summary>
internal static class LineageApi
{
    private const string Route = "/api/v1/lineage/{**id}";

    public static void MapLineage(this IEndpointRouteBuilder routes, SharedArtifacts artifacts, IMetadataStore store, ServerMetrics metrics, TimeProvider time)
    {
        var lineage = new LineageReader(store, artifacts, time);
        RequestDelegate answer = async context =>
        {
            var id = Uri.UnescapeDataString((string?)context.GetRouteValue("id") ?? "");
            if (id.Length == 0)
                throw new ProblemException(Problem.NotFound(context.Request.Path));
            var graph = await ReadAsync(lineage, id, context);
            var body = Encoding.UTF8.GetBytes(graph.ToJson());
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = body.Length;
            await context.Response.BodyWriter.WriteAsync(body, context.RequestAborted);
        };
        routes.MapGet(Route, answer).WithMetadata(metrics.ForRoute(Route, HttpMethods.Get));
    }

    private static async Task<LineageGraph> ReadAsync(LineageReader lineage, string id, HttpContext context)
    {
        var query = context.Request.Query;
        var (direction, depth) = (LineageDirection.Both, (int?)null);
        if (query.TryGetValue("direction", out var way) && !(Enum.TryParse(way, ignoreCase: true, out direction) && Enum.IsDefined(direction)))
            throw new ProblemException(Problem.InvalidRequest("direction", "must be up, down or both"));
        if (query.TryGetValue("depth", out var steps))
            depth = int.TryParse(steps, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new ProblemException(Problem.InvalidRequest("depth", "must be a whole number from 0"));
        try
        {
            return await lineage.ReadAsync(id, direction, depth, context.RequestAborted);
        }
        catch (MetadataException exception)
        {
            throw ProblemException.OfStore(Problem.OfStore(exception), exception);
        }
    }
}
