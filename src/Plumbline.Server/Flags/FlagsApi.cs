using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Plumbline.Inference.Flags;
using Plumbline.Server.Predictions;
using Plumbline.Server.Problems;
using Plumbline.Server.Security;
using Plumbline.Server.Telemetry;
using Plumbline.Storage;

namespace Plumbline.Server.Flags;

/// <summary><c>GET /v1/flags</c>, <c>PUT /v1/flags/{name}</c> and <c>POST /v1/flags/{name}/disable</c>.</summary>
internal sealed class FlagsApi(ServedFlags flags, AccessGate gate, ServerOptions options, TimeProvider time)
{
    private const string All = "/v1/flags", One = "/v1/flags/{name}", Disabled = "/v1/flags/{name}/disable";

    public void Map(IEndpointRouteBuilder routes, ServerMetrics metrics)
    {
        routes.MapGet(All, ListAsync).WithMetadata(metrics.ForRoute(All, HttpMethods.Get));
        routes.MapPut(One, PutAsync).WithMetadata(metrics.ForRoute(One, HttpMethods.Put));
        routes.MapPost(Disabled, DisableAsync).WithMetadata(metrics.ForRoute(Disabled, HttpMethods.Post));
    }

    private Task ListAsync(HttpContext context)
    {
        var current = flags.Current;
        context.Response.Headers.CacheControl = "no-store";
        return WriteAsync(context, new JsonObject
        {
            ["revision"] = current.Known.Revision,
            ["stale"] = flags.IsStale,
            ["flags"] = new JsonArray([.. current.All.Select(flag => (JsonNode)Json(flag))]),
        });
    }

    private async Task PutAsync(HttpContext context)
    {
        var (name, change, deadline) = await ReadAsync(context);
        if (change.Flag is not { } definition)
            throw RequestJson.Invalid(new JsonPath("$.flag"), "must be there: what the flag is from now on");
        await ChangeAsync(context, name, deadline, (store, token) => store.SetAsync(name, Parse(definition), change.Revision, Actor(context), change.Reason, token));
    }

    private async Task DisableAsync(HttpContext context)
    {
        var (name, change, deadline) = await ReadAsync(context);
        var otherwise = options.Flags?.Defaults.GetValueOrDefault(name);
        await ChangeAsync(context, name, deadline, (store, token) => store.EnableAsync(name, enabled: false, otherwise, Actor(context), change.Reason, token));
    }

    private async Task<(string Name, FlagChange Change, Deadline Deadline)> ReadAsync(HttpContext context)
    {
        var deadline = new Deadline(time, options.Timeout);
        if (!flags.HasStore)
            throw new ProblemException(Problem.NoFlags());
        // Asked for even where nothing needs to be said: a page of another origin cannot send it unasked.
        RequestBody.CheckMediaType(context.Request);
        var body = new ArrayBufferWriter<byte>();
        await RequestBody.ReadAsync(context.Request, body, deadline);
        return ((string)context.Request.RouteValues["name"]!, FlagChange.Read(body.WrittenMemory), deadline);
    }

    private async Task ChangeAsync(HttpContext context, string name, Deadline deadline, Func<FlagStore, CancellationToken, Task<StoredFlag>> change)
    {
        AuditOrigin.Current = AuditOrigin.Of("http", context.Connection.RemoteIpAddress?.ToString(), gate.NameOf(context));
        using var timer = deadline.Timer();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, context.RequestAborted);
        try
        {
            var stored = await flags.ChangeAsync(change, either.Token);
            await WriteAsync(context, new JsonObject { ["name"] = name, ["revision"] = stored.Revision, ["flag"] = JsonNode.Parse(stored.Definition.ToJson()) });
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            throw new ProblemException(Problem.FlagsTimeout(deadline.Limit));
        }
        catch (MetadataException exception)
        {
            throw new ProblemException(Problem.OfStore(exception));
        }
    }

    private static FlagDefinition Parse(JsonElement definition)
    {
        try
        {
            return FlagDefinition.Parse(definition.GetRawText());
        }
        catch (MetadataException exception)
        {
            throw RequestJson.Invalid(new JsonPath("$.flag"), $"is refused: {exception.Message.TrimEnd('.')}");
        }
    }

    private string Actor(HttpContext context) => gate.NameOf(context) ?? "http";

    private static JsonObject Json(ServedFlag flag) => new()
    {
        ["name"] = flag.Name,
        ["revision"] = flag.Revision,
        ["source"] = flag.Revision > 0 ? "store" : "project",
        ["built_in"] = flag.IsBuiltIn,
        ["flag"] = JsonNode.Parse(flag.Definition.ToJson()),
        ["evaluations"] = new JsonObject { ["on"] = (long)flag.On, ["off"] = (long)flag.Off },
    };

    private static async Task WriteAsync(HttpContext context, JsonObject answer)
    {
        context.Response.ContentType = "application/json";
        await context.Response.BodyWriter.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(answer, FlagsApiJson.Default.JsonObject));
    }
}
