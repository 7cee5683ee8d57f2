namespace Plumbline.Server.Telemetry;

/// <summary><c>GET /metrics</c> in Prometheus' text format.</summary>
internal static class MetricsApi
{
    public static void MapMetrics(this IEndpointRouteBuilder routes, ServerMetrics metrics)
    {
        RequestDelegate collect = context =>
        {
            context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
            return metrics.Registry.CollectAndExportAsTextAsync(context.Response.Body, context.RequestAborted);
        };
        routes.MapGet("/metrics", collect).WithMetadata(metrics.ForRoute("/metrics", HttpMethods.Get));
    }
}
