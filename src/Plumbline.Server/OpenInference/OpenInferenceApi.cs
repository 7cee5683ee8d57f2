using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Plumbline.Server.Hosting;
using Plumbline.Server.Predictions;
using Plumbline.Server.Problems;
using Plumbline.Server.Telemetry;

namespace Plumbline.Server.OpenInference;

/// <summary>The Open Inference Protocol over HTTP: docs/specs/open-inference.md.</summary>
internal sealed class OpenInferenceApi(ServerState state, PredictionApi predictions, ServerOptions options, TimeProvider time)
{
    private const string Root = "/v2", Live = "/v2/health/live", Ready = "/v2/health/ready", Model = "/v2/models/{model}", Version = "/v2/models/{model}/versions/{version}";
    private const string HeaderLength = "Inference-Header-Content-Length";

    /// <summary>Paths, over HTTP and gRPC, that say whether the server is there.</summary>
    public static readonly string[] Probes = [Live, Ready, "/inference.GRPCInferenceService/ServerLive", "/inference.GRPCInferenceService/ServerReady"];

    /// <summary>Whether a path is one of the protocol's.</summary>
    public static bool Has(PathString path) => path.StartsWithSegments(Root, StringComparison.Ordinal);

    public static void WriteProblem(Utf8JsonWriter json, Problem problem)
    {
        json.WriteStartObject();
        json.WriteString("error", problem.Detail);
        json.WriteEndObject();
    }

    public void Map(IEndpointRouteBuilder routes, ServerMetrics metrics)
    {
        Get(Root, context => WriteAsync(context, new DescribedServer(ServedTensors.Server, ServerMetrics.ProductVersion, ServedTensors.Extensions), OpenInferenceJson.Default.DescribedServer));
        Get(Live, context => WriteAsync(context, new ServerHealth(true, null), OpenInferenceJson.Default.ServerHealth));
        Get(Ready, context => WriteHealthAsync(context, state.IsReady, new ServerHealth(true, state.IsReady), OpenInferenceJson.Default.ServerHealth));
        foreach (var path in (string[])[Model, Version])
        {
            Get(path, DescribeAsync);
            Get(path + "/ready", ModelReadyAsync);
            routes.MapPost(path + "/infer", (RequestDelegate)InferAsync).WithMetadata(metrics.ForRoute(path + "/infer", HttpMethods.Post));
        }

        void Get(string path, RequestDelegate answer) => routes.MapGet(path, answer).WithMetadata(metrics.ForRoute(path, HttpMethods.Get));
    }

    private Task DescribeAsync(HttpContext context)
    {
        var (model, version) = Named(context);
        return WriteAsync(context, ServedTensors.Describe(state, model, version), OpenInferenceJson.Default.DescribedModel);
    }

    private Task ModelReadyAsync(HttpContext context)
    {
        var (model, version) = Named(context);
        var isReady = ServedTensors.IsReady(state, model, version);
        return WriteHealthAsync(context, isReady, new ModelHealth(model, isReady), OpenInferenceJson.Default.ModelHealth);
    }

    private Task InferAsync(HttpContext context) => predictions.TryRefuse(context) ? Task.CompletedTask : AnswerAsync(context);

    private async Task AnswerAsync(HttpContext context)
    {
        var deadline = Deadline.Of(context.Request, time, options.Timeout);
        RequestBody.CheckEncoding(context.Request);
        var call = predictions.Rent();
        try
        {
            await RequestBody.ReadAsync(context.Request, call.Body, deadline);
            var request = Read(context, call.Body);
            call.Protocol = request;
            await predictions.AnswerAsync(context, call, request.Read, deadline);
            var response = context.Response;
            response.ContentType = request.Header is null ? "application/json" : "application/octet-stream";
            if (request.Header is { } header)
                response.Headers[HeaderLength] = header.ToString(CultureInfo.InvariantCulture);
            response.ContentLength = call.Output.Length;
            response.BodyWriter.Write(call.Output);
        }
        finally
        {
            predictions.Return(call);
        }
    }

    private JsonInferRequest Read(HttpContext context, ArrayBufferWriter<byte> body)
    {
        var header = body.WrittenCount;
        if (context.Request.Headers.TryGetValue(HeaderLength, out var sent) && !(int.TryParse(sent, NumberStyles.None, CultureInfo.InvariantCulture, out header) && header <= body.WrittenCount))
            throw RequestJson.Invalid(new JsonPath(HeaderLength), $"must be the length of the JSON, at most that of the body, {body.WrittenCount}");
        var (model, version) = Named(context);
        var request = new JsonInferRequest(model, version);
        try
        {
            InferRequestReader.Read(body, header, options.Limits, request);
            return request;
        }
        catch (JsonException exception)
        {
            throw new ProblemException(Problem.InvalidJson(exception.Message));
        }
        catch (InvalidOperationException)
        {
            throw new ProblemException(Problem.InvalidJson("A string holds a lone surrogate."));
        }
    }

    private static (string Model, string? Version) Named(HttpContext context) => ((string)context.Request.RouteValues["model"]!, (string?)context.Request.RouteValues["version"]);

    private static Task WriteHealthAsync<T>(HttpContext context, bool isReady, T health, JsonTypeInfo<T> type)
    {
        context.Response.StatusCode = isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.Headers.CacheControl = "no-store";
        return WriteAsync(context, health, type);
    }

    private static Task WriteAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type) => context.Response.WriteAsJsonAsync(value, type, "application/json");
}

internal sealed record DescribedServer(string Name, string Version, string[] Extensions);

internal sealed record ServerHealth(bool Live, bool? Ready);

internal sealed record ModelHealth(string Name, bool Ready);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DescribedServer))]
[JsonSerializable(typeof(DescribedModel))]
[JsonSerializable(typeof(ServerHealth))]
[JsonSerializable(typeof(ModelHealth))]
internal sealed partial class OpenInferenceJson : JsonSerializerContext;
