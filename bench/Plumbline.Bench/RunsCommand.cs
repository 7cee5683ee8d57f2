using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Plumbline.Statistics;
using Plumbline.Storage;
using Plumbline.Tracking;

namespace Plumbline.Bench;

/// <summary>Searches over many runs of ten metrics each, in a store of its own: median and 95th percentile of a page of 100.</summary>
internal static class RunsCommand
{
    private const int Metrics = 10;
    private const int BatchSize = 2000;
    private const int Repetitions = 21;

    private static readonly (string Name, RunQuery Query)[] Searches =
    [
        ("newest", new RunQuery()),
        ("filter many, order by metric", new RunQuery { Filter = "metrics.m3 > 0.5", OrderBy = ["metrics.m1 DESC"] }),
        ("filter few, order by metric", new RunQuery { Filter = "metrics.m3 > 0.999", OrderBy = ["metrics.m1 DESC"] }),
        ("filter by param and metric", new RunQuery { Filter = "params.C = '0.1' AND metrics.m2 > 0.9", OrderBy = ["metrics.m2 ASC"] }),
        ("filter by rare tag", new RunQuery { Filter = "tags.batch = 'b17'" }),
        ("filter by status, order by param", new RunQuery { Filter = "attributes.status = 'RUNNING' AND tags.batch = 'b17'", OrderBy = ["params.C"] }),
        ("like on a param", new RunQuery { Filter = "params.family LIKE 'log%'", OrderBy = ["metrics.m1"] }),
    ];

    /// <param name="args">How many runs, then the address of a PostgreSQL database that may be filled.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        var runs = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 100_000;
        var folder = Directory.CreateTempSubdirectory("plumbline-runs-");
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
        var experiment = (await tracking.CreateExperimentAsync("bench")).Id;
        await FillAsync(name, tracking, experiment, runs);
        foreach (var (of, query) in Searches)
            await MeasureAsync(name, tracking, runs, of, query with { ExperimentIds = [experiment] });
    }

    private static async Task FillAsync(string store, TrackingStore tracking, long experiment, int runs)
    {
        var random = new RandomSource(1);
        var begun = Stopwatch.GetTimestamp();
        for (var first = 0; first < runs; first += BatchSize)
            await Task.WhenAll(Enumerable.Range(first, Math.Min(BatchSize, runs - first)).Select(number => tracking.CreateRunAsync(NewRun(experiment, number, random))).ToArray());
        Console.WriteLine(JsonSerializer.Serialize(new { store, runs, metrics = Metrics, fill_seconds = Math.Round(Stopwatch.GetElapsedTime(begun).TotalSeconds, 1) }));
    }

    private static NewRun NewRun(long experiment, int number, RandomSource random) => new()
    {
        ExperimentId = experiment,
        StartTime = 1_700_000_000_000 + (number * 1000L),
        Data = new RunBatch
        {
            Metrics = [.. Enumerable.Range(0, Metrics).Select(metric => new Metric($"m{metric}", random.NextDouble(), 0, 0))],
            Params = [new("C", random.NextInt32(2) == 0 ? "0.1" : "1"), new("family", random.NextInt32(2) == 0 ? "logistic" : "svm")],
            Tags = [new("batch", FormattableString.Invariant($"b{number / 100}"))],
        },
    };

    private static async Task MeasureAsync(string store, TrackingStore tracking, int runs, string name, RunQuery query)
    {
        var laps = new double[Repetitions];
        var found = 0;
        for (var i = -2; i < Repetitions; i++)
        {
            var start = Stopwatch.GetTimestamp();
            found = (await tracking.ListRunsAsync(query)).Runs.Count;
            if (i >= 0)
                laps[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
        Array.Sort(laps);
        Console.WriteLine(JsonSerializer.Serialize(new { store, of = name, runs, found, fastest_ms = Math.Round(laps[0], 2), median_ms = Math.Round(laps[Repetitions / 2], 2), p95_ms = Math.Round(laps[Repetitions * 95 / 100], 2) }));
    }
}
