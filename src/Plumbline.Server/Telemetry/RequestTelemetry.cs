using System.Diagnostics;
using Microsoft.AspNetCore.Connections;
using Plumbline.Server.Hosting;
using Plumbline.Server.Problems;
using Plumbline.Server.Streaming;

namespace Plumbline.Server.Telemetry;

/// <summary>
/// The outermost middleware: names a request, turns whatever goes wrong into a problem, measures, and logs what failed or was slow.
/// A request that went well costs a few counters here and no log line.
/// </summary>
internal sealed class RequestTelemetry(
    RequestDelegate next, HostState state, long bodyBytes, RequestIds ids, ServerMetrics metrics, RequestSpans spans, ILogger log, TimeProvider time)
{
    private const int ClientClosed = 499;
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(1);

    public async Task InvokeAsync(HttpContext context)
    {
        var began = time.GetTimestamp();
        state.RequestBegan();
        context.Response.Headers[RequestId.Header] = RequestId.Of(context.Request, ids);
        var span = spans.Begin(context);
        if (state.IsStopping)
            context.Response.Headers.Connection = "close";
        Exception? failure = null;
        string? reason = null;
        var (isGone, isShed) = (false, false);
        try
        {
            await next(context);
            if (context.Response.StatusCode >= StatusCodes.Status400BadRequest && !context.Response.HasStarted && context.Response.ContentLength is null)
                await AnswerAsync(context, OfStatus(context));
        }
        catch (ProblemException exception)
        {
            (reason, isShed) = (exception.Reason, exception.Problem.Kind == Problem.OverloadedKind);
            await AnswerAsync(context, exception.Problem);
        }
        catch (BadHttpRequestException exception)
        {
            await AnswerAsync(context, exception.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? Problem.BodyTooLarge(bodyBytes) : Problem.BadHttp(exception.StatusCode, exception.Message));
        }
        // Kestrel's word for the size of a chunk that no number holds.
        catch (IOException exception) when (exception.InnerException is OverflowException)
        {
            await AnswerAsync(context, Problem.BadHttp(StatusCodes.Status400BadRequest, exception.Message));
        }
        catch (Exception exception) when (exception is ConnectionResetException or ConnectionAbortedException || context.RequestAborted.IsCancellationRequested)
        {
            // The client is gone: there is nobody to answer.
            isGone = true;
            metrics.Failed("client-closed");
            // Else Kestrel tries to drain a body whose reading was broken off, and says in the log that it cannot.
            context.Abort();
        }
        catch (Exception exception)
        {
            failure = exception;
            await AnswerAsync(context, Problem.Internal());
        }
        finally
        {
            var ended = time.GetTimestamp();
            state.RequestEnded(ended);
            Report(context, span, time.GetElapsedTime(began, ended), isGone, failure, reason, isShed);
        }
    }

    private static Problem OfStatus(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => Problem.NotFound(context.Request.Path),
        StatusCodes.Status405MethodNotAllowed => Problem.MethodNotAllowed(context.Request.Method, context.Response.Headers.Allow.ToString()),
        var status => Problem.BadHttp(status, "The request could not be answered."),
    };

    private async Task AnswerAsync(HttpContext context, Problem problem)
    {
        metrics.Failed(problem.Kind);
        if (!context.Response.HasStarted)
        {
            await ProblemResponse.WriteAsync(context, problem);
            return;
        }
        context.Features.Set(new ReportedProblem(problem));
        if (EventStream.IsAnswer(context.Response))
            await ProblemResponse.WriteEventAsync(context, problem);
        else
            context.Abort();
    }

    /// <param name="isShed">Whether it was refused since too much was asked for; of many such one line tells.</param>
    private void Report(HttpContext context, Activity? span, TimeSpan duration, bool isGone, Exception? failure, string? reason, bool isShed)
    {
        var reported = context.Features.Get<ReportedProblem>();
        var status = isGone ? ClientClosed : reported?.Problem.Status ?? context.Response.StatusCode;
        failure ??= reported?.Failure;
        isShed |= reported?.Problem.Kind == Problem.OverloadedKind;
        var route = context.GetEndpoint()?.Metadata.GetMetadata<RouteMetrics>() ?? metrics.Unmatched;
        route.Observe(status, duration, span);
        // A stream takes as long as it takes.
        var isSlow = duration >= Slow && !EventStream.IsAnswer(context.Response);
        if (!isShed && (status >= StatusCodes.Status400BadRequest || isSlow))
            Tell(context, route, status, duration, failure, reason, isSlow);
        if (span is not null)
            RequestSpans.End(span, context, route.Route, status, isGone ? "client-closed" : failure?.GetType().FullName ?? reported?.Problem.Kind);
    }

    private void Tell(HttpContext context, RouteMetrics route, int status, TimeSpan duration, Exception? failure, string? reason, bool isSlow)
    {
        var request = context.Request;
        var requestId = context.Response.Headers[RequestId.Header].ToString();
        using var trace = TraceId.Enter(context);
        var method = Problem.Shorten(request.Method);
        if (reason is not null)
            ServerLog.MetadataFailed(log, reason, method, route.Route, status, requestId);
        else if (status >= StatusCodes.Status500InternalServerError)
            ServerLog.RequestFailed(log, failure, method, route.Route, status, duration.TotalMilliseconds, requestId);
        else if (isSlow)
            ServerLog.RequestSlow(log, method, route.Route, status, duration.TotalMilliseconds, requestId);
        else
            ServerLog.RequestRefused(log, method, route.Route, status, duration.TotalMilliseconds, requestId);
    }
}
