using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Plumbline.Server.Mlflow;
using Plumbline.Server.OpenInference;
using Plumbline.Server.Telemetry;

namespace Plumbline.Server.Problems;

internal static class ProblemResponse
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private const string NoTrace = "00000000000000000000000000000000";
    private static readonly ReportedProblem OverloadedReport = new(Problem.Overloaded(TimeSpan.Zero));
    private static readonly byte[] Overloaded = Bytes(json => Write(json, OverloadedReport.Problem, NoTrace));
    private static readonly byte[] OverloadedInference = Bytes(json => OpenInferenceApi.WriteProblem(json, OverloadedReport.Problem));
    private static readonly int TracePlace = Overloaded.AsSpan().IndexOf(Encoding.ASCII.GetBytes(NoTrace));

    /// <summary>In the shape of the interface that the request came through.</summary>
    public static async Task WriteAsync(HttpContext context, Problem problem)
    {
        if (GrpcProblem.IsGrpc(context.Request))
        {
            GrpcProblem.Write(context, problem);
            return;
        }
        var isMlflow = MlflowRoutes.Has(context.Request.Path);
        var isInference = OpenInferenceApi.Has(context.Request.Path);
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body, Readable))
        {
            if (isMlflow)
                MlflowProblem.Write(json, problem);
            else if (isInference)
                OpenInferenceApi.WriteProblem(json, problem);
            else
                Write(json, problem, TraceId.ToHex(TraceId.Of(context)));
        }

        var response = context.Response;
        response.StatusCode = problem.Status;
        response.ContentType = isMlflow || isInference ? "application/json" : "application/problem+json";
        response.ContentLength = body.WrittenCount;
        response.Headers.CacheControl = "no-store";
        if (problem.RetryAfter is { } wait)
            response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        if (problem.Status == StatusCodes.Status401Unauthorized)
            response.Headers.WWWAuthenticate = "Bearer";
        await response.BodyWriter.WriteAsync(body.WrittenMemory);
    }

    /// <summary>
    /// As <see cref="WriteAsync"/> does of <see cref="Problem.Overloaded"/>, at the least cost: what says so is the same each time, and only the trace is not. The caller counts it.
    /// </summary>
    public static void WriteOverloaded(HttpContext context, TimeSpan retryAfter)
    {
        var response = context.Response;
        var isInference = OpenInferenceApi.Has(context.Request.Path);
        var body = isInference ? OverloadedInference : Overloaded;
        context.Features.Set(OverloadedReport);
        response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        response.ContentType = isInference ? "application/json" : "application/problem+json";
        response.ContentLength = body.Length;
        response.Headers.CacheControl = "no-store";
        response.Headers.RetryAfter = retryAfter <= TimeSpan.FromSeconds(1) ? "1" : Math.Ceiling(retryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        var target = response.BodyWriter.GetSpan(body.Length);
        body.CopyTo(target);
        if (!isInference)
            TraceId.Of(context).TryFormat(target[TracePlace..], out _, "x32", CultureInfo.InvariantCulture);
        response.BodyWriter.Advance(body.Length);
    }

    /// <summary>Ends a stream of events that has begun.</summary>
    public static async Task WriteEventAsync(HttpContext context, Problem problem)
    {
        var body = new ArrayBufferWriter<byte>();
        body.Write("event: error\ndata: "u8);
        using (var json = new Utf8JsonWriter(body, Readable))
            Write(json, problem, TraceId.ToHex(TraceId.Of(context)));
        body.Write("\n\n"u8);
        await context.Response.BodyWriter.WriteAsync(body.WrittenMemory);
    }

    private static byte[] Bytes(Action<Utf8JsonWriter> write)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body, Readable))
            write(json);
        return body.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter json, Problem problem, string traceId)
    {
        json.WriteStartObject();
        json.WriteString("type", $"urn:plumbline:problem:{problem.Kind}");
        json.WriteString("title", problem.Title);
        json.WriteNumber("status", problem.Status);
        json.WriteString("detail", problem.Detail);
        json.WriteString("traceId", traceId);
        if (problem.Path is not null)
        {
            json.WriteStartObject("errors");
            json.WriteStartArray(problem.Path);
            json.WriteStringValue(problem.Fault);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }
}
