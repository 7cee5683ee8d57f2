using System.Text.Json.Serialization;
using Plumbline.Server.Hosting;
using Plumbline.Server.Telemetry;

namespace Plumbline.Server.Health;

/// <summary><c>GET /health</c>, <c>GET /readiness</c> and its older name <c>GET /ready</c>.</summary>
internal static class HealthApi
{
    // What balancers ask with: Kestrel answers HEAD without the body.
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    public static void MapHealth(this IEndpointRouteBuilder routes, ServerState state, ServerMetrics metrics)
    {
        RequestDelegate health = context => context.Response.WriteAsJsonAsync(new Health("alive"), HealthJson.Default.Health);
        RequestDelegate readiness = context =>
        {
            string[] reasons = [.. state.Reasons()];
            context.Response.StatusCode = reasons.Length == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
            context.Response.Headers.CacheControl = "no-store";
            return context.Response.WriteAsJsonAsync(Read(state, reasons), HealthJson.Default.Readiness);
        };
        routes.MapMethods("/health", Methods, health).WithMetadata(metrics.ForRoute("/health", HttpMethods.Get));
        foreach (var path in (string[])["/readiness", "/ready"])
            routes.MapMethods(path, Methods, readiness).WithMetadata(metrics.ForRoute(path, HttpMethods.Get));
    }

    private static Readiness Read(ServerState state, string[] reasons)
    {
        var status = reasons.Length == 0 ? "ready" : "not ready";
        if (state.Enter() is not { } serving)
            return new Readiness(status, null, 0, [], reasons, [.. state.Stale, .. state.Unkept()]);
        try
        {
            var traffic = serving.Arms.Select(arm => new ServedShare(arm.Generation.Model.Version, arm.Share, arm.Generation.Number)).ToArray();
            var warnings = serving.Generations.SelectMany(generation => generation.Model.Aggregates?.Warnings() ?? []).Distinct(StringComparer.Ordinal).Concat(state.Stale).Concat(state.Unkept());
            return new Readiness(status, serving.Stable.Generation.Model.Version, serving.Revision, traffic, reasons, [.. warnings]);
        }
        finally
        {
            serving.Leave();
        }
    }
}

/// <param name="Revision">Of the traffic plan; 0 where there is none.</param>
/// <param name="Traffic">Stable first.</param>
internal sealed record Readiness(string Status, string? Version, long Revision, ServedShare[] Traffic, string[] Reasons, string[] Warnings);

internal sealed record ServedShare(string Version, double Share, int Generation);

internal sealed record Health(string Status);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Health))]
[JsonSerializable(typeof(Readiness))]
internal sealed partial class HealthJson : JsonSerializerContext;
