using Plumbline.Server.Telemetry;

namespace Plumbline.Server.TryPage;

/// <summary><c>GET /</c>: a page to try the model, with its script and style sheet; it asks nothing of anybody else.</summary>
internal static class TryPageApi
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void MapTryPage(this IEndpointRouteBuilder routes, ServerMetrics metrics)
    {
        routes.MapPage("/", "try.html", "text/html; charset=utf-8", metrics);
        routes.MapPage("/try.css", "try.css", "text/css; charset=utf-8", metrics);
        routes.MapPage("/try.js", "try.js", "text/javascript; charset=utf-8", metrics);
    }

    private static void MapPage(this IEndpointRouteBuilder routes, string path, string resource, string mediaType, ServerMetrics metrics) =>
        routes.MapGet(path, async context =>
        {
            var headers = context.Response.Headers;
            headers.ContentSecurityPolicy = Policy;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            headers.CacheControl = "no-cache";
            context.Response.ContentType = mediaType;
            await using var content = typeof(TryPageApi).Assembly.GetManifestResourceStream($"Plumbline.Server.TryPage.{resource}")!;
            context.Response.ContentLength = content.Length;
            await content.CopyToAsync(context.Response.Body, context.RequestAborted);
        }).WithMetadata(metrics.ForRoute(path, HttpMethods.Get));
}
