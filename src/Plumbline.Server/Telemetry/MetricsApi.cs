using Prometheus;

namespace Plumbline.Server.Telemetry;

/// <summary><c>GET /metrics</c> in Prometheus' text format, or with exemplars as OpenMetrics where that is asked for.</summary>
internal static class MetricsApi
{
    private const string OpenMetrics = "application/openmetrics-text";

    public static void MapMetrics(this IEndpointRouteBuilder routes, ServerMetrics metrics)
    {
        RequestDelegate collect = context =>
        {
            var isOpen = context.Request.Headers.Accept.Any(accepted => accepted?.Contains(OpenMetrics, StringComparison.OrdinalIgnoreCase) == true);
            context.Response.ContentType = isOpen ? $"{OpenMetrics}; version=1.0.0; charset=utf-8" : "text/plain; version=0.0.4; charset=utf-8";
            return metrics.Registry.CollectAndExportAsTextAsync(
                context.Response.Body, isOpen ? ExpositionFormat.OpenMetricsText : ExpositionFormat.PrometheusText, context.RequestAborted);
        };
        routes.MapGet("/metrics", collect).WithMetadata(metrics.ForRoute("/metrics", HttpMethods.Get));
    }
}
