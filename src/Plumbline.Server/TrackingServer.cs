using Microsoft.AspNetCore.Server.Kestrel.Core;
using Plumbline.Server.Hosting;
using Plumbline.Server.Lineage;
using Plumbline.Server.Mlflow;
using Plumbline.Server.Security;
using Plumbline.Server.Telemetry;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;

namespace Plumbline.Server;

/// <summary>
/// Serves experiments, runs, logged models and artifacts by MLflow's REST API (<c>docs/specs/mlflow.md</c>), and lineage (<c>docs/specs/lineage.md</c>), until it is stopped or the process
/// gets SIGTERM or SIGINT.
/// </summary>
public sealed class TrackingServer : IAsyncDisposable
{
    // An artifact may take long, but not for ever.
    private static readonly MinDataRate SlowestBody = new(bytesPerSecond: 1024, gracePeriod: TimeSpan.FromSeconds(30));

    private readonly WebApplication _app;
    private readonly AccessGate _gate;
    private readonly SharedArtifacts _shared;
    private readonly ServerMetrics _metrics;

    private TrackingServer(TrackingServerOptions options, IMetadataStore store, TextWriter log)
    {
        var time = TimeProvider.System;
        var state = new HostState(time);
        _shared = new SharedArtifacts(options.Home, time);
        _metrics = new ServerMetrics(state, options.Telemetry?.HasMetrics == true);
        _gate = new AccessGate(options);
        _app = HttpHost.Build(options, options.BodyBytes, state, new JsonLinesLogger(log, time, options.Telemetry?.Logs), time, SlowestBody);
        HttpHost.Use(_app, options, options.BodyBytes, state, _metrics, new RequestIds(time), _gate, time, isAudited: true);
        _app.MapMlflow(options, store, _shared, _metrics, time);
        _app.MapLineage(_shared, store, _metrics, time);
        _app.MapMetrics(_metrics);
    }

    /// <summary>Where it listens, with the port that it got.</summary>
    public Uri Address => HttpHost.AddressesOf(_app).First();

    /// <summary>Serves until the process is told to stop.</summary>
    /// <param name="store">Stays its owner's, and must outlive the server.</param>
    /// <param name="ready">Called once it listens.</param>
    /// <param name="log">Gets JSON lines; standard error if null.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">The options are wrong.</exception>
    /// <exception cref="IOException">The address is in use.</exception>
    public static async Task RunAsync(
        TrackingServerOptions options, IMetadataStore store, Action<TrackingServer>? ready = null, TextWriter? log = null, CancellationToken stop = default)
    {
        await using var server = await StartAsync(options, store, log, stop);
        ready?.Invoke(server);
        await server._app.WaitForShutdownAsync(stop);
    }

    /// <inheritdoc cref="RunAsync" path="/param|/exception"/>
    public static async Task<TrackingServer> StartAsync(TrackingServerOptions options, IMetadataStore store, TextWriter? log = null, CancellationToken cancellation = default)
    {
        options.Validate();
        var server = new TrackingServer(options, store, log ?? Console.Error);
        try
        {
            await server._app.StartAsync(cancellation);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
        ServerLog.Listening(server._app.Services.GetRequiredService<ILogger<TrackingServer>>(), server.Address.ToString());
        return server;
    }

    /// <summary>Finishes what is in flight, within the grace time.</summary>
    public Task StopAsync() => _app.StopAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _gate.Dispose();
        _shared.Dispose();
        _metrics.Dispose();
    }
}
