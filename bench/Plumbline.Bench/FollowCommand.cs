using System.Diagnostics;
using System.Globalization;
using Plumbline.Inference.Routing;
using Plumbline.Registry;
using Plumbline.Storage;

namespace Plumbline.Bench;

/// <summary>How soon those who watch a store are told of a changed traffic plan, and what a look costs that finds nothing.</summary>
internal static class FollowCommand
{
    /// <param name="args">Changes, then the address of a PostgreSQL database that may be filled.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        var changes = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 200;
        var folder = Directory.CreateTempSubdirectory("plumbline-follow-");
        try
        {
            var path = Path.Combine(folder.FullName, "plumbline.db");
            await using (var store = SqliteMetadataStore.Open(path, TimeProvider.System))
            await using (var other = SqliteMetadataStore.Open(path, TimeProvider.System))
            {
                await MeasureAsync("sqlite", store, other, changes);
                var begun = Stopwatch.GetTimestamp();
                const int Looks = 100_000;
                store.Read(connection =>
                {
                    for (var i = 0; i < Looks; i++)
                        connection.Scalar("PRAGMA data_version");
                    return Looks;
                });
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"sqlite: a look that finds nothing takes {Stopwatch.GetElapsedTime(begun).TotalMicroseconds / Looks:0.0} us, 20 a second"));
            }
            if (args.Length > 1 && PostgresStoreOptions.Parse(args[1], "ADDRESS") is { } options)
            {
                await using var store = PostgresMetadataStore.Open(options, TimeProvider.System);
                await using var other = PostgresMetadataStore.Open(options, TimeProvider.System);
                await MeasureAsync("postgres", store, other, changes);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
        return 0;
    }

    private static async Task MeasureAsync(string name, IMetadataStore watched, IMetadataStore changed, int changes)
    {
        var registry = new ModelRegistry(changed, _ => true, TimeProvider.System);
        await registry.RegisterAsync("reviews", new NewModelVersion { BundleDigest = new string('a', 64) }, "bench");
        await registry.SetAliasAsync("reviews", TrafficPlan.DefaultStable, 1, "bench", "");
        var plans = new TrafficPlans(changed, TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var told = new TaskCompletionSource();
        var watching = watched.WatchAsync(() => Volatile.Read(ref told).TrySetResult(), TimeProvider.System, stop.Token);
        await told.Task;
        var milliseconds = new double[changes];
        for (var i = 0; i < changes; i++)
        {
            // After what the change before is still to be told of.
            await Task.Delay(TimeSpan.FromMilliseconds(100));
            Volatile.Write(ref told, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            var begun = Stopwatch.GetTimestamp();
            await plans.SetAsync("reviews", new TrafficPlan { Salt = $"{i}" }, null, "bench", "");
            await told.Task;
            milliseconds[i] = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
        }
        await stop.CancelAsync();
        await watching;
        Array.Sort(milliseconds);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{name}: from the call that changes a plan until who watches is told, p50 {milliseconds[changes / 2]:0.0} ms, p99 {milliseconds[changes * 99 / 100]:0.0} ms, most {milliseconds[^1]:0.0} ms"));
    }
}
