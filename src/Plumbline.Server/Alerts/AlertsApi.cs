using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Plumbline.Monitoring.Alerts;
using Plumbline.Server.Predictions;
using Plumbline.Server.Problems;
using Plumbline.Server.Security;
using Plumbline.Server.Telemetry;
using Plumbline.Server.Traffic;
using Plumbline.Storage;

namespace Plumbline.Server.Alerts;

/// <summary><c>GET /v1/alerts</c> and <c>POST /v1/alerts/{id}/acknowledge</c>.</summary>
internal sealed class AlertsApi(AlertMonitor alerts, AccessGate gate, ServerOptions options, TimeProvider time)
{
    private const string All = "/v1/alerts", Acknowledged = "/v1/alerts/{id}/acknowledge";
    private const int MostReason = 1000;
    private const int JsonDepth = 2;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = JsonDepth, AllowDuplicateProperties = false };

    public void Map(IEndpointRouteBuilder routes, ServerMetrics metrics)
    {
        routes.MapGet(All, ListAsync).WithMetadata(metrics.ForRoute(All, HttpMethods.Get));
        routes.MapPost(Acknowledged, AcknowledgeAsync).WithMetadata(metrics.ForRoute(Acknowledged, HttpMethods.Post));
    }

    private async Task ListAsync(HttpContext context)
    {
        var (all, waiting) = await DoAsync(context, async (store, cancellation) => (
            await new AlertStore(store, time).ListAsync(alerts.Model, cancellation: cancellation), await new AlertOutbox(store, time).WaitingAsync(alerts.Model, cancellation)));
        await TrafficControl.AnswerAsync(context, StatusCodes.Status200OK, new JsonObject
        {
            ["alerts"] = new JsonArray([.. all.Select(alert => JsonNode.Parse(alert.ToJson()))]),
            ["undelivered"] = new JsonArray([.. waiting.Select(message => (JsonNode)message.ToJson(withFault: false))]),
        });
    }

    private async Task AcknowledgeAsync(HttpContext context)
    {
        RequireStore();
        var reason = await ReadReasonAsync(context);
        var key = gate.NameOf(context);
        AuditOrigin.Current = AuditOrigin.Of("http", context.Connection.RemoteIpAddress?.ToString(), key);
        var id = (string)context.Request.RouteValues["id"]!;
        var alert = await DoAsync(context, (store, cancellation) => new AlertStore(store, time).AcknowledgeAsync(id, key ?? "http", reason, cancellation));
        await TrafficControl.AnswerAsync(context, StatusCodes.Status200OK, JsonNode.Parse(alert.ToJson())!);
    }

    private async Task<string> ReadReasonAsync(HttpContext context)
    {
        // Asked for even where nothing needs to be said: a page of another origin cannot send it unasked.
        RequestBody.CheckMediaType(context.Request);
        var body = new ArrayBufferWriter<byte>();
        await RequestBody.ReadAsync(context.Request, body, new Deadline(time, options.Timeout));
        RequestJson.CheckTexts(body.WrittenSpan, JsonDepth);
        try
        {
            if (JsonNode.Parse(body.WrittenSpan, null, Strict) is not JsonObject sent)
                throw RequestJson.Invalid(new JsonPath("$"), "must be an object");
            var reason = TrafficControl.Text(sent, "reason") ?? "";
            return reason.Length <= MostReason && !reason.Contains('\0', StringComparison.Ordinal)
                ? reason
                : throw RequestJson.Invalid(new JsonPath("$.reason"), $"must be a string of at most {MostReason} characters, or null");
        }
        catch (JsonException exception)
        {
            throw new ProblemException(Problem.InvalidJson(exception.Message));
        }
    }

    private async Task<T> DoAsync<T>(HttpContext context, Func<IMetadataStore, CancellationToken, Task<T>> action)
    {
        RequireStore();
        var deadline = new Deadline(time, options.Timeout);
        using var timer = deadline.Timer();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, context.RequestAborted);
        try
        {
            return await action(await alerts.OpenStoreAsync(either.Token), either.Token);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            throw new ProblemException(Problem.FlagsTimeout(deadline.Limit));
        }
        catch (MetadataException exception)
        {
            throw ProblemException.OfStore(Problem.OfStore(exception), exception);
        }
    }

    private void RequireStore()
    {
        if (!alerts.HasStore)
            throw new ProblemException(Problem.NoAlerts());
    }
}
