using System.CommandLine;
using Plumbline.Projects;
using Plumbline.Server;
using Plumbline.Storage;
using Plumbline.Tracking;

namespace Plumbline.Cli.Commands;

/// <summary>Serves the state folder's runs to MLflow's clients; its keys and address are those of the project's <c>server</c>, but for the port.</summary>
internal sealed class ServerCommand : CliCommand
{
    private static readonly TimeSpan UpkeepPeriod = TimeSpan.FromMinutes(1);

    private readonly Option<int> _port = new("--port")
    {
        Description = $"Port ({TrackingServerOptions.DefaultPort}); 0 takes a free one",
        HelpName = "N",
        DefaultValueFactory = static _ => TrackingServerOptions.DefaultPort,
    };

    private readonly Option<string?> _address = new("--address") { Description = "Address (127.0.0.1); another one needs an API key", HelpName = "IP" };

    public ServerCommand(Terminal terminal)
        : base(terminal, "server", "Take and show runs over MLflow's REST API until stopped")
    {
        Options.Add(_port);
        Options.Add(_address);
        Examples = ["server", "server --port 5001", "server --home /srv/plumbline --port 0 --json"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var home = CommonOptions.HomeOf(parse);
        var settings = Project.Find(Environment.CurrentDirectory)?.Server ?? new ServerSettings();
        settings = settings with { Port = parse.GetValue(_port), Address = parse.GetValue(_address) ?? settings.Address };
        var options = Serving.TrackingOptions(settings, home);
        await using var workspace = Workspace.Open(home, Terminal.Time);
        // Sends what other commands left, as long as it runs.
        await using var events = OpenLineageEvents.Open(home, Terminal.Time);
        using var telemetry = CommandTelemetry.Open(Terminal);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var upkeep = EndAbandonedAsync(workspace.Tracking, Terminal.Time, stop.Token);
        await Serving.ListenAsync(options, () => TrackingServer.RunAsync(
            options with { Telemetry = telemetry }, workspace.Store, server => Serving.Announce(Terminal, server.Address, $"the runs of {home.Root}", parse.GetValue(CommonOptions.Json)), Terminal.Error, cancellation));
        await stop.CancelAsync();
        await upkeep.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return ExitCode.Ok;
    }

    /// <summary>Runs whose process died are not shown as running for ever.</summary>
    private static async Task EndAbandonedAsync(TrackingStore tracking, TimeProvider time, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(UpkeepPeriod, time);
        do
        {
            try
            {
                await tracking.EndAbandonedAsync(stop);
            }
            catch (MetadataException)
            {
                // Who asks the server is told that the store does not answer.
            }
        }
        while (await timer.WaitForNextTickAsync(stop));
    }
}
