using System.Diagnostics;
using System.Globalization;
using Plumbline.Telemetry;
using Prometheus;

namespace Plumbline.Server.Telemetry;

/// <summary>
/// The span of a request, named and described by OpenTelemetry's conventions for HTTP servers. It is decided here which requests have one, not by the listener of an activity that exists already: a request that is
/// not recorded costs a look at a header and a hash. Thread-safe.
/// </summary>
/// <param name="sampling">Null where no traces are sent.</param>
internal sealed class RequestSpans(TraceSampling? sampling)
{
    private static readonly Exemplar.LabelKey TraceKey = Exemplar.Key("trace_id"), SpanKey = Exemplar.Key("span_id");
    private static readonly string[] Methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "CONNECT"];

    /// <summary>Begins it, where the request is sampled; its name has been given to the request.</summary>
    public Activity? Begin(HttpContext context)
    {
        if (sampling is null)
            return null;
        var header = context.Request.Headers.TraceParent;
        var hasParent = TraceParent.TryParse(header, out var sent);
        var id = hasParent ? sent.TraceId : TraceId.Of(context);
        return sampling.Takes(id, hasParent ? sent.IsSampled : null) ? Begin(context, id, hasParent ? header.ToString() : null) : null;
    }

    /// <summary>Describes what became of the request, and ends the span.</summary>
    /// <param name="route">As metrics name it.</param>
    /// <param name="error">What went wrong; null where the status says it.</param>
    public static void End(Activity span, HttpContext context, string route, int status, string? error)
    {
        if (context.GetEndpoint() is not null)
        {
            span.DisplayName = $"{MethodOf(context.Request)} {route}";
            span.SetTag("http.route", route);
        }
        span.SetTag("http.response.status_code", status);
        if (error is not null || status >= StatusCodes.Status400BadRequest)
            span.SetTag("error.type", error ?? status.ToString(CultureInfo.InvariantCulture));
        if (status >= StatusCodes.Status500InternalServerError)
            span.SetStatus(ActivityStatusCode.Error);
        span.Dispose();
    }

    /// <summary>By which a measurement leads to a trace.</summary>
    public static Exemplar ExemplarOf(Activity span) => Exemplar.From(TraceKey.WithValue(span.TraceId.ToHexString()), SpanKey.WithValue(span.SpanId.ToHexString()));

    private static Activity? Begin(HttpContext context, UInt128 id, string? traceParent)
    {
        var request = context.Request;
        // Of a trace that begins here only its id is known before: then there is a parent without a span.
        if (!ActivityContext.TryParse(traceParent, request.Headers.TraceState.ToString() is { Length: > 0 } state ? state : null, isRemote: true, out var parent))
            parent = new ActivityContext(ActivityTraceId.CreateFromString(TraceId.ToHex(id)), default, ActivityTraceFlags.Recorded);
        var method = MethodOf(request);
        var span = Spans.Begin(method, new ActivityContext(parent.TraceId, parent.SpanId, ActivityTraceFlags.Recorded, parent.TraceState, parent.IsRemote), ActivityKind.Server);
        span?.SetTag("http.request.method", method);
        span?.SetTag("url.path", request.Path.Value);
        span?.SetTag("url.scheme", request.Scheme);
        span?.SetTag("server.address", request.Host.Host);
        span?.SetTag("server.port", request.Host.Port ?? context.Connection.LocalPort);
        span?.SetTag("network.protocol.version", request.Protocol[(request.Protocol.IndexOf('/', StringComparison.Ordinal) + 1)..]);
        span?.SetTag("plumbline.request_id", context.Response.Headers[RequestId.Header].ToString());
        return span;
    }

    private static string MethodOf(HttpRequest request) => Array.IndexOf(Methods, request.Method) < 0 ? "_OTHER" : request.Method;
}
