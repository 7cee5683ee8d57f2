using System.Diagnostics;
using System.Globalization;
using Plumbline.Monitoring.Alerts;
using Plumbline.Monitoring.Alerts.Notifiers;
using Plumbline.Server.Alerts;
using Plumbline.Storage;

namespace Plumbline.Bench;

/// <summary>What alerts cost: counting a request, a round of the evaluator over many observations and days of counts, and what many events take to be kept and put into messages.</summary>
internal static class AlertsCommand
{
    private const string Model = "reviews";
    private const int Requests = 20_000_000;
    private const int Rounds = 20;
    private const int Servers = 10;

    /// <param name="args">Observations in a round, then events.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        var (observations, events) = (Argument(args, 0, 10_000), Argument(args, 1, 2_000));
        Count(threads: 1);
        Count(Environment.ProcessorCount);
        var folder = Directory.CreateTempSubdirectory("plumbline-alerts-");
        try
        {
            await using var store = SqliteMetadataStore.Open(Path.Combine(folder.FullName, "plumbline.db"), TimeProvider.System);
            await EvaluateAsync(store, observations);
            await RaiseAsync(store, events);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
        return 0;
    }

    private static int Argument(string[] args, int at, int otherwise) => args.Length > at ? int.Parse(args[at], CultureInfo.InvariantCulture) : otherwise;

    private static void Count(int threads)
    {
        var recorder = new ServiceRecorder();
        var began = Stopwatch.GetTimestamp();
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, thread =>
        {
            for (var request = 0; request < Requests / threads; request++)
                recorder.Observe(200, (request & 1023) * 1e-4);
        });
        Tell($"{Stopwatch.GetElapsedTime(began).TotalNanoseconds / Requests:0.0} ns a request counted, {threads} threads, {recorder.Take().Requests:n0} requests");
    }

    private static async Task EvaluateAsync(IMetadataStore store, int observations)
    {
        var (windows, now) = (new ServiceWindows(store, TimeProvider.System), TimeProvider.System.GetUtcNow());
        foreach (var server in Enumerable.Range(0, Servers))
        {
            var minutes = Enumerable.Range(0, 3 * 24 * 60).Select(minute => KeyValuePair.Create(now.AddMinutes(-minute), new ServiceCounts(1000, minute % 3, [1000, .. new long[ServiceCounts.DurationBuckets.Count]])));
            await windows.KeepAsync(Model, $"server {server}", [.. minutes]);
        }
        await windows.MergeOldAsync(Model);
        var evaluator = new AlertEvaluator(store, Model, new AlertOptions(), TimeProvider.System);
        var observed = Enumerable.Range(0, observations).Select(number => new AlertObservation("plumbline_drift_severity", new Dictionary<string, string> { ["feature"] = $"f{number}", ["kind"] = "input", ["version"] = "reviews/3" }, number % 100 == 0 ? 3 : 0)).ToArray();
        var laps = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            var began = Stopwatch.GetTimestamp();
            await evaluator.HoldAsync("bench", TimeSpan.FromMinutes(5));
            await evaluator.EvaluateAsync(observed, []);
            laps.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }
        Tell($"{laps.Order().ElementAt(Rounds / 2):0.0} ms a round (median of {Rounds}) over {observations:n0} observations, {observations / 100:n0} of them beyond their limit, and three days of {Servers} servers' counts");
    }

    private static async Task RaiseAsync(IMetadataStore store, int events)
    {
        var alerts = new AlertStore(store, TimeProvider.System);
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, events).Select(number => alerts.RaiseAsync(Model, "Happened", AlertSeverity.Warning, $"event {number} happened", $"{number}")));
        Tell($"{events / Stopwatch.GetElapsedTime(began).TotalSeconds:n0} events a second kept with their notices");
        using var delivery = new AlertDelivery(new AlertOptions { Notifiers = [new NotifierOptions("duty", NotifierKind.Pagerduty) { Address = new Uri("http://127.0.0.1:1"), Key = "nobody" }] }, 1, TimeProvider.System);
        began = Stopwatch.GetTimestamp();
        // No patience: none is sent.
        await delivery.SendAsync(store, Model, evenIfEarly: true, TimeSpan.Zero);
        var waiting = (await new AlertOutbox(store, TimeProvider.System).CountAsync(Model)).Sum(messages => messages.Count);
        Tell($"{waiting / Stopwatch.GetElapsedTime(began).TotalSeconds:n0} messages a second made of notices, one of each, {waiting:n0} in all");
    }

    private static void Tell(FormattableString figure) => Console.WriteLine(figure.ToString(CultureInfo.InvariantCulture));
}
