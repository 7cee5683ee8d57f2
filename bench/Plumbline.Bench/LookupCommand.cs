using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Plumbline.Datasets.Aggregates;
using Plumbline.Features.Online;
using Plumbline.Statistics;

namespace Plumbline.Bench;

/// <summary>Lookups of a user and an item in a feature store, one after another: median, 99th percentile, and bytes allocated.</summary>
internal static class LookupCommand
{
    private const int WarmUp = 5_000;

    /// <param name="args">Entities of each kind, then the address of a Redis that may be filled.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        var entities = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 500_000;
        var folder = Directory.CreateTempSubdirectory("plumbline-lookup-");
        try
        {
            await MeasureAsync("embedded", new FeatureStoreOptions { Folder = folder.FullName }, entities, 200_000);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
        if (args.Length > 1)
            await MeasureAsync("redis", new FeatureStoreOptions { Kind = FeatureStoreKind.Redis, Address = args[1], Prefix = "lookup-bench", LookupTimeout = TimeSpan.FromSeconds(5) }, entities, 20_000);
        return 0;
    }

    private static async Task MeasureAsync(string name, FeatureStoreOptions options, int entities, int lookups)
    {
        await using var store = FeatureStore.Open(options, TimeProvider.System);
        var begun = Stopwatch.GetTimestamp();
        await store.LoadAsync(States(entities), replace: true);
        var loaded = Stopwatch.GetElapsedTime(begun);
        var random = new RandomSource(1);
        var ids = Enumerable.Range(0, WarmUp + lookups).Select(_ => Encoding.UTF8.GetBytes($"entity-{random.NextInt32(entities)}")).ToArray();
        var laps = new double[lookups];
        var lookup = new EntityLookup();
        long allocated = 0;
        for (var i = 0; i < ids.Length; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var start = Stopwatch.GetTimestamp();
            lookup.Clear();
            lookup.Add(EntityKind.User, ids[i]);
            lookup.Add(EntityKind.Item, ids[^(i + 1)]);
            var answer = store.LookUpAsync(lookup);
            var isDone = answer.IsCompletedSuccessfully;
            await answer;
            if (i < WarmUp)
                continue;
            laps[i - WarmUp] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
            // Where it had to wait, another thread may have gone on.
            allocated += isDone ? GC.GetAllocatedBytesForCurrentThread() - before : 0;
        }
        Array.Sort(laps);
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            store = name,
            entities = 2 * entities,
            load_seconds = Math.Round(loaded.TotalSeconds, 2),
            lookups,
            median_us = Math.Round(laps[lookups / 2], 2),
            p99_us = Math.Round(laps[lookups * 99 / 100], 2),
            allocated_bytes = name == "embedded" ? allocated : (long?)null,
        }));
    }

    private static IEnumerable<(EntityKind Kind, byte[] Id, EntityState State)> States(int entities)
    {
        var state = default(EntityState);
        state.Observe(100, 1);
        foreach (var kind in Enum.GetValues<EntityKind>())
        {
            for (var entity = 0; entity < entities; entity++)
                yield return (kind, Encoding.UTF8.GetBytes($"entity-{entity}"), state);
        }
    }
}
