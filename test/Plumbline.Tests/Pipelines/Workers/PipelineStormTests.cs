using System.Diagnostics;
using System.Globalization;
using Plumbline.Pipelines.Graphs;
using Plumbline.Pipelines.Runs;
using Plumbline.Pipelines.Workers;
using Plumbline.Statistics;
using Plumbline.Storage;
using Plumbline.Tests.Parts;
using Plumbline.Tests.Storage;
using static Plumbline.Tests.Pipelines.Workers.TestPipelines;

namespace Plumbline.Tests.Pipelines.Workers;

/// <summary>Workers in processes of their own, killed and frozen at random moments.</summary>
public sealed class PipelineStormTests(PostgresServer server)
{
    private const int Items = 8;
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(1.5);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Workers_KilledAndFrozen_PublishEachResultOnce()
    {
        using var folder = new TemporaryFolder();
        await StormAsync(folder, "", blows: 4, seed: 1);
    }

    /// <summary>A hundred, or as <c>PLUMBLINE_TEST_BLOWS</c> says.</summary>
    [Fact(Explicit = true)]
    public async Task Workers_KilledAndFrozenAHundredTimes_PublishEachResultOnce()
    {
        var blows = int.Parse(Environment.GetEnvironmentVariable("PLUMBLINE_TEST_BLOWS") ?? "100", CultureInfo.InvariantCulture);
        using var folder = new TemporaryFolder();
        await StormAsync(folder, server.CreateStoreAddress(), blows, seed: 2);
    }

    [Fact(Explicit = true)]
    public async Task Child_WorksUntilStopped()
    {
        var folder = Environment.GetEnvironmentVariable(ChildProcess.Folder)!;
        await using var store = Open(folder, Environment.GetEnvironmentVariable(ChildProcess.Argument) ?? "");
        var options = new PipelineWorkerOptions { Lease = Lease, Look = TimeSpan.FromMilliseconds(100), Pools = new Dictionary<string, int> { ["cpu"] = 2 } };
        await new PipelineWorker(new PipelineStore(store, TimeProvider.System), new PipelineCatalogue(Declare()), options, new Home(folder)).RunAsync(Token);
    }

    /// <summary>Each task writes when it begins and when it ends, under the number of its attempt.</summary>
    private static Pipeline Declare() => Squares(
        async (context, number) =>
        {
            await WriteAsync(context, 0);
            await Task.Delay(TimeSpan.FromMilliseconds(50 + context.Random.NextInt32(300)), TimeProvider.System, context.Cancellation);
            await WriteAsync(context, 1);
            return number * number;
        });

    private static Task<int> WriteAsync(NodeContext context, int step) => context.Store.WriteAsync(connection => connection.Execute(
        "INSERT INTO counters (name, value) VALUES (@name, @value)",
        ("name", $"written/{context.Item}/{context.Attempt}/{step}"), ("value", Counter.Next(connection, "written"))));

    private static async Task StormAsync(TemporaryFolder folder, string address, int blows, ulong seed)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no signals");
        var random = new RandomSource(seed);
        await using var store = Open(folder.Path, address);
        await store.WriteAsync(connection => connection.Execute("INSERT INTO counters (name, value) VALUES ('written', 0)"), Token);
        var pipelines = new PipelineStore(store, TimeProvider.System);
        var workers = new List<Process> { Start(folder, address), Start(folder, address) };
        try
        {
            for (var dealt = 0; dealt < blows;)
            {
                var run = await pipelines.StartAsync(Declare(), Request($$"""{"items": {{Items}}}"""), Token);
                while (!(await pipelines.GetAsync(run.Id, Token)).IsDone)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(100 + random.NextInt32(900)), TimeProvider.System, Token);
                    if (dealt < blows && await IsAtWorkAsync(store))
                    {
                        dealt++;
                        await StrikeAsync(folder, address, workers, random);
                    }
                }
                await CheckAsync(pipelines, store, run.Id);
            }
        }
        finally
        {
            foreach (var worker in workers)
            {
                worker.Kill();
                await worker.WaitForExitAsync(CancellationToken.None);
                worker.Dispose();
            }
        }
    }

    private static async Task StrikeAsync(TemporaryFolder folder, string address, List<Process> workers, RandomSource random)
    {
        var victim = random.NextInt32(workers.Count);
        if (random.NextInt32(2) == 0)
        {
            workers[victim].Kill();
            await workers[victim].WaitForExitAsync(Token);
            workers[victim].Dispose();
            workers[victim] = Start(folder, address);
            return;
        }
        await SignalAsync(workers[victim], "STOP");
        await Task.Delay(Lease + TimeSpan.FromMilliseconds(random.NextInt32(500)), TimeProvider.System, Token);
        await SignalAsync(workers[victim], "CONT");
    }

    private static async Task CheckAsync(PipelineStore pipelines, IMetadataStore store, string run)
    {
        (await pipelines.GetAsync(run, Token)).State.ShouldBe(RunState.Succeeded);
        (await pipelines.OutputAsync(run, "sum", cancellation: Token))!.GetValue<int>().ShouldBe(Enumerable.Range(1, Items).Sum(number => number * number));
        (await store.ReadAsync(connection => connection.Scalar("SELECT COUNT(*) FROM pipeline_results WHERE run_id = @run", ("run", run)), Token)).ShouldBe(Items + 2L);
        for (var item = 0; item < Items; item++)
        {
            var attempts = await pipelines.AttemptsAsync(run, "square", item, Token);
            attempts.Count(attempt => attempt.State == AttemptState.Succeeded).ShouldBe(1);
            attempts.ShouldAllBe(attempt => attempt.State == AttemptState.Succeeded || attempt.State == AttemptState.Lost || attempt.State == AttemptState.Released);
        }
        // What an attempt wrote was written before the next one began.
        var written = await store.ReadAsync(
            connection => connection.Query("SELECT name, value FROM counters WHERE name LIKE 'written/%' ORDER BY value", row => row.GetString(0).Split('/')), Token);
        foreach (var task in written.GroupBy(name => name[1]))
            task.Select(name => int.Parse(name[2], CultureInfo.InvariantCulture)).ShouldBeInOrder(SortDirection.Ascending);
        await store.WriteAsync(connection => connection.Execute("DELETE FROM counters WHERE name LIKE 'written/%'"), Token);
    }

    private static Task<bool> IsAtWorkAsync(IMetadataStore store) => store.ReadAsync(
        connection => connection.Scalar("SELECT 1 FROM pipeline_tasks WHERE state = 'running' LIMIT 1") is not null, Token);

    private static IMetadataStore Open(string folder, string address) => PostgresStoreOptions.Parse(address.Length == 0 ? "sqlite" : address, "argument") is { } options
        ? PostgresMetadataStore.Open(options, TimeProvider.System)
        : SqliteMetadataStore.Open(Path.Combine(folder, "plumbline.db"), TimeProvider.System);

    private static Process Start(TemporaryFolder folder, string address) => ChildProcess.Start(typeof(PipelineStormTests), nameof(Child_WorksUntilStopped), folder.Path, address);

    private static async Task SignalAsync(Process process, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(Token);
    }
}
