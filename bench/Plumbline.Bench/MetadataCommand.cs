using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Plumbline.Storage;
using Plumbline.Tracking;

namespace Plumbline.Bench;

/// <summary>Runs created and batches logged by clients that each wait for their answer: median, 99th percentile, changes a second.</summary>
internal static class MetadataCommand
{
    private const int Clients = 20;
    private const int WarmUp = 200;
    private const int MetricsOfBatch = 10;

    /// <param name="args">Runs, then the address of a PostgreSQL database that may be filled.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        var runs = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 4_000;
        var folder = Directory.CreateTempSubdirectory("plumbline-metadata-");
        try
        {
            await using var store = SqliteMetadataStore.Open(Path.Combine(folder.FullName, "plumbline.db"), TimeProvider.System);
            await MeasureAsync("sqlite", store, runs);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
        if (args.Length > 1 && PostgresStoreOptions.Parse(args[1], "ADDRESS") is { } options)
        {
            await using var store = PostgresMetadataStore.Open(options, TimeProvider.System);
            await MeasureAsync("postgres", store, runs);
        }
        return 0;
    }

    private static async Task MeasureAsync(string name, IMetadataStore store, int runs)
    {
        var tracking = new TrackingStore(store, TimeProvider.System);
        var ids = new string[WarmUp + runs];
        var create = await TimeAsync(ids.Length, async i => ids[i] = (await tracking.CreateRunAsync(new NewRun())).Id);
        var log = await TimeAsync(ids.Length, i => tracking.LogAsync(ids[i], Batch(i)));
        foreach (var (of, (laps, seconds)) in new[] { ("create a run", create), ("log a batch", log) })
        {
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                store = name,
                of,
                clients = Clients,
                changes = laps.Length,
                median_ms = Math.Round(laps[laps.Length / 2], 3),
                p99_ms = Math.Round(laps[laps.Length * 99 / 100], 3),
                per_second = Math.Round(ids.Length / seconds),
            }));
        }
    }

    private static RunBatch Batch(int run) => new() { Metrics = [.. Enumerable.Range(0, MetricsOfBatch).Select(i => new Metric($"metric-{i}", i / 7.0, run, run))] };

    /// <returns>Milliseconds of each change but those of the warm-up, sorted; seconds of all.</returns>
    private static async Task<(double[] Laps, double Seconds)> TimeAsync(int changes, Func<int, Task> change)
    {
        var laps = new double[changes];
        var next = -1;
        var begun = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) is var i && i < changes)
            {
                var start = Stopwatch.GetTimestamp();
                await change(i);
                laps[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }
        })));
        var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        var measured = laps[WarmUp..];
        Array.Sort(measured);
        return (measured, seconds);
    }
}
