using System.Net.Sockets;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Connections;
using Plumbline.Bundles;
using Plumbline.Cli.Output;
using Plumbline.Features.Online;
using Plumbline.Inference.Flags;
using Plumbline.Inference.Logging;
using Plumbline.Projects;
using Plumbline.Server;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;

namespace Plumbline.Cli;

/// <summary>Runs the prediction server and tells its errors as this program does.</summary>
internal static class Serving
{
    /// <param name="store">As the project has it; null takes the embedded one where there is one.</param>
    /// <param name="flags">As the project has them; null for none.</param>
    public static ServerOptions Options(
        LocatedBundle bundle, ServerSettings settings, Home home, FeatureStoreOptions? store, TimeProvider time, IReadOnlyDictionary<string, FlagDefinition>? flags = null)
    {
        var options = new ServerOptions { Bundle = bundle.Directory, ModelName = bundle.Version?.Name, ModelVersion = (int?)bundle.Version?.Version };
        var log = LogOf(settings.PredictionLog, home, time);
        return options with
        {
            Address = settings.Address ?? options.Address,
            Port = settings.Port ?? options.Port,
            ApiKeys = [.. settings.ApiKeys.Select(Key)],
            GrpcPort = settings.GrpcPort,
            PredictionLog = log,
            Drift = DriftOf(settings, home, time),
            Feedback = log is null ? null : new FeedbackOptions { Open = () => Workspace.OpenStore(home, time), Predictions = log.Folder, Retention = TimeSpan.FromDays(log.RetentionDays), Artifacts = log.Artifacts },
            Limits = options.Limits with
            {
                BodyBytes = settings.BodyBytes ?? options.Limits.BodyBytes,
                Items = settings.Items ?? options.Limits.Items,
                TextLength = settings.TextLength ?? options.Limits.TextLength,
                StreamItems = settings.StreamItems ?? options.Limits.StreamItems,
                StreamBytes = settings.StreamBytes ?? options.Limits.StreamBytes,
                JsonDepth = settings.JsonDepth ?? options.Limits.JsonDepth,
            },
            Admission = options.Admission with
            {
                Concurrency = settings.Admission.Concurrency ?? options.Admission.Concurrency,
                QueueTexts = settings.Admission.QueueTexts ?? options.Admission.QueueTexts,
                Wait = settings.Admission.WaitSeconds is { } wait ? TimeSpan.FromSeconds(wait) : options.Admission.Wait,
                BatchTexts = settings.Admission.BatchTexts ?? options.Admission.BatchTexts,
            },
            Timeout = settings.TimeoutSeconds is { } timeout ? TimeSpan.FromSeconds(timeout) : options.Timeout,
            Grace = settings.GraceSeconds is { } grace ? TimeSpan.FromSeconds(grace) : options.Grace,
            AnonymousRequestsPerMinute = settings.AnonymousRequestsPerMinute ?? options.AnonymousRequestsPerMinute,
            FeatureStore = WithFolder(store, home),
            ServedFeatures = home.ServedFeatures,
            ServedModels = home.ServedModels,
            TrustLoopback = settings.TrustLoopback ?? options.TrustLoopback,
            Cache = settings.Cache ?? options.Cache,
            Flags = FlagsOf(settings, home, flags, time),
        };
    }

    /// <summary>The embedded store of a state folder: what the project names, or what is there already.</summary>
    public static FeatureStoreOptions? WithFolder(FeatureStoreOptions? store, Home home) =>
        store is { Kind: FeatureStoreKind.Embedded } ? store with { Folder = home.FeatureStore }
        : store is null && Directory.Exists(home.FeatureStore) ? new FeatureStoreOptions { Folder = home.FeatureStore }
        : store;

    /// <summary>As <see cref="Options"/>, for the server of runs; what <c>server</c> says of predictions does not matter to it.</summary>
    public static TrackingServerOptions TrackingOptions(ServerSettings settings, Home home)
    {
        var options = new TrackingServerOptions { Home = home };
        return options with
        {
            Address = settings.Address ?? options.Address,
            Port = settings.Port ?? options.Port,
            ApiKeys = [.. settings.ApiKeys.Select(Key)],
            Grace = settings.GraceSeconds is { } grace ? TimeSpan.FromSeconds(grace) : options.Grace,
            AnonymousRequestsPerMinute = settings.AnonymousRequestsPerMinute ?? options.AnonymousRequestsPerMinute,
            TrustLoopback = settings.TrustLoopback ?? options.TrustLoopback,
        };
    }

    /// <summary>As <see cref="Options"/>, for what tells of a worker.</summary>
    public static WorkerServerOptions WorkerOptions(ServerSettings settings, int port, string? address)
    {
        var options = new WorkerServerOptions();
        return options with
        {
            Address = address ?? options.Address,
            Port = port,
            ApiKeys = [.. settings.ApiKeys.Select(Key)],
            AnonymousRequestsPerMinute = settings.AnonymousRequestsPerMinute ?? options.AnonymousRequestsPerMinute,
            TrustLoopback = settings.TrustLoopback ?? options.TrustLoopback,
        };
    }

    /// <summary>Serves until the process is told to stop.</summary>
    public static async Task RunAsync(ServerOptions options, Action<PredictionServer> ready, Terminal terminal, CancellationToken cancellation)
    {
        try
        {
            using var telemetry = CommandTelemetry.Open(terminal);
            await ListenAsync(options, () => PredictionServer.RunAsync(options with { Telemetry = telemetry }, ready, terminal.Error, cancellation));
        }
        catch (InvalidDataException exception)
        {
            throw new BundleException(exception.Message, exception);
        }
    }

    /// <summary>Runs a server, and says so where its address cannot be had.</summary>
    public static async Task ListenAsync(ListenerOptions options, Func<Task> run)
    {
        try
        {
            await run();
        }
        catch (Exception exception) when (exception is AddressInUseException || exception.InnerException is AddressInUseException)
        {
            throw new CliException(ExitCode.Network, $"{Where(options)} is in use. Choose another port with --port; 0 takes a free one.", exception);
        }
        catch (SocketException exception)
        {
            throw new CliException(ExitCode.Network, $"{Where(options)} cannot be listened on: {exception.Message}.", exception);
        }
    }

    /// <param name="serving">What is served: a model version, or a bundle.</param>
    public static void Announce(Terminal terminal, PredictionServer server, string serving, bool json) =>
        Announce(terminal, server.Address, serving, json, server.GrpcAddress);

    /// <param name="serving">What is served.</param>
    /// <param name="grpc">Where gRPC is spoken, too; null where it is not.</param>
    public static void Announce(Terminal terminal, Uri address, string serving, bool json, Uri? grpc = null)
    {
        terminal.Error.WriteLine($"Serving {serving} on {address}{(grpc is null ? "" : $", over gRPC on {grpc.Authority}")} (Ctrl-C stops)");
        if (!json)
            return;
        var output = new JsonObject { ["url"] = address.ToString(), ["serving"] = serving };
        if (grpc is not null)
            output["grpc"] = grpc.Authority;
        JsonOutput.Write(terminal, output);
    }

    private static string Where(ListenerOptions options) =>
        options is ServerOptions { GrpcPort: { } grpc } ? $"{options.Address}:{options.Port}, or {grpc} for gRPC," : $"{options.Address}:{options.Port}";

    private static DriftOptions? DriftOf(ServerSettings settings, Home home, TimeProvider time)
    {
        if (settings.Drift == false)
            return null;
        var options = new DriftOptions { Open = () => Workspace.OpenStore(home, time) };
        return options with { Period = settings.DriftPeriodSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : options.Period, Profile = settings.DriftProfile ?? options.Profile };
    }

    private static FlagOptions FlagsOf(ServerSettings settings, Home home, IReadOnlyDictionary<string, FlagDefinition>? flags, TimeProvider time)
    {
        var options = new FlagOptions { Open = () => Workspace.OpenStore(home, time), LastKnown = Path.Combine(home.Serving, "flags", "known.json") };
        return options with { Defaults = flags ?? options.Defaults, Poll = settings.PollSeconds is { } poll ? TimeSpan.FromSeconds(poll) : options.Poll };
    }

    private static PredictionLogOptions? LogOf(PredictionLogSettings settings, Home home, TimeProvider time)
    {
        if (settings.Enabled == false)
            return null;
        var options = new PredictionLogOptions { Folder = home.Predictions, Artifacts = home.Artifacts is null ? null : () => new SharedArtifacts(home, time) };
        return options with
        {
            Text = settings.Text ?? options.Text,
            RetentionDays = settings.RetentionDays ?? options.RetentionDays,
            ShipInterval = settings.ShipSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : options.ShipInterval,
        };
    }

    private static ApiKey Key(ApiKeySettings key)
    {
        try
        {
            return new ApiKey(key.Name, key.Secret.Reveal(), key.RequestsPerMinute);
        }
        catch (ArgumentException exception)
        {
            throw CliException.Usage(exception.Message);
        }
    }
}
