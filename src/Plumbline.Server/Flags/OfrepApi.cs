using System.Buffers;
using System.IO.Hashing;
using System.Text.Json;
using Plumbline.Inference.Flags;
using Plumbline.Server.Predictions;
using Plumbline.Server.Problems;
using Plumbline.Server.Telemetry;

namespace Plumbline.Server.Flags;

/// <summary>
/// OpenFeature's Remote Evaluation Protocol (OFREP 0.1, <c>github.com/open-feature/protocol</c>): one flag, and all flags with an ETag. Errors are in its shape, but for those that say who may not ask.
/// </summary>
internal sealed class OfrepApi(ServedFlags flags, ServerOptions options, TimeProvider time)
{
    private const string All = "/ofrep/v1/evaluate/flags", One = "/ofrep/v1/evaluate/flags/{key}";

    public void Map(IEndpointRouteBuilder routes, ServerMetrics metrics)
    {
        routes.MapPost(One, EvaluateOneAsync).WithMetadata(metrics.ForRoute(One, HttpMethods.Post));
        routes.MapPost(All, EvaluateAllAsync).WithMetadata(metrics.ForRoute(All, HttpMethods.Post));
    }

    private async Task EvaluateOneAsync(HttpContext context)
    {
        var key = (string)context.Request.RouteValues["key"]!;
        var current = flags.Current;
        var (asked, error) = await ReadAsync(context);
        var found = error is null ? current.Find(key) : null;
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, AnswerWriter.Options))
        {
            error ??= found is null ? OfrepError.NotFound(key) : Missing(current, found, asked!);
            if (error is null)
                await WriteAsync(json, current, found!, asked!);
            else
                error.Write(json, key);
        }
        context.Response.StatusCode = error?.Status ?? StatusCodes.Status200OK;
        await SendAsync(context, output);
    }

    private async Task EvaluateAllAsync(HttpContext context)
    {
        var current = flags.Current;
        var (asked, error) = await ReadAsync(context);
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, AnswerWriter.Options))
        {
            if (error is not null)
                error.Write(json, null);
            else
                await WriteAllAsync(json, current, asked!);
        }
        if (error is null)
        {
            var tag = $"\"{Convert.ToHexStringLower(XxHash128.Hash(output.WrittenSpan))}\"";
            context.Response.Headers.ETag = tag;
            if (IsKnown(context.Request, tag))
            {
                context.Response.StatusCode = StatusCodes.Status304NotModified;
                return;
            }
        }
        context.Response.StatusCode = error?.Status ?? StatusCodes.Status200OK;
        await SendAsync(context, output);
    }

    private async Task WriteAllAsync(Utf8JsonWriter json, FlagsInForce current, FlagContext asked)
    {
        json.WriteStartObject();
        json.WriteStartArray("flags"u8);
        foreach (var flag in current.All)
        {
            if (Missing(current, flag, asked) is { } error)
                error.Write(json, flag.Name);
            else
                await WriteAsync(json, current, flag, asked);
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private async Task WriteAsync(Utf8JsonWriter json, FlagsInForce current, ServedFlag flag, FlagContext asked)
    {
        var evaluated = await ServedFlags.EvaluateAsync(current, flag, asked);
        json.WriteStartObject();
        json.WriteString("key"u8, flag.Name);
        json.WriteString("reason"u8, JsonNamingPolicy.SnakeCaseUpper.ConvertName(evaluated.Reason.ToString()));
        json.WriteString("variant"u8, evaluated.Variant ?? (evaluated.Enabled ? "on" : "off"));
        json.WritePropertyName("value"u8);
        if (evaluated.Variant is null)
            json.WriteBooleanValue(evaluated.Enabled);
        else
            evaluated.Value.WriteTo(json);
        json.WriteStartObject("metadata"u8);
        json.WriteNumber("revision"u8, flag.Revision);
        json.WriteBoolean("enabled"u8, evaluated.Enabled);
        json.WriteBoolean("stale"u8, flags.IsStale);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>What a flag cannot be evaluated without.</summary>
    private static OfrepError? Missing(FlagsInForce current, ServedFlag flag, FlagContext asked) =>
        asked.UserId is null && current.Evaluator.AsksForUser(flag.Name) ? OfrepError.NoTargetingKey() : null;

    private async Task<(FlagContext? Context, OfrepError? Error)> ReadAsync(HttpContext context)
    {
        try
        {
            RequestBody.CheckMediaType(context.Request);
            var body = new ArrayBufferWriter<byte>();
            await RequestBody.ReadAsync(context.Request, body, new Deadline(time, options.Timeout));
            return OfrepContext.Read(body.WrittenMemory);
        }
        catch (ProblemException exception) when (exception.Problem.Status == StatusCodes.Status415UnsupportedMediaType)
        {
            return (null, OfrepError.Unreadable(exception.Problem.Detail));
        }
    }

    private static bool IsKnown(HttpRequest request, string tag)
    {
        foreach (var sent in request.Headers.IfNoneMatch)
        {
            if (sent is not null && (sent.Trim() == "*" || sent.Split(',').Any(one => one.Trim().TrimStart('W', '/') == tag)))
                return true;
        }
        return false;
    }

    private static async Task SendAsync(HttpContext context, ArrayBufferWriter<byte> output)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = output.WrittenCount;
        context.Response.Headers.CacheControl = "no-cache";
        await context.Response.BodyWriter.WriteAsync(output.WrittenMemory);
    }
}
