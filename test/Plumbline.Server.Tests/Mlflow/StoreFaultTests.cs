using Microsoft.Data.Sqlite;
using Plumbline.Tests.Datasets;
using Plumbline.Tracking;

namespace Plumbline.Server.Tests.Mlflow;

/// <summary>What clients are told when the store itself fails, and that the server lives on.</summary>
public sealed class StoreFaultTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Create_DiskFull_503AndStoredAgainWhenThereIsSpace()
    {
        using var disk = SmallDisk.Mount(8);
        await using var tracker = await RunningTracker.StartAsync(root: disk.Path);
        var acknowledged = new List<string>();
        var large = string.Join(", ", Enumerable.Range(0, 20).Select(i => $$"""{"key": "t{{i}}", "value": "{{new string('x', 5000)}}"}"""));
        Answer refused;
        while ((refused = await tracker.PostAsync("runs/create", $$"""{"experiment_id": "0", "tags": [{{large}}]}""")).Status == 200)
            acknowledged.Add(refused.Json.GetProperty("run").GetProperty("info").GetProperty("run_id").GetString()!);
        refused.ShouldBeError(503, "TEMPORARILY_UNAVAILABLE", "full");
        refused.Headers.ShouldContainKey("Retry-After");
        refused.Body.ShouldNotContain(disk.Path);
        (await tracker.GetAsync($"runs/get?run_id={acknowledged[0]}")).Status.ShouldBe(200, "reads go on");

        disk.Grow(64);
        acknowledged.Add(await tracker.CreateRunAsync());
        (await tracker.Tracking.ListRunsAsync(new RunQuery { Limit = 10_000 }, Token)).Runs.Select(run => run.Id).Order().ShouldBe(acknowledged.Order());
        await tracker.StopAsync();
        tracker.Log.ShouldContain("The disk is full; free some space.");
    }

    [Fact]
    public async Task Search_DamagedTable_500WithoutPathsAndOtherRequestsAnswered()
    {
        await using var tracker = await RunningTracker.StartAsync();
        var run = await tracker.CreateRunAsync();
        // As a page does that was overwritten: what should be a table is none.
        await using (var connection = new SqliteConnection($"Data Source={tracker.Home.Database};Pooling=false"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA wal_checkpoint(TRUNCATE); SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_master WHERE name = 'tags'";
            using var row = command.ExecuteReader();
            row.NextResult();
            row.Read();
            await using var file = new FileStream(tracker.Home.Database, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            file.Position = (row.GetInt64(0) - 1) * row.GetInt64(1);
            file.Write(new byte[row.GetInt64(1)]);
        }
        var refused = await tracker.GetAsync($"runs/get?run_id={run}");
        refused.ShouldBeError(500, "INTERNAL_ERROR", "plumbline store check");
        refused.Body.ShouldNotContain(tracker.Home.Root);
        (await tracker.GetAsync("experiments/get?experiment_id=0")).Status.ShouldBe(200);
        await tracker.StopAsync();
        tracker.Log.ShouldContain(tracker.Home.Database);
    }
}
