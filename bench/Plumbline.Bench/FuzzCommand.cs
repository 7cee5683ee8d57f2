using System.Globalization;
using System.Net;
using System.Text.Json;
using Plumbline.Bench.Load;
using Plumbline.Inference.Logging;
using Plumbline.Server;
using Plumbline.Server.Tests.Fuzzing;
using Plumbline.Storage;

namespace Plumbline.Bench;

/// <summary>
/// Sends requests that are wrong to a server, of a running one's address or of a bundle in this process, and says what it did not answer as it should, and what memory it took. One JSON line; what failed goes to standard error.
/// </summary>
internal static class FuzzCommand
{
    private const int Clients = 8;

    /// <param name="args">ADDRESS, or ADDRESS,GRPC, or BUNDLE; COUNT; SEED; the number of one request alone.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        var count = long.Parse(args[1], CultureInfo.InvariantCulture);
        var seed = args.Length > 2 ? ulong.Parse(args[2], CultureInfo.InvariantCulture) : 1;
        if (args[0].Split(',') is [var address, .. var grpc] && Uri.TryCreate(address, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttp)
            return await RunAsync(url, new FuzzRun(Requests.ServerOf(url), grpc is [var port] ? IPEndPoint.Parse(port) : null, seed), count, args);
        var folder = Directory.CreateTempSubdirectory("plumbline-bench-");
        try
        {
            await using var log = new WatchedLog();
            await using var server = await PredictionServer.StartAsync(Options(args[0], folder.FullName), log);
            await server.Ready;
            var run = new FuzzRun(Requests.ServerOf(server.Address), Requests.ServerOf(server.GrpcAddress!), seed);
            var result = await RunAsync(server.Address, run, count, args);
            foreach (var fault in log.Faults.Take(20))
                await Console.Error.WriteLineAsync($"logged: {fault}");
            return log.Faults.IsEmpty ? result : 1;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<int> RunAsync(Uri address, FuzzRun run, long count, string[] args)
    {
        if (args.Length > 3)
            await run.SendAsync(long.Parse(args[3], CultureInfo.InvariantCulture));
        else
        {
            // A quarter first, so that caches and pools are full.
            await run.RunAsync(0, count / 4, Clients);
            var begun = TimeProvider.System.GetTimestamp();
            await run.RunAsync(count / 4, count * 5 / 8, Clients);
            var half = await ResidentAsync(address);
            await run.RunAsync(count * 5 / 8, count, Clients);
            var whole = await ResidentAsync(address);
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                requests = count,
                a_second = Math.Round(count * 0.75 / TimeProvider.System.GetElapsedTime(begun).TotalSeconds),
                statuses = run.Statuses.OrderBy(pair => pair.Key).ToDictionary(pair => pair.Key.ToString(CultureInfo.InvariantCulture), pair => pair.Value),
                right_in_between = run.Probes,
                failures = run.Failures.Count,
                resident_mib_after_half = Math.Round(half / 1048576, 1),
                resident_mib_after = Math.Round(whole / 1048576, 1),
                growth = Math.Round((whole / half) - 1, 3),
            }));
        }
        foreach (var failure in run.Failures)
            await Console.Error.WriteLineAsync(failure);
        return run.Failures.IsEmpty ? 0 : 1;
    }

    private static ServerOptions Options(string bundle, string folder)
    {
        SqliteMetadataStore Open() => SqliteMetadataStore.Open(Path.Combine(folder, "plumbline.db"), TimeProvider.System);
        var predictions = new PredictionLogOptions { Folder = Path.Combine(folder, "predictions") };
        return new ServerOptions
        {
            Bundle = bundle,
            ModelName = "reviews",
            ModelVersion = 3,
            Port = 0,
            GrpcPort = 0,
            ApiKeys = [new("fuzzer", RequestFuzzer.Key, int.MaxValue)],
            TrustLoopback = true,
            PredictionLog = predictions,
            Feedback = new FeedbackOptions { Open = Open, Predictions = predictions.Folder },
            Flags = new FlagOptions { Open = Open, LastKnown = Path.Combine(folder, "known.json") },
            BatchJobs = new BatchJobOptions
            {
                Open = Open,
                Resolve = (reference, _) => throw new MetadataException(MetadataError.NotFound, $"There is no {reference}."),
                Locate = (_, _) => Task.FromResult(bundle),
                Home = new Home(Path.Combine(folder, "home")),
                Paths = [Path.Combine(folder, "data")],
            },
        };
    }

    private static async Task<double> ResidentAsync(Uri address)
    {
        using var client = new HttpClient();
        var metrics = await client.GetStringAsync(new Uri(address, "/metrics"));
        const string Name = "process_resident_memory_bytes ";
        return double.Parse(metrics.Split('\n').First(line => line.StartsWith(Name, StringComparison.Ordinal)).AsSpan(Name.Length), CultureInfo.InvariantCulture);
    }
}
