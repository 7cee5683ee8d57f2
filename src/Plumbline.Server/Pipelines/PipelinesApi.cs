using System.Text.Json;
using System.Text.Json.Nodes;
using Plumbline.Pipelines.Graphs;
using Plumbline.Pipelines.Runs;
using Plumbline.Pipelines.Schedules;
using Plumbline.Pipelines.Workers;
using Plumbline.Server.Problems;
using Plumbline.Server.Telemetry;
using Plumbline.Server.Traffic;
using Plumbline.Storage;

namespace Plumbline.Server.Pipelines;

/// <summary><c>/v1/pipelines</c>: pipelines of the project that is served, by the rules of <see cref="PipelineStore"/>. Workers run them, not this server.</summary>
/// <param name="catalogue">Null where the server was started without a project.</param>
internal sealed class PipelinesApi(TrafficControl control, PipelineCatalogue? catalogue, TimeProvider time)
{
    private const string Path = "/v1/pipelines";
    private const string Runs = Path + "/{name}/runs";
    private const string One = Runs + "/{run}";

    private PipelineCatalogue Catalogue => catalogue ?? throw new ProblemException(Problem.NoPipelines());

    public void Map(IEndpointRouteBuilder routes, ServerMetrics metrics)
    {
        routes.MapGet(Path, ListAsync).WithMetadata(metrics.ForRoute(Path, HttpMethods.Get));
        routes.MapGet(Runs, RunsAsync).WithMetadata(metrics.ForRoute(Runs, HttpMethods.Get));
        routes.MapPost(Runs, StartAsync).WithMetadata(metrics.ForRoute(Runs, HttpMethods.Post));
        routes.MapGet(One, GetAsync).WithMetadata(metrics.ForRoute(One, HttpMethods.Get));
        Change("cancel", (store, run, actor, reason, stop) => store.CancelAsync(run, actor, reason, stop));
        Change("pause", (store, run, actor, reason, stop) => store.PauseAsync(run, actor, reason, stop));
        Change("resume", (store, run, actor, reason, stop) => store.ResumeAsync(run, actor, reason, stop));

        void Change(string action, Func<PipelineStore, string, string, string, CancellationToken, Task<PipelineRun>> change) =>
            routes.MapPost($"{One}/{action}", context => ChangeAsync(context, change)).WithMetadata(metrics.ForRoute($"{One}/{action}", HttpMethods.Post));
    }

    private async Task ListAsync(HttpContext context)
    {
        var catalogue = Catalogue;
        var schedules = await control.DoAsync(context, (store, stop) => new ScheduleStore(store, catalogue.Project, time).ListAsync(stop));
        await TrafficControl.AnswerAsync(context, StatusCodes.Status200OK, new JsonObject
        {
            ["pipelines"] = new JsonArray([.. catalogue.All.Select(pipeline => (JsonNode)new JsonObject
            {
                ["name"] = pipeline.Name,
                ["description"] = pipeline.Description,
                ["graph"] = pipeline.GraphDigest,
                ["nodes"] = new JsonArray([.. pipeline.Nodes.Select(node => JsonValue.Create(node))]),
                ["schedules"] = new JsonArray([.. schedules.Where(schedule => schedule.Schedule.Pipeline == pipeline.Name).Select(schedule => (JsonNode)schedule.ToJson())]),
            })]),
        });
    }

    private async Task RunsAsync(HttpContext context)
    {
        var pipeline = PipelineOf(context);
        var runs = await control.DoAsync(context, (store, stop) => new PipelineStore(store, time).ListAsync(pipeline.Project, pipeline.Name, cancellation: stop));
        await TrafficControl.AnswerAsync(context, StatusCodes.Status200OK, new JsonObject { ["runs"] = new JsonArray([.. runs.Select(run => (JsonNode)run.ToJson())]) });
    }

    private async Task StartAsync(HttpContext context)
    {
        var pipeline = PipelineOf(context);
        var actor = control.Authorize(context);
        var body = await control.ReadAsync(context);
        var request = new RunRequest(Parameters(body), new RunTrigger(TriggerKind.Manual, actor, TrafficControl.Text(body, "reason") ?? ""))
        {
            Key = TrafficControl.Text(body, "key"),
            Forced = Forced(body),
        };
        var begun = time.GetUtcNow();
        var run = await control.DoAsync(context, async (store, stop) =>
        {
            try
            {
                return await new PipelineStore(store, time).StartAsync(pipeline, request, stop);
            }
            catch (ArgumentException exception)
            {
                throw new ProblemException(Problem.InvalidRequest("$.parameters", $"cannot be used: {exception.Message}"));
            }
        });
        context.Response.Headers.Location = $"{Path}/{pipeline.Name}/runs/{run.Id}";
        // Under a key that was used before it is the run that is there.
        await TrafficControl.AnswerAsync(context, run.Created >= begun.AddMilliseconds(-1) ? StatusCodes.Status201Created : StatusCodes.Status200OK, run.ToJson());
    }

    private async Task GetAsync(HttpContext context)
    {
        var pipeline = PipelineOf(context);
        var (run, tasks) = await control.DoAsync(context, async (store, stop) =>
        {
            var found = await FindAsync(context, pipeline, store, stop);
            return (found, await new PipelineStore(store, time).TasksAsync(found.Id, stop));
        });
        var json = run.ToJson();
        json["tasks"] = new JsonArray([.. tasks.Select(task => (JsonNode)task.ToJson())]);
        await TrafficControl.AnswerAsync(context, StatusCodes.Status200OK, json);
    }

    private async Task ChangeAsync(HttpContext context, Func<PipelineStore, string, string, string, CancellationToken, Task<PipelineRun>> change)
    {
        var pipeline = PipelineOf(context);
        var actor = control.Authorize(context);
        var reason = TrafficControl.Text(await control.ReadAsync(context), "reason") ?? "";
        var run = await control.DoAsync(context, async (store, stop) =>
        {
            var found = await FindAsync(context, pipeline, store, stop);
            return await change(new PipelineStore(store, time), found.Id, actor, reason, stop);
        });
        await TrafficControl.AnswerAsync(context, StatusCodes.Status200OK, run.ToJson());
    }

    private Pipeline PipelineOf(HttpContext context)
    {
        try
        {
            return Catalogue.Get((string)context.GetRouteValue("name")!);
        }
        catch (MetadataException exception)
        {
            throw ProblemException.OfStore(Problem.OfStore(exception), exception);
        }
    }

    /// <summary>Of this project and pipeline: what others run is no business of who has a key here.</summary>
    private async Task<PipelineRun> FindAsync(HttpContext context, Pipeline pipeline, IMetadataStore store, CancellationToken cancellation)
    {
        var id = (string)context.GetRouteValue("run")!;
        var run = await new PipelineStore(store, time).GetAsync(id, cancellation);
        return run.Project == pipeline.Project && run.Pipeline == pipeline.Name
            ? run
            : throw new MetadataException(MetadataError.NotFound, $"There is no run '{Problem.Shorten(id)}' of {pipeline.Name}.");
    }

    private static JsonObject Parameters(JsonObject body) => body["parameters"] switch
    {
        null => [],
        JsonObject parameters => parameters,
        _ => throw new ProblemException(Problem.InvalidRequest("$.parameters", "must be an object")),
    };

    private static string[] Forced(JsonObject body) => body["force"] switch
    {
        null => [],
        JsonArray steps when steps.All(step => step?.GetValueKind() == JsonValueKind.String) => [.. steps.Select(step => (string)step!)],
        _ => throw new ProblemException(Problem.InvalidRequest("$.force", "must be an array of names of steps; [\"*\"] for all")),
    };
}
