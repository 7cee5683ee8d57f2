using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Plumbline.Server.Hosting;
using Plumbline.Server.Predictions;
using Plumbline.Server.Problems;
using Plumbline.Server.Security;
using Plumbline.Storage;

namespace Plumbline.Server.Traffic;

/// <summary>What all changes of traffic over HTTP have in common: who may make them, how they are read, where they are kept, how they are refused. Thread-safe.</summary>
internal sealed class TrafficControl : IAsyncDisposable
{
    /// <summary>A definition of a rollout is deeper than what is asked for predictions.</summary>
    private const int JsonDepth = 16;

    private readonly ServerOptions _options;
    private readonly AccessGate _gate;
    private readonly TimeProvider _time;
    private readonly DeferredStore? _store;

    public TrafficControl(ServerOptions options, AccessGate gate, TimeProvider time)
    {
        (_options, _gate, _time) = (options, gate, time);
        _store = options.Deployment?.OpenStore is { } open ? new DeferredStore(open) : null;
    }

    public DeploymentOptions Deployment => _options.Deployment!;

    /// <summary>Who asks, by the name of his key: whatever changes traffic needs one, from wherever it comes.</summary>
    /// <exception cref="ProblemException">There is no valid key, or nothing that could be changed.</exception>
    public string Authorize(HttpContext context)
    {
        RequireStore();
        var name = _gate.NameOf(context)
            ?? throw new ProblemException(Problem.Unauthorized("Changing traffic needs an API key, from this machine too: name one in server.api_keys, and send Authorization: Bearer <key> or X-API-Key: <key>."));
        AuditOrigin.Current = AuditOrigin.Of("http", context.Connection.RemoteIpAddress?.ToString(), name);
        return name;
    }

    /// <summary>The object that a body is; an empty body is an empty one.</summary>
    public async Task<JsonObject> ReadAsync(HttpContext context)
    {
        if (context.Request.ContentLength == 0)
            return [];
        RequestBody.CheckMediaType(context.Request);
        var body = new ArrayBufferWriter<byte>();
        await RequestBody.ReadAsync(context.Request, body, new Deadline(_time, _options.Timeout));
        RequestJson.CheckTexts(body.WrittenSpan, JsonDepth);
        try
        {
            return JsonNode.Parse(body.WrittenSpan, null, new JsonDocumentOptions { MaxDepth = JsonDepth, AllowDuplicateProperties = false }) as JsonObject
                ?? throw new ProblemException(Problem.InvalidRequest("$", "must be an object"));
        }
        catch (JsonException exception)
        {
            throw new ProblemException(Problem.InvalidJson(exception.Message));
        }
    }

    /// <summary>A member that is a text; null where it is absent or null.</summary>
    public static string? Text(JsonObject body, string member) => body[member] switch
    {
        null => null,
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        _ => throw new ProblemException(Problem.InvalidRequest($"$.{member}", "must be a string")),
    };

    /// <exception cref="ProblemException">The store refuses it, or does not answer in time.</exception>
    public async Task<T> DoAsync<T>(HttpContext context, Func<IMetadataStore, CancellationToken, Task<T>> action)
    {
        RequireStore();
        var deadline = new Deadline(_time, _options.Timeout);
        using var timer = deadline.Timer();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, context.RequestAborted);
        try
        {
            return await action(await _store!.OpenAsync(either.Token), either.Token);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            throw new ProblemException(Problem.ControlTimeout(deadline.Limit));
        }
        // What the header was to rule out (RFC 9110, §13.1.1).
        catch (RevisionException exception) when (context.Request.Headers.IfMatch.Count > 0)
        {
            throw new ProblemException(Problem.RevisionChanged(exception.Message));
        }
        catch (MetadataException exception)
        {
            throw ProblemException.OfStore(Problem.OfStore(exception), exception);
        }
    }

    /// <summary>A revision as a header has it.</summary>
    public static string ETagOf(long revision) => string.Create(CultureInfo.InvariantCulture, $"\"{revision}\"");

    /// <summary>Reads <c>If-Match</c>.</summary>
    /// <param name="expected">Null: whatever it is.</param>
    /// <returns>False where it names no revision, or is not there.</returns>
    public static bool TryReadExpected(HttpRequest request, out long? expected)
    {
        expected = null;
        var header = request.Headers.IfMatch.ToString();
        if (header == "*")
            return true;
        if (header.Length <= 2 || header[0] != '"' || header[^1] != '"' || !long.TryParse(header.AsSpan(1, header.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var revision))
            return false;
        expected = revision;
        return true;
    }

    public static async Task AnswerAsync(HttpContext context, int status, JsonNode json)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(body))
            json.WriteTo(writer);
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.WrittenCount;
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.BodyWriter.WriteAsync(body.WrittenMemory, context.RequestAborted);
    }

    public ValueTask DisposeAsync() => _store?.DisposeAsync() ?? ValueTask.CompletedTask;

    private void RequireStore()
    {
        if (_store is null)
            throw new ProblemException(Problem.NoDeployment());
    }
}
