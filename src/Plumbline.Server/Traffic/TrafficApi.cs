using System.Text.Json;
using System.Text.Json.Serialization;
using Plumbline.Inference.Routing;
using Plumbline.Rollouts;
using Plumbline.Server.Generations;
using Plumbline.Server.Hosting;
using Plumbline.Server.Problems;
using Plumbline.Server.Telemetry;
using Plumbline.Statistics;

namespace Plumbline.Server.Traffic;

/// <summary><c>GET /v1/traffic</c>: which versions answer at this server, what it counted of each, and how shadows differ from stable.</summary>
internal static class TrafficApi
{
    private const string Path = "/v1/traffic";

    public static void MapTraffic(this IEndpointRouteBuilder routes, ServerState state, ServerMetrics metrics)
    {
        RequestDelegate traffic = context =>
        {
            var serving = state.Enter() ?? throw new ProblemException(Problem.NotReady());
            try
            {
                context.Response.Headers.CacheControl = "no-store";
                context.Response.Headers.ETag = TrafficControl.ETagOf(serving.Revision);
                return context.Response.WriteAsJsonAsync(Read(serving), TrafficApiJson.Default.Traffic);
            }
            finally
            {
                serving.Leave();
            }
        };
        routes.MapGet(Path, traffic).WithMetadata(metrics.ForRoute(Path, HttpMethods.Get));
    }

    private static Traffic Read(ServingSet serving)
    {
        var stable = serving.Stable.Recorder.Total();
        return new Traffic(
            serving.Revision, serving.Plan, [.. serving.Arms.Select(Counted)],
            [.. serving.Shadows.Select(shadow => ShadowReport.Of(serving.Stable.Generation.Model.Version, stable, shadow.Generation.Model.Version, shadow.Recorder.Total()))]);
    }

    private static CountedVersion Counted(ServedArm arm)
    {
        var sums = arm.Recorder.Total();
        return new CountedVersion(
            arm.Generation.Model.Version, arm.Share, arm.Recorder.Since, sums.Requests, sums.Errors, Quantile(sums.Latency, 0.5), Quantile(sums.Latency, 0.99),
            sums.Confidence.Count == 0 ? null : sums.Confidence.Sum / sums.Confidence.Count, sums.Predicted);
    }

    private static double? Quantile(LatencyHistogram latency, double quantile) => latency.Count == 0 ? null : latency.Quantile(quantile);
}

/// <param name="Revision">Of the plan; 0 where there is none.</param>
/// <param name="Versions">Stable first.</param>
internal sealed record Traffic(long Revision, TrafficPlan Plan, CountedVersion[] Versions, ShadowReport[] Shadows);

/// <param name="Errors">By the server's fault, or too slow.</param>
/// <param name="P50Us">Microseconds from the whole body to the answer; likewise <paramref name="P99Us"/>. Null before the first.</param>
/// <param name="Confidence">Mean probability of the answered labels.</param>
/// <param name="Predicted">Texts by label.</param>
internal sealed record CountedVersion(
    string Version, double Share, DateTimeOffset Since, long Requests, long Errors, double? P50Us, double? P99Us, double? Confidence, IReadOnlyDictionary<string, long> Predicted);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(RoutingUnitConverter)])]
[JsonSerializable(typeof(Traffic))]
internal sealed partial class TrafficApiJson : JsonSerializerContext
{
    private sealed class RoutingUnitConverter() : JsonStringEnumConverter<RoutingUnit>(JsonNamingPolicy.SnakeCaseLower);
}
