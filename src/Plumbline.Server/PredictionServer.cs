using Plumbline.Bundles;
using Plumbline.Inference.Routing;
using Plumbline.Server.Admission;
using Plumbline.Server.Alerts;
using Plumbline.Server.BatchJobs;
using Plumbline.Server.Caching;
using Plumbline.Server.EntityEvents;
using Plumbline.Server.Feedback;
using Plumbline.Server.Flags;
using Plumbline.Server.Generations;
using Plumbline.Server.Health;
using Plumbline.Server.Hosting;
using Plumbline.Server.Metadata;
using Plumbline.Server.Monitoring;
using Plumbline.Server.OpenApi;
using Plumbline.Server.OpenInference;
using Plumbline.Server.Pipelines;
using Plumbline.Server.PredictionLogging;
using Plumbline.Server.Predictions;
using Plumbline.Server.Retraining;
using Plumbline.Server.Security;
using Plumbline.Server.Telemetry;
using Plumbline.Server.Traffic;
using Plumbline.Server.TryPage;

namespace Plumbline.Server;

/// <summary>
/// Serves the predictions of a bundle, or of what a model's traffic plan says, over HTTP (<c>docs/specs/http.md</c>), until it is stopped or the process gets SIGTERM or SIGINT.
/// </summary>
public sealed class PredictionServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly AccessGate _gate;
    private readonly ServerState _state;
    private readonly ServerMetrics _metrics;
    private readonly ModelLoader _loader;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task<Generation> _loading;
    private readonly Task _following;
    private readonly AdmissionControl _admission;
    private readonly Shadowing _shadowing;
    private readonly ServedVersions _record;
    private readonly LoggedAnswers _answers;
    private readonly FeedbackIntake _feedback;
    private readonly DriftMonitor _drift;
    private readonly AlertMonitor _alerts;
    private readonly TrafficControl _control;
    private readonly BatchJobRunner? _batchJobs;
    private readonly RetrainingRunner? _retraining;
    private readonly ServedFlags _flags;
    private readonly ServedCache _cache;

    private PredictionServer(ServerOptions options, TextWriter log)
    {
        var time = TimeProvider.System;
        _state = new ServerState(time);
        var metrics = _metrics = new ServerMetrics(_state, options.Telemetry?.HasMetrics == true);
        var ids = new RequestIds(time);
        var logger = new JsonLinesLogger(log, time, options.Telemetry?.Logs);
        _drift = new DriftMonitor(options.Drift, ids.Node(0), metrics, logger.Of<DriftMonitor>(), time);
        _loader = new ModelLoader(options, metrics, _drift, ids, logger.Of<ModelLoader>(), time);
        _loading = Task.Run(() => _loader.Load(options.Bundle, options.ModelVersion));
        _gate = new AccessGate(options);
        _admission = new AdmissionControl(options, ids, metrics, logger.Of<AdmissionControl>(), time);
        _shadowing = new Shadowing(_state, _admission, options, ids, metrics.Shadows, logger.Of<Shadowing>(), time);
        _answers = new LoggedAnswers(options.PredictionLog, ids, metrics, logger.Of<LoggedAnswers>(), time);
        _feedback = new FeedbackIntake(options.Feedback, logger.Of<FeedbackIntake>(), time);
        _batchJobs = options.BatchJobs is { } batchJobs ? new BatchJobRunner(batchJobs, options.ModelName, _loader.OnlineOf, metrics.BatchJobs, logger.Of<BatchJobRunner>(), time) : null;
        _retraining = options.Retraining is { } retraining ? new RetrainingRunner(retraining, logger.Of<RetrainingRunner>(), time) : null;
        _flags = new ServedFlags(options.Flags, _gate, options.ModelName, metrics, logger.Of<ServedFlags>(), time);
        _cache = new ServedCache(options.Cache, metrics, time);
        _alerts = new AlertMonitor(options.Alerts, options.ModelName ?? Path.GetFileName(options.Bundle), options.Pipelines, ids.Node(0), metrics, _state, logger.Of<AlertMonitor>(), time);
        _state.Unkept = () => _answers.Warnings().Concat(_feedback.Warnings()).Concat(_flags.Warnings()).Concat(_cache.Warnings()).Concat(_drift.Warnings()).Concat(_alerts.Warnings());
        _control = new TrafficControl(options, _gate, time);
        _app = Compose(options, metrics, ids, logger, time);
        _record = new ServedVersions(options.ServedModels, ids, logger.Of<ServedVersions>(), time);
        Ready = PublishAsync(time);
        _following = options.Deployment is { } deployment
            ? FollowAsync(new DeploymentFollower(deployment, _state, _loader, _record, ids.Node(0), logger.Of<DeploymentFollower>(), time))
            : Task.CompletedTask;
    }

    /// <summary>Where it listens, with the port that it got.</summary>
    public Uri Address => HttpHost.AddressesOf(_app).First();

    /// <summary>Where it speaks gRPC; null where it does not.</summary>
    public Uri? GrpcAddress => HttpHost.AddressesOf(_app).ElementAtOrDefault(1);

    /// <summary>Ends when the model is loaded, self-checked and warm; fails with <see cref="BundleException"/> if the bundle is refused.</summary>
    public Task Ready { get; }

    private ILogger Log => _app.Services.GetRequiredService<ILogger<PredictionServer>>();

    /// <summary>Serves until the process is told to stop.</summary>
    /// <param name="ready">Called once the model is ready.</param>
    /// <param name="log">Gets JSON lines; standard error if null.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">The options are wrong.</exception>
    /// <exception cref="BundleException">The bundle is damaged, truncated or of a newer format.</exception>
    /// <exception cref="IOException">The address is in use.</exception>
    public static async Task RunAsync(ServerOptions options, Action<PredictionServer>? ready = null, TextWriter? log = null, CancellationToken stop = default)
    {
        await using var server = await StartAsync(options, log, stop);
        await server.Ready;
        ready?.Invoke(server);
        await server.WaitForStopAsync(stop);
    }

    /// <summary>Listens, and loads the model meanwhile; await <see cref="Ready"/> before the first prediction.</summary>
    /// <inheritdoc cref="RunAsync" path="/param|/exception"/>
    public static async Task<PredictionServer> StartAsync(ServerOptions options, TextWriter? log = null, CancellationToken cancellation = default)
    {
        options.Validate();
        var server = new PredictionServer(options, log ?? Console.Error);
        try
        {
            await server._app.StartAsync(cancellation);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
        ServerLog.Listening(server.Log, server.Address.ToString());
        return server;
    }

    /// <summary>Ends when the server was told to stop and has finished what was in flight.</summary>
    public Task WaitForStopAsync(CancellationToken stop = default) => _app.WaitForShutdownAsync(stop);

    /// <summary>Finishes what is in flight, within the grace time.</summary>
    public Task StopAsync() => _app.StopAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _app.DisposeAsync();
        _gate.Dispose();
        await Ready.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _following;
        if (_batchJobs is not null)
            await _batchJobs.DisposeAsync();
        if (_retraining is not null)
            await _retraining.DisposeAsync();
        _admission.Dispose();
        await _shadowing.DisposeAsync();
        await _answers.DisposeAsync();
        await _feedback.DisposeAsync();
        await _drift.DisposeAsync();
        await _alerts.DisposeAsync();
        await _control.DisposeAsync();
        await _flags.DisposeAsync();
        await _cache.DisposeAsync();
        _state.Serve(null);
        await _record.DisposeAsync();
        await _loader.DisposeAsync();
        _metrics.Dispose();
        _stop.Dispose();
    }

    private async Task PublishAsync(TimeProvider time)
    {
        var log = Log;
        var generation = await _loading;
        _record.Record(generation);
        _state.Serve(new ServingSet(0, new TrafficPlan(), [new ServedArm(generation, 1, new VersionRecorder(generation.Model.Predictor.Labels, time.GetUtcNow()))], []));
        ServerLog.Serving(log, generation.Model.Version, generation.Model.Predictor.Digest);
    }

    private async Task FollowAsync(DeploymentFollower follower)
    {
        await Ready.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (Ready.IsCompletedSuccessfully)
            await follower.RunAsync(_stop.Token);
    }

    private WebApplication Compose(ServerOptions options, ServerMetrics metrics, RequestIds ids, JsonLinesLogger logger, TimeProvider time)
    {
        var predictions = new PredictionApi(_state, options, _admission, _shadowing, _answers, _flags, _cache, metrics, logger.Of<PredictionApi>(), time);
        // What gRPC needs is loaded only where it is spoken.
        var inference = options.GrpcPort is { } port ? new OpenInferenceService(_state, predictions, options, port, metrics, time) : null;
        var app = HttpHost.Build(options, options.Limits.BodyBytes, _state, logger, time, configure: inference is null ? null : inference.Configure);
        HttpHost.Use(app, options, options.Limits.BodyBytes, _state, metrics, ids, _gate, time);
        predictions.Map(app);
        new OpenInferenceApi(_state, predictions, options, time).Map(app, metrics);
        inference?.Map(app);
        new EntityEventsApi(_state, options, time).Map(app, metrics);
        new FeedbackApi(_feedback, _answers, options, time).Map(app, metrics);
        new BatchJobsApi(_batchJobs, options.BatchJobs, _state, _gate, options, time).Map(app, metrics);
        new FlagsApi(_flags, _gate, options, time).Map(app, metrics);
        new OfrepApi(_flags, options, time).Map(app, metrics);
        new AlertsApi(_alerts, _gate, options, time).Map(app, metrics);
        app.MapHealth(_state, metrics);
        app.MapMetadata(_state, metrics);
        app.MapTraffic(_state, metrics);
        app.MapDrift(_drift, metrics);
        app.MapQuality(_drift, metrics);
        new TrafficPlanApi(_control, time).Map(app, metrics);
        new RolloutsApi(_control, time).Map(app, metrics);
        new RetrainingApi(_control, time).Map(app, metrics);
        new PipelinesApi(_control, options.Pipelines, time).Map(app, metrics);
        app.MapMetrics(metrics);
        app.MapOpenApi(metrics);
        app.MapTryPage(metrics);
        return app;
    }
}
