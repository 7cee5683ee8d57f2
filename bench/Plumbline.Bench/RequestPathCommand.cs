using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Plumbline.Bench.Load;
using Plumbline.Inference.Caching;
using Plumbline.Inference.Flags;
using Plumbline.Inference.Logging;
using Plumbline.Inference.Routing;
using Plumbline.Registry;
using Plumbline.Rollouts;
using Plumbline.Server;
using Plumbline.Server.Telemetry;
using Plumbline.Storage;
using Plumbline.Telemetry;

namespace Plumbline.Bench;

/// <summary>
/// What a request costs a server, by what is on: requests/s of few callers that never pause, and bytes allocated a request. With everything on there are a prediction log with texts, drift, two versions that share the traffic, a shadow of a
/// tenth, and a flag; then traces, metrics and logs by OTLP to a receiver that throws them away. The rounds take turns, so that what else the machine does falls on all alike. One JSON line; all in one process.
/// </summary>
internal static class RequestPathCommand
{
    private const string Model = "reviews";
    private const int Connections = 32, Rounds = 3;

    public static async Task<int> RunAsync(string[] args)
    {
        var seconds = args.Length > 2 ? double.Parse(args[2], CultureInfo.InvariantCulture) : 5;
        var folder = Directory.CreateTempSubdirectory("plumbline-bench-");
        try
        {
            await using var receiver = await StartReceiverAsync();
            var variants = new (string Name, Func<ServerOptions> Options, double? Sampled)[]
            {
                ("off", () => Plain(args[0]), null),
                ("all", () => All(args[0], folder.FullName), null),
                ("all, otlp 1 %", () => All(args[0], folder.FullName), 0.01),
                ("all, otlp 100 %", () => All(args[0], folder.FullName), 1),
            };
            var results = variants.ToDictionary(variant => variant.Name, _ => new List<(double Rate, double Bytes)>());
            for (var round = 0; round < Rounds; round++)
            {
                foreach (var (name, options, sampled) in variants)
                    results[name].Add(await MeasureAsync(options(), sampled, receiver.Urls.Single(), args[1], seconds));
            }
            Console.WriteLine(JsonSerializer.Serialize(results.ToDictionary(
                result => result.Key, result => new { requests_per_second = Math.Round(Median(result.Value, one => one.Rate)), bytes_per_request = Math.Round(Median(result.Value, one => one.Bytes)) })));
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static double Median(List<(double Rate, double Bytes)> rounds, Func<(double Rate, double Bytes), double> value) => rounds.Select(value).Order().ElementAt(rounds.Count / 2);

    private static async Task<(double Rate, double Bytes)> MeasureAsync(ServerOptions options, double? sampled, string receiver, string texts, double seconds)
    {
        using var export = sampled is { } ratio
            ? TelemetryExport.Start(TelemetryOptions.Resolve(new TelemetrySettings(new Uri(receiver), OtlpProtocol.HttpProtobuf, new Dictionary<string, string>(), ratio, null, null, null), _ => null)!, Console.Error.WriteLine)
            : null;
        await using var server = await PredictionServer.StartAsync(options with { Telemetry = export }, TextWriter.Null);
        await server.Ready;
        if (options.Deployment is not null)
        {
            using var client = new HttpClient { BaseAddress = server.Address };
            while (!(await client.GetStringAsync(new Uri("/readiness", UriKind.Relative))).Contains("\"revision\":1", StringComparison.Ordinal))
                await Task.Delay(1);
        }
        var url = new Uri(server.Address, "/predict");
        var requests = Requests.Build(url, texts);
        // Due at once, all of them: each connection sends as soon as it is free.
        LoadResult Run(double time) => new OpenLoop(Requests.ServerOf(url), requests, 1e6 / time, time, Connections).Run();
        Run(seconds / 2);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var result = Run(seconds);
        // Of those that were due by the end, some are still under way.
        return result.Ok > 0 && result.Refused == 0 && result.Sent - result.Ok <= Connections
            ? (result.RateAchieved, (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)result.Ok)
            : throw new InvalidDataException($"{result.Sent - result.Ok} of {result.Sent} requests failed.");
    }

    private static ServerOptions Plain(string bundle) => new() { Bundle = bundle, ModelName = Model, ModelVersion = 1, Port = 0, Cache = new PredictionCacheOptions { MemoryBytes = 0 } };

    private static ServerOptions All(string bundle, string folder) => Plain(bundle) with
    {
        PredictionLog = new PredictionLogOptions { Folder = Path.Combine(folder, "predictions"), Text = true },
        Drift = new DriftOptions { Open = () => SqliteMetadataStore.Open(Path.Combine(folder, "plumbline.db"), TimeProvider.System) },
        Deployment = new DeploymentOptions { Model = Model, Open = () => new FixedPlan(bundle) },
        Flags = new FlagOptions { Defaults = new Dictionary<string, FlagDefinition> { ["shadow"] = new() } },
    };

    private static async Task<WebApplication> StartReceiverAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1));
        var app = builder.Build();
        app.Run(context => context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted));
        await app.StartAsync();
        return app;
    }

    /// <summary>Version 1 answers half, version 2 the other half, and version 3 a tenth unseen; they are one bundle.</summary>
    private sealed class FixedPlan(string bundle) : IDeploymentSource
    {
        private static readonly TrafficPlan Plan = new() { Stable = "1", Candidates = [new TrafficShare("2", 0.5)], Shadows = [new TrafficShare("3", 0.1)] };

        public Task<PlannedTraffic> ReadAsync(CancellationToken cancellation) =>
            Task.FromResult(new PlannedTraffic(1, Plan, Version(1), [new PlannedVersion("2", Version(2), 0.5)], [new PlannedVersion("3", Version(3), 0.1)], []));

        public Task<string> LocateAsync(ModelVersion version, CancellationToken cancellation) => Task.FromResult(bundle);

        public Task MeasureAsync(string rollout, IReadOnlyList<Measurement> measurements, CancellationToken cancellation) => Task.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private static ModelVersion Version(long number) => new(Model, number, null, null, null, "", 0);
    }
}
