using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Plumbline.Pipelines;
using Plumbline.Pipelines.Lineage;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;
using Plumbline.Tracking;

namespace Plumbline.Bench;

/// <summary>The lineage of a snapshot that many runs were trained on, each with a contract and a bundle of its own: median and 95th percentile, and processor time of this process.</summary>
internal static class LineageCommand
{
    private const int BatchSize = 1000;
    private const int Repetitions = 21;
    private const int WarmUp = 5;

    private const int ContractsFrom = 1_000_000;

    private static readonly string Snapshot = Digest(-1);

    /// <param name="args">How many runs, then the address of a PostgreSQL database that may be filled.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        var runs = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 2_000;
        var folder = Directory.CreateTempSubdirectory("plumbline-lineage-");
        try
        {
            var home = new Home(folder.FullName);
            await using (var store = SqliteMetadataStore.Open(home.Database, TimeProvider.System))
                await MeasureAsync("sqlite", store, home, runs);
            if (args.Length > 1 && PostgresStoreOptions.Parse(args[1], "ADDRESS") is { } options)
            {
                await using var store = PostgresMetadataStore.Open(options, TimeProvider.System);
                await MeasureAsync("postgres", store, home, runs);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
        return 0;
    }

    private static async Task MeasureAsync(string name, IMetadataStore store, Home home, int runs)
    {
        await FillAsync(new TrackingStore(store, TimeProvider.System), home, runs);
        using var artifacts = new SharedArtifacts(home, TimeProvider.System);
        var reader = new LineageReader(store, artifacts, TimeProvider.System);
        var (laps, cpu) = (new double[Repetitions], TimeSpan.Zero);
        var nodes = 0;
        for (var i = -WarmUp; i < Repetitions; i++)
        {
            if (i == 0)
                cpu = Environment.CpuUsage.TotalTime;
            var start = Stopwatch.GetTimestamp();
            nodes = (await reader.ReadAsync(Snapshot)).Nodes.Count;
            if (i >= 0)
                laps[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
        cpu = Environment.CpuUsage.TotalTime - cpu;
        Array.Sort(laps);
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            store = name,
            nodes,
            fastest_ms = Math.Round(laps[0], 1),
            median_ms = Math.Round(laps[Repetitions / 2], 1),
            p95_ms = Math.Round(laps[Repetitions * 95 / 100], 1),
            cpu_ms = Math.Round(cpu.TotalMilliseconds / Repetitions, 1),
        }));
    }

    private static async Task FillAsync(TrackingStore tracking, Home home, int runs)
    {
        for (var first = 0; first < runs; first += BatchSize)
            await Task.WhenAll(Enumerable.Range(first, Math.Min(BatchSize, runs - first)).Select(number => tracking.CreateRunAsync(NewRun(number))).ToArray());
        for (var number = 0; number < runs; number++)
        {
            var bundle = Directory.CreateDirectory(Path.Combine(home.Bundles, Digest(number)));
            await File.WriteAllTextAsync(Path.Combine(bundle.FullName, "manifest.json"), "{}");
        }
    }

    private static NewRun NewRun(int number) => new()
    {
        Data = new RunBatch
        {
            Tags = [new(TrainingPipeline.BundleTag, Digest(number)), new(TrainingPipeline.ContractTag, Digest(number + ContractsFrom))],
            Inputs = [new DatasetInput(Snapshot, "training")],
        },
    };

    private static string Digest(int number) => Convert.ToHexStringLower(SHA256.HashData(BitConverter.GetBytes(number)));
}
