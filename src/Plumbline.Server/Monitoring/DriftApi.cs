using System.Text;
using Plumbline.Server.Telemetry;

namespace Plumbline.Server.Monitoring;

/// <summary><c>GET /v1/drift</c>: what was found of the last hour of all servers, for each version that this one serves.</summary>
internal static class DriftApi
{
    private const string Path = "/v1/drift";

    public static void MapDrift(this IEndpointRouteBuilder routes, DriftMonitor drift, ServerMetrics metrics)
    {
        RequestDelegate found = async context =>
        {
            var reports = drift.Watched.Select(watched => watched.Latest?.ToJson()).OfType<string>().Order(StringComparer.Ordinal);
            context.Response.Headers.CacheControl = "no-store";
            context.Response.ContentType = "application/json";
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes($$"""{"drift":[{{string.Join(',', reports)}}]}"""), context.RequestAborted);
        };
        routes.MapGet(Path, found).WithMetadata(metrics.ForRoute(Path, HttpMethods.Get));
    }
}
