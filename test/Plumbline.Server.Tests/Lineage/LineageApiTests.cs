using Plumbline.Registry;
using Plumbline.Server.Tests.Mlflow;
using Plumbline.Storage;
using Plumbline.Tracking;

namespace Plumbline.Server.Tests.Lineage;

public sealed class LineageApiTests
{
    private static readonly string Bundle = new('b', 64), Snapshot = new('a', 64);

    [Theory]
    [InlineData("reviews/1")]
    [InlineData("reviews%2F1")]
    [InlineData("version:reviews/1?direction=up")]
    public async Task Get_Version_WhatItWasMadeFrom(string path)
    {
        await using var tracker = await RunningTracker.StartAsync();
        var run = await DeployAsync(tracker);
        var graph = await tracker.OkAsync("GET", $"/api/v1/lineage/{path}");
        graph.GetProperty("roots")[0].GetString().ShouldBe("version:reviews/1");
        graph.GetProperty("nodes").EnumerateArray().Select(node => node.GetProperty("id").GetString()).ShouldBe([$"snapshot:{Snapshot}", $"run:{run}", $"bundle:{Bundle}", "version:reviews/1"]);
    }

    [Theory]
    [InlineData("nothing", 404, "not-found")]
    [InlineData("", 404, "not-found")]
    [InlineData("reviews/1?depth=-1", 400, "invalid-request")]
    [InlineData("reviews/1?depth=x", 400, "invalid-request")]
    [InlineData("reviews/1?direction=left", 400, "invalid-request")]
    [InlineData("..%2F..%2Fetc%2Fpasswd", 404, "not-found")]
    public async Task Get_Wrong_Problem(string path, int status, string kind)
    {
        await using var tracker = await RunningTracker.StartAsync();
        await DeployAsync(tracker);
        var answer = await tracker.GetAsync($"/api/v1/lineage/{path}");
        answer.Status.ShouldBe(status, answer.Body);
        answer.MediaType.ShouldBe("application/problem+json");
        answer.Json.GetProperty("type").GetString().ShouldBe($"urn:plumbline:problem:{kind}");
    }

    private static async Task<string> DeployAsync(RunningTracker tracker)
    {
        var token = TestContext.Current.CancellationToken;
        await using var store = SqliteMetadataStore.Open(tracker.Home.Database, TimeProvider.System);
        var run = await new TrackingStore(store, TimeProvider.System).CreateRunAsync(
            new NewRun { ExperimentId = 0, Data = new RunBatch { Tags = [new("bundle", Bundle)], Inputs = [new DatasetInput(Snapshot, "training")] } }, token);
        await new ModelRegistry(store, _ => true, TimeProvider.System).RegisterAsync("reviews", new NewModelVersion { BundleDigest = Bundle, RunId = run.Id, SnapshotDigest = Snapshot }, "ann", token);
        return run.Id;
    }
}
