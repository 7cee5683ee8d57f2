using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Plumbline.Bench.Load;
using Plumbline.Inference.Logging;
using Plumbline.Inference.Routing;
using Plumbline.Registry;
using Plumbline.Rollouts;
using Plumbline.Server;
using Plumbline.Storage;

namespace Plumbline.Bench;

/// <summary>Swaps between two versions while they are asked, by moving the alias that the server follows. Every answer must have the probabilities of the version that it names. One JSON line; all in one process, the load's share of which stays as it is.</summary>
internal static class SwapsCommand
{
    private const string Model = "reviews";
    private const int Connections = 32, SwapsOfWarmUp = 50;
    private const double SecondsOfLoad = 5;

    private static readonly string[] Words = ["good", "awful", "fine", "a story", "loved it", "boring", "the end", "", "ein gutes Buch", "5 stars"];

    /// <param name="args">BUNDLE_A, BUNDLE_B, swaps, requests a second.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        string[] bundles = [args[0], args[1]];
        var swaps = int.Parse(args[2], CultureInfo.InvariantCulture);
        var folder = Directory.CreateTempSubdirectory("plumbline-bench-");
        try
        {
            await using var store = SqliteMetadataStore.Open(Path.Combine(folder.FullName, "plumbline.db"), TimeProvider.System);
            var registry = new ModelRegistry(store, _ => true, TimeProvider.System);
            foreach (var bundle in bundles)
                await registry.RegisterAsync(Model, new NewModelVersion { BundleDigest = Path.GetFileName(Path.TrimEndingDirectorySeparator(bundle)) }, "bench");
            await registry.SetAliasAsync(Model, TrafficPlan.DefaultStable, 1, "bench", "");
            await using var server = await PredictionServer.StartAsync(Options(bundles, folder.FullName), TextWriter.Null);
            await server.Ready;
            var answers = new ExpectedAnswers(bundles, Words);
            var url = new Uri(server.Address, "/predict");
            var requests = Words.Select(word => Requests.Build(url, "", $$"""{"text":{{JsonSerializer.Serialize(word)}}}""")).ToArray();
            // Due at once, all of them: each connection sends as soon as it is free.
            var most = Run(requests, url, answers, 1e6 / SecondsOfLoad).RateAchieved;
            var rate = args.Length > 3 ? double.Parse(args[3], CultureInfo.InvariantCulture) : 0.8 * most;
            await SwapAsync(registry, server.Address, requests, url, answers, SwapsOfWarmUp, rate);
            var before = await Memory.AtRestAsync(folder.FullName);
            var begun = Stopwatch.GetTimestamp();
            var (sent, failed) = await SwapAsync(registry, server.Address, requests, url, answers, swaps, rate);
            var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
            var after = await Memory.AtRestAsync(folder.FullName);
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                swaps,
                seconds = Math.Round(seconds, 1),
                most_per_second = Math.Round(most),
                asked_per_second = Math.Round(rate),
                answered = sent - failed,
                failed,
                mixed = answers.Mixed,
                by_version = answers.Counts,
                before,
                after,
                resident_growth = Math.Round((after.ResidentMib / before.ResidentMib) - 1, 3),
            }));
            return failed == 0 && answers.Mixed == 0 ? 0 : 1;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Swaps under load, each once the one before is served.</summary>
    private static async Task<(long Sent, long Failed)> SwapAsync(ModelRegistry registry, Uri address, byte[][] requests, Uri url, ExpectedAnswers answers, int swaps, double rate)
    {
        var isOver = false;
        var load = Task.Factory.StartNew(() =>
        {
            (long Sent, long Failed) all = default;
            while (!Volatile.Read(ref isOver))
            {
                var result = Run(requests, url, answers, rate);
                all = (all.Sent + result.Sent, all.Failed + result.Failed);
            }
            return all;
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        using var client = new HttpClient { BaseAddress = address };
        for (var swap = 0; swap < swaps && !load.IsCompleted; swap++)
        {
            var version = 2 - (swap % 2);
            await registry.SetAliasAsync(Model, TrafficPlan.DefaultStable, version, "bench", "");
            while (!(await client.GetStringAsync(new Uri("/readiness", UriKind.Relative))).Contains($"\"version\":\"{Model}/{version}\"", StringComparison.Ordinal))
                await Task.Delay(1);
        }
        Volatile.Write(ref isOver, true);
        return await load;
    }

    private static LoadResult Run(byte[][] requests, Uri url, ExpectedAnswers answers, double rate) =>
        new OpenLoop(Requests.ServerOf(url), requests, rate, SecondsOfLoad, Connections) { Answered = answers.Check }.Run();

    private static string PredictionsOf(string folder) => Path.Combine(folder, "predictions");

    private static ServerOptions Options(string[] bundles, string folder)
    {
        SqliteMetadataStore Open() => SqliteMetadataStore.Open(Path.Combine(folder, "plumbline.db"), TimeProvider.System);
        var predictions = PredictionsOf(folder);
        return new ServerOptions
        {
            Bundle = bundles[0],
            ModelName = Model,
            ModelVersion = 1,
            Port = 0,
            PredictionLog = new PredictionLogOptions { Folder = predictions },
            Feedback = new FeedbackOptions { Open = Open, Predictions = predictions },
            Deployment = new DeploymentOptions { Model = Model, Open = () => new Source(Open(), bundles), OpenStore = Open, LastGood = Path.Combine(folder, "last.json") },
        };
    }

    private sealed class Source(IMetadataStore store, string[] bundles) : IDeploymentSource
    {
        private readonly TrafficPlans _plans = new(store, TimeProvider.System);

        public Task<PlannedTraffic> ReadAsync(CancellationToken cancellation) => _plans.ResolveAsync(Model, cancellation);

        public Task WatchAsync(Action changed, CancellationToken cancellation) => store.WatchAsync(changed, TimeProvider.System, cancellation);

        public Task<string> LocateAsync(ModelVersion version, CancellationToken cancellation) => Task.FromResult(bundles[version.Version - 1]);

        public Task<StoredRollout?> FindRolloutAsync(string rollout, CancellationToken cancellation) => Task.FromResult<StoredRollout?>(null);

        public Task MeasureAsync(string rollout, IReadOnlyList<Measurement> measurements, CancellationToken cancellation) => Task.CompletedTask;

        public ValueTask DisposeAsync() => store.DisposeAsync();
    }

    /// <summary>What this process takes: in all, of that what the collector manages, and of that what lives.</summary>
    private sealed record Memory(double ResidentMib, double ManagedMib, double LiveMib)
    {
        /// <summary>Once no full segment of the prediction log is being made Parquet, which takes memory for a moment, whatever was swapped.</summary>
        public static async Task<Memory> AtRestAsync(string folder)
        {
            while (PredictionFolder.SegmentFiles(PredictionsOf(folder)).Length > 1)
                await Task.Delay(10);
            GC.Collect();
            var resident = Environment.WorkingSet;
            var collected = GC.GetGCMemoryInfo();
            return new Memory(Mib(resident), Mib(collected.TotalCommittedBytes), Mib(GC.GetTotalMemory(forceFullCollection: false)));
        }

        private static double Mib(long bytes) => Math.Round(bytes / 1048576.0, 1);
    }
}
