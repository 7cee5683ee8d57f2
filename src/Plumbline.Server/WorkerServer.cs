using System.Text.Json.Nodes;
using Plumbline.Pipelines.Schedules;
using Plumbline.Pipelines.Workers;
using Plumbline.Server.Hosting;
using Plumbline.Server.Pipelines;
using Plumbline.Server.Security;
using Plumbline.Server.Telemetry;
using Plumbline.Server.Traffic;
using Prometheus;

namespace Plumbline.Server;

/// <summary>Tells of a worker of pipelines over HTTP: <c>/health</c>, <c>/readiness</c> and <c>/metrics</c> (docs/specs/pipelines.md).</summary>
public sealed class WorkerServer : IAsyncDisposable
{
    private const long BodyBytes = 1024;

    private readonly WebApplication _app;
    private readonly AccessGate _gate;
    private readonly ServerMetrics _metrics;
    private readonly PipelineMetrics _pipelines;
    private readonly ProjectWatch? _watch;

    private WorkerServer(WorkerServerOptions options, PipelineWorker worker, PipelineScheduler? scheduler, TextWriter log)
    {
        var time = TimeProvider.System;
        var state = new HostState(time);
        _metrics = new ServerMetrics(state, options.Telemetry?.HasMetrics == true);
        _pipelines = new PipelineMetrics(Metrics.WithCustomRegistry(_metrics.Registry), _metrics.Registry, worker, () => scheduler?.IsActive == true);
        _watch = options.Watched is { } watched ? new ProjectWatch(watched, _metrics.Registry, time) : null;
        _gate = new AccessGate(options);
        _app = HttpHost.Build(options, BodyBytes, state, new JsonLinesLogger(log, time), time);
        HttpHost.Use(_app, options, BodyBytes, state, _metrics, new RequestIds(time), _gate, time);
        RequestDelegate health = context => TrafficControl.AnswerAsync(context, StatusCodes.Status200OK, new JsonObject { ["status"] = "alive" });
        RequestDelegate readiness = context => AnswerReadinessAsync(context, worker, scheduler);
        _app.MapGet("/health", health).WithMetadata(_metrics.ForRoute("/health", HttpMethods.Get));
        _app.MapGet("/readiness", readiness).WithMetadata(_metrics.ForRoute("/readiness", HttpMethods.Get));
        _app.MapMetrics(_metrics);
    }

    /// <summary>Where it listens, with the port that it got.</summary>
    public Uri Address => HttpHost.AddressesOf(_app).First();

    /// <summary>What the worker is to tell, so that metrics have it.</summary>
    public IProgress<TaskProgress> Progress => _pipelines;

    /// <summary>Listens until it is disposed.</summary>
    /// <param name="scheduler">Null where the process schedules nothing.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">The options are wrong.</exception>
    /// <exception cref="IOException">The address is in use.</exception>
    public static async Task<WorkerServer> StartAsync(
        WorkerServerOptions options, PipelineWorker worker, PipelineScheduler? scheduler, TextWriter? log = null, CancellationToken cancellation = default)
    {
        options.Validate();
        var server = new WorkerServer(options, worker, scheduler, log ?? Console.Error);
        try
        {
            await server._app.StartAsync(cancellation);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _gate.Dispose();
        _metrics.Dispose();
        _watch?.Dispose();
    }

    private static Task AnswerReadinessAsync(HttpContext context, PipelineWorker worker, PipelineScheduler? scheduler)
    {
        var taken = worker.Taken;
        var reasons = worker.IsWorking ? [] : new[] { worker.Fault is { } fault ? $"the metadata store does not answer: {fault}" : "the worker has no lease yet, or stops" };
        return TrafficControl.AnswerAsync(context, reasons.Length == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, new JsonObject
        {
            ["status"] = reasons.Length == 0 ? "ready" : "not ready",
            ["scheduling"] = scheduler?.IsActive == true,
            ["pools"] = new JsonObject(worker.Slots.Select(pool => KeyValuePair.Create(pool.Key, (JsonNode?)new JsonObject { ["slots"] = pool.Value, ["taken"] = taken.GetValueOrDefault(pool.Key) }))),
            ["reasons"] = new JsonArray([.. reasons.Select(reason => JsonValue.Create(reason))]),
        });
    }
}
