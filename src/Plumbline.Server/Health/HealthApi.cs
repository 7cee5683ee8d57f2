using System.Text.Json.Serialization;
using Plumbline.Server.Hosting;
using Plumbline.Server.Telemetry;

namespace Plumbline.Server.Health;

/// <summary><c>GET /health</c>, <c>GET /readiness</c> and its older name <c>GET /ready</c>.</summary>
internal static class HealthApi
{
    public static void MapHealth(this IEndpointRouteBuilder routes, ServerState state, ServerMetrics metrics)
    {
        RequestDelegate health = context => context.Response.WriteAsJsonAsync(new Health("alive"), HealthJson.Default.Health);
        RequestDelegate readiness = context =>
        {
            string[] reasons = [.. state.Reasons()];
            context.Response.StatusCode = reasons.Length == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
            context.Response.Headers.CacheControl = "no-store";
            var answer = new Readiness(reasons.Length == 0 ? "ready" : "not ready", state.Model?.Version, reasons, [.. state.Model?.Aggregates?.Warnings() ?? []]);
            return context.Response.WriteAsJsonAsync(answer, HealthJson.Default.Readiness);
        };
        routes.MapGet("/health", health).WithMetadata(metrics.ForRoute("/health", HttpMethods.Get));
        foreach (var path in (string[])["/readiness", "/ready"])
            routes.MapGet(path, readiness).WithMetadata(metrics.ForRoute(path, HttpMethods.Get));
    }
}

internal sealed record Health(string Status);

internal sealed record Readiness(string Status, string? Version, string[] Reasons, string[] Warnings);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Health))]
[JsonSerializable(typeof(Readiness))]
internal sealed partial class HealthJson : JsonSerializerContext;
