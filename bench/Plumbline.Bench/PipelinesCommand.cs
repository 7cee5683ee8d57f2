using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Plumbline.Pipelines.Graphs;
using Plumbline.Pipelines.Runs;
using Plumbline.Pipelines.Workers;
using Plumbline.Storage;

namespace Plumbline.Bench;

/// <summary>What scheduling costs: a run of many mapped tasks that do nothing, by one worker with as many slots as there are cores, and by two.</summary>
internal static class PipelinesCommand
{
    /// <param name="args">Tasks, then the address of a PostgreSQL database that may be filled.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        var tasks = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 10_000;
        var folder = Directory.CreateTempSubdirectory("plumbline-pipelines-");
        try
        {
            var home = new Home(folder.FullName);
            await using (var store = SqliteMetadataStore.Open(home.Database, TimeProvider.System))
                await MeasureAsync("sqlite", store, home, tasks);
            if (args.Length > 1 && PostgresStoreOptions.Parse(args[1], "ADDRESS") is { } options)
            {
                await using var store = PostgresMetadataStore.Open(options, TimeProvider.System);
                await MeasureAsync("postgres", store, home, tasks);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
        return 0;
    }

    private static async Task MeasureAsync(string name, IMetadataStore store, Home home, int tasks)
    {
        var (pipelines, pipeline) = (new PipelineStore(store, TimeProvider.System), Declare());
        foreach (var workers in new[] { 1, 2 })
        {
            var request = new RunRequest(new JsonObject { ["tasks"] = tasks }, new RunTrigger(TriggerKind.Manual, "bench", ""));
            var begun = Stopwatch.GetTimestamp();
            var run = await pipelines.StartAsync(pipeline, request);
            await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => new PipelineWorker(pipelines, new PipelineCatalogue(pipeline), new PipelineWorkerOptions { Run = run.Id }, home).RunAsync(CancellationToken.None)));
            var elapsed = Stopwatch.GetElapsedTime(begun);
            run = await pipelines.GetAsync(run.Id);
            if (run.State != RunState.Succeeded)
                throw new InvalidOperationException($"The run {RunWords.Of(run.State)}.");
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{{\"store\":\"{name}\",\"workers\":{workers},\"tasks\":{tasks},\"seconds\":{elapsed.TotalSeconds:0.###},\"ms_per_task\":{elapsed.TotalMilliseconds / tasks:0.####}}}"));
        }
    }

    private static Pipeline Declare()
    {
        var builder = new PipelineBuilder<PipelinesParameters>("bench", "Tasks that do nothing", PipelinesJson.Default.PipelinesParameters);
        var list = builder.Add("list", PipelinesJson.Default.IReadOnlyListInt32, (_, parameters) => Task.FromResult<IReadOnlyList<int>>([.. Enumerable.Range(0, parameters.Tasks)]));
        var each = builder.Map("each", list, PipelinesJson.Default.Int32, PipelinesJson.Default.Int32, (_, _, number) => Task.FromResult(number));
        builder.Add("sum", PipelinesJson.Default.Int64, (context, _) => Task.FromResult(context.All(each).Sum(result => (long)result.Value)), null, each);
        return builder.Build();
    }
}

internal sealed record PipelinesParameters(int Tasks);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PipelinesParameters))]
[JsonSerializable(typeof(IReadOnlyList<int>))]
[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(long))]
internal sealed partial class PipelinesJson : JsonSerializerContext;
