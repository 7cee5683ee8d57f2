using System.Net.Sockets;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Connections;
using Plumbline.Bundles;
using Plumbline.Cli.Output;
using Plumbline.Features.Online;
using Plumbline.Inference.Logging;
using Plumbline.Projects;
using Plumbline.Server;
using Plumbline.Storage;

namespace Plumbline.Cli;

/// <summary>Runs the prediction server and tells its errors as this program does.</summary>
internal static class Serving
{
    /// <param name="store">As the project has it; null takes the embedded one where there is one.</param>
    public static ServerOptions Options(LocatedBundle bundle, ServerSettings settings, Home home, FeatureStoreOptions? store, TimeProvider time)
    {
        var options = new ServerOptions { Bundle = bundle.Directory, ModelName = bundle.Version?.Name, ModelVersion = (int?)bundle.Version?.Version };
        var log = LogOf(settings.PredictionLog, home);
        return options with
        {
            Address = settings.Address ?? options.Address,
            Port = settings.Port ?? options.Port,
            ApiKeys = [.. settings.ApiKeys.Select(Key)],
            PredictionLog = log,
            Feedback = log is null ? null : new FeedbackOptions { Open = () => Workspace.OpenStore(home, time), Predictions = log.Folder, Retention = TimeSpan.FromDays(log.RetentionDays) },
            Drift = new DriftOptions { Open = () => Workspace.OpenStore(home, time) },
            Limits = options.Limits with
            {
                BodyBytes = settings.BodyBytes ?? options.Limits.BodyBytes,
                Items = settings.Items ?? options.Limits.Items,
                TextLength = settings.TextLength ?? options.Limits.TextLength,
                JsonDepth = settings.JsonDepth ?? options.Limits.JsonDepth,
            },
            Timeout = settings.TimeoutSeconds is { } timeout ? TimeSpan.FromSeconds(timeout) : options.Timeout,
            Grace = settings.GraceSeconds is { } grace ? TimeSpan.FromSeconds(grace) : options.Grace,
            AnonymousRequestsPerMinute = settings.AnonymousRequestsPerMinute ?? options.AnonymousRequestsPerMinute,
            FeatureStore = WithFolder(store, home),
            ServedFeatures = home.ServedFeatures,
            ServedModels = home.ServedModels,
            TrustLoopback = settings.TrustLoopback ?? options.TrustLoopback,
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

    /// <summary>Serves until the process is told to stop.</summary>
    public static async Task RunAsync(ServerOptions options, Action<PredictionServer> ready, Terminal terminal, CancellationToken cancellation)
    {
        try
        {
            await ListenAsync(options, () => PredictionServer.RunAsync(options, ready, terminal.Error, cancellation));
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
            throw new CliException(ExitCode.Network, $"{options.Address}:{options.Port} is in use. Choose another port with --port; 0 takes a free one.", exception);
        }
        catch (SocketException exception)
        {
            throw new CliException(ExitCode.Network, $"{options.Address}:{options.Port} cannot be listened on: {exception.Message}.", exception);
        }
    }

    /// <param name="serving">What is served: a model version, or a bundle.</param>
    public static void Announce(Terminal terminal, PredictionServer server, string serving, bool json) =>
        Announce(terminal, server.Address, serving, json);

    /// <param name="serving">What is served.</param>
    public static void Announce(Terminal terminal, Uri address, string serving, bool json)
    {
        terminal.Error.WriteLine($"Serving {serving} on {address} (Ctrl-C stops)");
        if (json)
            JsonOutput.Write(terminal, new JsonObject { ["url"] = address.ToString(), ["serving"] = serving });
    }

    private static PredictionLogOptions? LogOf(PredictionLogSettings settings, Home home)
    {
        if (settings.Enabled == false)
            return null;
        var options = new PredictionLogOptions { Folder = home.Predictions };
        return options with { Text = settings.Text ?? options.Text, RetentionDays = settings.RetentionDays ?? options.RetentionDays };
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
