using System.Text.Json;
using System.Text.Json.Nodes;
using Plumbline.Rollouts;
using Plumbline.Server.Problems;
using Plumbline.Server.Telemetry;
using Plumbline.Storage;

namespace Plumbline.Server.Traffic;

/// <summary><c>/v1/rollouts</c>: rollouts of the model that is served, by the rules of <see cref="RolloutStore"/>.</summary>
internal sealed class RolloutsApi(TrafficControl control, TimeProvider time)
{
    private const string Path = "/v1/rollouts";
    private const string One = Path + "/{name}";

    private string Model => control.Deployment.Model;

    public void Map(IEndpointRouteBuilder routes, ServerMetrics metrics)
    {
        routes.MapGet(Path, ListAsync).WithMetadata(metrics.ForRoute(Path, HttpMethods.Get));
        routes.MapPost(Path, StartAsync).WithMetadata(metrics.ForRoute(Path, HttpMethods.Post));
        routes.MapGet(One, GetAsync).WithMetadata(metrics.ForRoute(One, HttpMethods.Get));
        foreach (var (action, handler) in new[] { ("approve", (RequestDelegate)ApproveAsync), ("abort", AbortAsync), ("promote", PromoteAsync) })
            routes.MapPost($"{One}/{action}", handler).WithMetadata(metrics.ForRoute($"{One}/{action}", HttpMethods.Post));
    }

    private async Task ListAsync(HttpContext context)
    {
        var rollouts = await control.DoAsync(context, (store, cancellation) => Rollouts(store).ListAsync(Model, cancellation));
        await TrafficControl.AnswerAsync(context, StatusCodes.Status200OK, new JsonObject { ["rollouts"] = new JsonArray([.. rollouts.Select(rollout => (JsonNode)rollout.ToJson(withState: false))]) });
    }

    private async Task GetAsync(HttpContext context) =>
        await AnswerAsync(context, StatusCodes.Status200OK, await control.DoAsync(context, (store, cancellation) => FindAsync(store, NameOf(context), cancellation)));

    private async Task StartAsync(HttpContext context)
    {
        var actor = control.Authorize(context);
        var body = await control.ReadAsync(context);
        var reason = TrafficControl.Text(body, "reason") ?? "";
        var (rollout, isNew) = await control.DoAsync(context, async (store, cancellation) =>
        {
            var definition = body["definition"] is { } given ? Read(given) : await DefineAsync(body, store, cancellation);
            var isNamed = body["definition"] is not null || body["name"] is not null;
            return await StartAsync(store, definition, isNamed, actor, reason, cancellation);
        });
        context.Response.Headers.Location = $"{Path}/{Uri.EscapeDataString(rollout.Definition.Name)}";
        await AnswerAsync(context, isNew ? StatusCodes.Status201Created : StatusCodes.Status200OK, rollout);
    }

    /// <summary>The same again, while it runs, is the same: who got no answer may ask once more.</summary>
    /// <param name="isNamed">False: the name was found for it, and another one for the same asked again.</param>
    private async Task<(StoredRollout Rollout, bool IsNew)> StartAsync(
        IMetadataStore store, RolloutDefinition definition, bool isNamed, string actor, string reason, CancellationToken cancellation)
    {
        try
        {
            return (await Rollouts(store).StartAsync(definition, actor, reason, cancellation), true);
        }
        catch (MetadataException exception) when (exception.Error == MetadataError.Conflict)
        {
            var running = await Rollouts(store).FindRunningAsync(Model, cancellation);
            if (running is not null && Json(running.Definition) == Json(isNamed ? definition : definition with { Name = running.Definition.Name }))
                return (running, false);
            throw;
        }
    }

    private async Task ApproveAsync(HttpContext context)
    {
        var actor = control.Authorize(context);
        var body = await control.ReadAsync(context);
        if (body["step"] is not JsonValue value || !value.TryGetValue<int>(out var step) || step < 1)
            throw new ProblemException(Problem.InvalidRequest("$.step", "must be the number of the step that waits, from 1"));
        await ChangeAsync(context, (rollouts, name, expected, cancellation) => rollouts.ApproveAsync(name, step - 1, actor, expected, cancellation));
    }

    private async Task AbortAsync(HttpContext context)
    {
        var actor = control.Authorize(context);
        var reason = TrafficControl.Text(await control.ReadAsync(context), "reason") ?? "no reason given";
        await ChangeAsync(context, (rollouts, name, expected, cancellation) => rollouts.AbortAsync(name, actor, reason, expected, cancellation));
    }

    private async Task PromoteAsync(HttpContext context)
    {
        var actor = control.Authorize(context);
        var body = await control.ReadAsync(context);
        var version = TrafficControl.Text(body, "version") ?? throw new ProblemException(Problem.InvalidRequest("$.version", "must name a candidate, such as reviews/4"));
        var reason = TrafficControl.Text(body, "reason") ?? "no reason given";
        await ChangeAsync(context, (rollouts, name, expected, cancellation) => rollouts.PromoteAsync(name, version, actor, reason, expected, cancellation));
    }

    private async Task ChangeAsync(HttpContext context, Func<RolloutStore, string, long?, CancellationToken, Task<StoredRollout>> change)
    {
        if (!TrafficControl.TryReadExpected(context.Request, out var expected) && context.Request.Headers.IfMatch.Count > 0)
            throw new ProblemException(Problem.InvalidHeader("If-Match", "must be the ETag that the rollout had, such as \"7\", or *"));
        await AnswerAsync(
            context, StatusCodes.Status200OK,
            await control.DoAsync(context, async (store, cancellation) =>
            {
                var rollout = await FindAsync(store, NameOf(context), cancellation);
                return await change(Rollouts(store), rollout.Definition.Name, expected, cancellation);
            }));
    }

    private RolloutStore Rollouts(IMetadataStore store) => new(store, time);

    /// <summary>Of this model: what others serve is no business of who has a key here.</summary>
    private async Task<StoredRollout> FindAsync(IMetadataStore store, string name, CancellationToken cancellation)
    {
        var rollout = await Rollouts(store).GetAsync(name, cancellation);
        return rollout.Model == Model ? rollout : throw new MetadataException(MetadataError.NotFound, $"There is no rollout '{Problem.Shorten(name)}' of {Model}.");
    }

    private RolloutDefinition Read(JsonNode given)
    {
        try
        {
            var definition = given.Deserialize(RolloutJson.Default.RolloutDefinition) ?? throw new JsonException();
            if (definition.Stable is { } stable && !stable.StartsWith($"{Model}/", StringComparison.Ordinal))
                throw new ProblemException(Problem.InvalidRequest("$.definition.stable", $"must be a version of {Model}, which is served here"));
            return definition;
        }
        catch (JsonException exception)
        {
            throw new ProblemException(Problem.InvalidRequest($"$.definition{exception.Path?.TrimStart('$')}", "is none of a rollout's; docs/specs/rollouts.md has its keys"));
        }
    }

    private async Task<RolloutDefinition> DefineAsync(JsonObject body, IMetadataStore store, CancellationToken cancellation)
    {
        var template = control.Deployment.Rollout
            ?? throw new ProblemException(Problem.InvalidRequest("$.definition", "must be there: the server's plumbline.yaml has no section rollout that could stand for it"));
        if (body["candidates"] is not JsonArray { Count: > 0 } given)
            throw new ProblemException(Problem.InvalidRequest("$.candidates", "must be an array of versions, such as [\"challenger\"], where there is no definition"));
        var candidates = given.Select((candidate, i) => candidate is JsonValue value && value.TryGetValue<string>(out var version)
            ? new CandidateShare(version)
            : throw new ProblemException(Problem.InvalidRequest($"$.candidates[{i}]", "must be a string: an alias, a number, or such as reviews/4"))).ToArray();
        var name = TrafficControl.Text(body, "name");
        return await Rollouts(store).DefineAsync(template, Model, name, candidates, cancellation);
    }

    private static string NameOf(HttpContext context) => (string)context.GetRouteValue("name")!;

    private static string Json(RolloutDefinition definition) => JsonSerializer.Serialize(definition, RolloutJson.Default.RolloutDefinition);

    private static Task AnswerAsync(HttpContext context, int status, StoredRollout rollout)
    {
        context.Response.Headers.ETag = TrafficControl.ETagOf(rollout.Revision);
        return TrafficControl.AnswerAsync(context, status, rollout.ToJson(withState: true));
    }
}
