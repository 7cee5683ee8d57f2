using Plumbline.Bundles;
using Plumbline.Server.EntityEvents;
using Plumbline.Server.Health;
using Plumbline.Server.Hosting;
using Plumbline.Server.Metadata;
using Plumbline.Server.OpenApi;
using Plumbline.Server.Predictions;
using Plumbline.Server.Security;
using Plumbline.Server.Telemetry;
using Plumbline.Server.TryPage;

namespace Plumbline.Server;

/// <summary>
/// Serves the predictions of one bundle over HTTP (<c>docs/specs/http.md</c>), until it is stopped or the process gets SIGTERM or SIGINT.
/// </summary>
public sealed class PredictionServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly AccessGate _gate;
    private readonly Task<ServedModel> _loading;
    private ServedModelRecorder? _recorder;

    private PredictionServer(ServerOptions options, TextWriter log)
    {
        var time = TimeProvider.System;
        var state = new ServerState(time);
        var metrics = new ServerMetrics(state);
        var ids = new RequestIds(time);
        var logger = new JsonLinesLogger(log, time);
        _loading = Task.Run(() => ModelLoader.Load(options, metrics, ids, logger.CreateLogger(typeof(ModelLoader).FullName!), time));
        _gate = new AccessGate(options);
        _app = Compose(options, state, metrics, ids, _gate, logger, time);
        Ready = PublishAsync(state, options.ServedModels, ids, time);
    }

    /// <summary>Where it listens, with the port that it got.</summary>
    public Uri Address => HttpHost.AddressOf(_app);

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
        await _app.DisposeAsync();
        _gate.Dispose();
        await Ready.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_recorder is not null)
            await _recorder.DisposeAsync();
        if (_loading.IsCompletedSuccessfully)
        {
            var model = await _loading;
            if (model.Aggregates is not null)
                await model.Aggregates.DisposeAsync();
            model.Dispose();
        }
    }

    private async Task PublishAsync(ServerState state, string? servedModels, RequestIds ids, TimeProvider time)
    {
        var log = Log;
        var model = await _loading;
        if (servedModels is not null)
            _recorder = ServedModelRecorder.Start(servedModels, ids.Process, model, log, time);
        state.Model = model;
        ServerLog.Serving(log, model.Version, model.Predictor.Digest);
    }

    private static WebApplication Compose(
        ServerOptions options, ServerState state, ServerMetrics metrics, RequestIds ids, AccessGate gate, JsonLinesLogger logger, TimeProvider time)
    {
        var app = HttpHost.Build(options, options.Limits.BodyBytes, state, logger, time);
        HttpHost.Use(app, options.Limits.BodyBytes, state, metrics, ids, gate, time);
        new PredictionApi(state, options, ids, time).Map(app, metrics);
        new EntityEventsApi(state, options, time).Map(app, metrics);
        app.MapHealth(state, metrics);
        app.MapMetadata(state, metrics);
        app.MapMetrics(metrics);
        app.MapOpenApi(metrics);
        app.MapTryPage(metrics);
        return app;
    }
}
