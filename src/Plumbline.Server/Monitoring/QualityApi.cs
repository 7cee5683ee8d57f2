using System.Text;
using Plumbline.Server.Telemetry;

namespace Plumbline.Server.Monitoring;

/// <summary><c>GET /v1/quality</c>: how right the answers of the last days were, and what is to be done, for each version that this server serves.</summary>
internal static class QualityApi
{
    private const string Path = "/v1/quality";

    public static void MapQuality(this IEndpointRouteBuilder routes, DriftMonitor drift, ServerMetrics metrics)
    {
        RequestDelegate found = async context =>
        {
            var known = drift.Watched.Select(watched => watched.Found).Where(found => found is not null).OrderBy(found => found!.Version, StringComparer.Ordinal).ToArray();
            var reports = string.Join(',', known.Select(found => found!.Quality?.ToJson()).OfType<string>());
            var decisions = string.Join(',', known.Select(found => found!.Decision.ToJson()));
            context.Response.Headers.CacheControl = "no-store";
            context.Response.ContentType = "application/json";
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes($$"""{"quality":[{{reports}}],"decisions":[{{decisions}}]}"""), context.RequestAborted);
        };
        routes.MapGet(Path, found).WithMetadata(metrics.ForRoute(Path, HttpMethods.Get));
    }
}
