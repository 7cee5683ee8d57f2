using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Plumbline.Server.Predictions;
using Plumbline.Server.Problems;
using Plumbline.Server.Telemetry;
using Plumbline.Storage;

namespace Plumbline.Server.Mlflow;

/// <summary>Writes the members of the answer.</summary>
internal delegate void WriteMembers(Utf8JsonWriter json);

/// <param name="context">For values of the route.</param>
internal delegate Task<WriteMembers> MlflowHandler(MlflowRequest request, HttpContext context);

/// <summary>
/// Puts endpoints under both of MLflow's prefixes, reads their requests and writes their answers: always 200 with a JSON object, or an error.
/// </summary>
internal sealed class MlflowRoutes(IEndpointRouteBuilder routes, ServerMetrics metrics, TimeSpan timeout, TimeProvider time)
{
    private static readonly string[] Prefixes = ["/api/2.0", "/ajax-api/2.0"];

    /// <summary>Where traces, data sets to evaluate on and the like would be: there is nothing, and clients are told so as they expect.</summary>
    private static readonly string[] EmptyPrefixes = ["/api/3.0", "/ajax-api/3.0", "/v1/traces"];
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Whether a path is one of MLflow's, known or not.</summary>
    public static bool Has(PathString path)
    {
        foreach (var prefix in Prefixes.Concat(EmptyPrefixes))
        {
            if (path.StartsWithSegments(prefix, StringComparison.Ordinal))
                return true;
        }
        return false;
    }

    /// <summary>For <paramref name="path"/> of the tracking API, such as <c>runs/get</c>.</summary>
    /// <param name="conflictMeansExists">Whether what stands in the way of this call is a thing of the same name.</param>
    public void Map(string method, string path, MlflowHandler handle, bool conflictMeansExists = false) => MapRaw(
        method, $"/mlflow/{path}",
        async context =>
        {
            var request = HttpMethods.IsGet(method) ? MlflowRequest.OfQuery(context.Request.Query) : await ReadAsync(context);
            await WriteAsync(context, await handle(request, context));
        },
        conflictMeansExists);

    /// <summary>For what reads or writes its body itself.</summary>
    public void MapRaw(string method, string path, RequestDelegate handle, bool conflictMeansExists = false)
    {
        foreach (var prefix in Prefixes)
        {
            RequestDelegate guarded = async context =>
            {
                try
                {
                    await handle(context);
                }
                catch (MetadataException exception)
                {
                    throw ProblemException.OfStore(MlflowProblem.Of(exception, conflictMeansExists), exception);
                }
            };
            routes.MapMethods(prefix + path, [method], guarded).WithMetadata(metrics.ForRoute(prefix + path, method));
        }
    }

    public static async Task WriteAsync(HttpContext context, WriteMembers write)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body, Readable))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.WrittenCount;
        await context.Response.BodyWriter.WriteAsync(body.WrittenMemory, context.RequestAborted);
    }

    private async Task<MlflowRequest> ReadAsync(HttpContext context)
    {
        // Pages of other sites may POST forms, plain text and nothing here, but not JSON, and send no other method.
        if (!HttpMethods.IsPost(context.Request.Method) && context.Features.GetRequiredFeature<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false })
            return MlflowRequest.OfBody([]);
        RequestBody.CheckMediaType(context.Request);
        var body = new ArrayBufferWriter<byte>();
        try
        {
            await RequestBody.ReadAsync(context.Request, body, new Deadline(time, timeout));
        }
        catch (ProblemException exception) when (exception.Problem.Status == StatusCodes.Status504GatewayTimeout)
        {
            throw new ProblemException(exception.Problem with { Detail = $"The body did not arrive within {timeout.TotalSeconds} s; send it again." });
        }
        return MlflowRequest.OfBody(body.WrittenSpan);
    }
}
