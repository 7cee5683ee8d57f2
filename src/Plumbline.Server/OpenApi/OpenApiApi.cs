using Plumbline.Server.Telemetry;

namespace Plumbline.Server.OpenApi;

/// <summary>
/// <c>GET /openapi/v1.json</c>: written by hand, since the endpoints read and write their bodies without types that a generator could see,
/// and a generator would cost a tenth of the start-up. Tests hold it to what the server does.
/// </summary>
internal static class OpenApiApi
{
    public static void MapOpenApi(this IEndpointRouteBuilder routes, ServerMetrics metrics) =>
        routes.MapGet("/openapi/v1.json", async context =>
        {
            await using var document = typeof(OpenApiApi).Assembly.GetManifestResourceStream("Plumbline.Server.OpenApi.v1.json")!;
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = document.Length;
            await document.CopyToAsync(context.Response.Body, context.RequestAborted);
        }).WithMetadata(metrics.ForRoute("/openapi/v1.json", HttpMethods.Get));
}
