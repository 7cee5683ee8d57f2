using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;
using Plumbline.Storage;
using Plumbline.Tracking;

namespace Plumbline.Bench;

/// <summary>Runs created and batches logged by clients that each wait for their answer: median, 99th percentile, changes a second.</summary>
internal static class MetadataCommand
{
    private const int Clients = 20;
    private const int WarmUp = 2_000;
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
            Report("postgres", "insert a row, bare", await InsertAsync(args[1], runs));
        }
        return 0;
    }

    private static async Task MeasureAsync(string name, IMetadataStore store, int runs)
    {
        var tracking = new TrackingStore(store, TimeProvider.System);
        var ids = new string[WarmUp + runs];
        var create = await TimeAsync(ids.Length, async i => ids[i] = (await tracking.CreateRunAsync(new NewRun())).Id);
        var log = await TimeAsync(ids.Length, i => tracking.LogAsync(ids[i], Batch(i)));
        Report(name, "create a run", create);
        Report(name, "log a batch", log);
        Report(name, "append to the audit log", await TimeAsync(ids.Length, i => store.WriteAsync(connection => Append(connection, i))));
    }

    private static void Report(string store, string of, Laps laps) => Console.WriteLine(JsonSerializer.Serialize(new
    {
        store,
        of,
        clients = Clients,
        changes = laps.Sorted.Length,
        median_ms = Math.Round(laps.Sorted[laps.Sorted.Length / 2], 3),
        p99_ms = Math.Round(laps.Sorted[laps.Sorted.Length * 99 / 100], 3),
        per_second = Math.Round((WarmUp + laps.Sorted.Length) / laps.Seconds),
        client_cpu_ms = Math.Round(laps.CpuSeconds * 1000 / (WarmUp + laps.Sorted.Length), 3),
    }));

    /// <summary>What a durable change of one row costs at least: a statement and its commit on a connection of each client's own.</summary>
    private static async Task<Laps> InsertAsync(string address, int rows)
    {
        var options = PostgresStoreOptions.Parse(address, "ADDRESS")!;
        await using var source = NpgsqlDataSource.Create(options.ToBuilder());
        await using (var create = source.CreateCommand("CREATE TABLE IF NOT EXISTS bare (id TEXT PRIMARY KEY, value DOUBLE PRECISION NOT NULL)"))
            await create.ExecuteNonQueryAsync();
        return await TimeAsync(WarmUp + rows, async i =>
        {
            await using var insert = source.CreateCommand("INSERT INTO bare (id, value) VALUES ($1, $2)");
            insert.Parameters.Add(new() { Value = Guid.NewGuid().ToString("N") });
            insert.Parameters.Add(new() { Value = i / 7.0 });
            await insert.ExecuteNonQueryAsync();
        });
    }

    private static bool Append(DbConnection connection, int number)
    {
        Storage.EventLog.Append(connection, number, "bench", "alias.set", $"reviews-{number % 10}@champion", new JsonObject { ["version"] = number, ["previous"] = number - 1, ["reason"] = "measured" });
        return true;
    }

    private static RunBatch Batch(int run) => new() { Metrics = [.. Enumerable.Range(0, MetricsOfBatch).Select(i => new Metric($"metric-{i}", i / 7.0, run, run))] };

    /// <returns>Milliseconds of each change but those of the warm-up, sorted; seconds of all.</returns>
    private static async Task<Laps> TimeAsync(int changes, Func<int, Task> change)
    {
        var laps = new double[changes];
        var next = -1;
        var (begun, cpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
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
        return new Laps(measured, seconds, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds);
    }

    private sealed record Laps(double[] Sorted, double Seconds, double CpuSeconds);
}
