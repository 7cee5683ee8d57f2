using System.Text.Json.Serialization;
using Plumbline.Pipelines.Graphs;
using Plumbline.Pipelines.Runs;
using Plumbline.Pipelines.Workers;
using Plumbline.Server.Tests.Generations;
using Plumbline.Storage;

namespace Plumbline.Server.Tests.Pipelines;

/// <summary>Runs asked for and changed over HTTP at a real server; workers are beside it.</summary>
public sealed partial class PipelinesApiTests : IAsyncLifetime
{
    private static readonly (string, string) Key = ("X-API-Key", "a-secret-of-many-characters");
    internal static readonly PipelineCatalogue Catalogue = new(Declare());

    private Deployed _deployed = null!;
    private RunningServer _server = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _deployed = await Deployed.WithChampionAsync();
        _server = await RunningServer.StartAsync(_deployed.Told with { ApiKeys = [new ApiKey("ops", Key.Item2, 100_000)], Pipelines = Catalogue });
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _deployed.DisposeAsync();
    }

    [Fact]
    public async Task Start_Run_IsAskedForWorkedAtAndShown()
    {
        var listed = (await _server.GetAsync("/v1/pipelines")).Json.GetProperty("pipelines")[0];
        listed.GetProperty("nodes").EnumerateArray().Select(node => node.GetString()).ShouldBe(["first", "second"]);
        listed.GetProperty("schedules").GetArrayLength().ShouldBe(0);
        var started = await _server.PostAsync("/v1/pipelines/double/runs", """{"parameters":{"number":21},"force":["*"],"key":"monday","reason":"new prices"}""", Key);
        started.Status.ShouldBe(201, started.Body);
        var path = started.Headers["Location"];
        started.Json.GetProperty("parameters").GetProperty("number").GetInt32().ShouldBe(21);
        started.Json.GetProperty("trigger").GetProperty("actor").GetString().ShouldBe("ops");
        (await _server.PostAsync("/v1/pipelines/double/runs", """{"key":"monday"}""", Key)).Json.GetProperty("id").GetString().ShouldBe(started.Json.GetProperty("id").GetString());
        var waiting = (await _server.GetAsync(path)).Json.GetProperty("tasks");
        waiting[0].GetProperty("why_not_yet").GetString()!.ShouldStartWith("no worker takes pool cpu of double");
        waiting[1].GetProperty("why_not_yet").GetString().ShouldBe("waits for first (ready)");
        await using (var store = _deployed.OpenStore())
            await new PipelineWorker(new PipelineStore(store, TimeProvider.System), Catalogue, new PipelineWorkerOptions { Run = started.Json.GetProperty("id").GetString() }, new Home(Path.GetDirectoryName(_deployed.Predictions)!)).RunAsync(Token);
        (await _server.GetAsync(path)).Json.GetProperty("state").GetString().ShouldBe("succeeded");
        (await _server.GetAsync("/v1/pipelines/double/runs")).Json.GetProperty("runs").GetArrayLength().ShouldBe(1);
        (await _server.PostAsync(path + "/cancel", "{}", Key)).ShouldBeProblem(409, "conflict");
    }

    [Fact]
    public async Task Change_Run_IsPausedResumedAndCancelled()
    {
        var path = (await _server.PostAsync("/v1/pipelines/double/runs", "{}", Key)).Headers["Location"];
        (await _server.PostAsync(path + "/pause", """{"reason":"wait"}""", Key)).Json.GetProperty("paused").GetBoolean().ShouldBeTrue();
        (await _server.PostAsync(path + "/resume", "", Key)).Json.GetProperty("paused").GetBoolean().ShouldBeFalse();
        (await _server.PostAsync(path + "/cancel", """{"reason":"enough"}""", Key)).Json.GetProperty("state").GetString().ShouldBe("cancelled");
        var id = path[(path.LastIndexOf('/') + 1)..];
        (await _deployed.EventsAsync(id)).Select(e => (e.Action, e.Actor)).ShouldBe([("pipeline.started", "ops"), ("pipeline.paused", "ops"), ("pipeline.resumed", "ops"), ("pipeline.cancelled", "ops")]);
    }

    [Fact]
    public async Task Ask_Wrong_IsRefused()
    {
        (await _server.PostAsync("/v1/pipelines/double/runs", "{}")).ShouldBeProblem(401, "unauthorized");
        (await _server.PostAsync("/v1/pipelines/triple/runs", "{}", Key)).ShouldBeProblem(404, "not-found");
        (await _server.PostAsync("/v1/pipelines/double/runs", """{"parameters":{"numbr":1}}""", Key)).ShouldBeProblem(400, "invalid-request", "$.parameters");
        (await _server.PostAsync("/v1/pipelines/double/runs", """{"force":"all"}""", Key)).ShouldBeProblem(400, "invalid-request", "$.force");
        (await _server.GetAsync("/v1/pipelines/double/runs/nothing")).ShouldBeProblem(404, "not-found");
        await using var alone = await RunningServer.StartAsync(RunningServer.Options);
        (await alone.GetAsync("/v1/pipelines")).ShouldBeProblem(404, "no-pipelines");
    }

    private static Pipeline Declare()
    {
        var builder = new PipelineBuilder<Parameters>("double", "Twice a number", Json.Default.Parameters) { Defaults = new Parameters() };
        var first = builder.Add("first", Json.Default.Int32, (_, parameters) => Task.FromResult(parameters.Number));
        builder.Add("second", Json.Default.Int32, (context, _) => Task.FromResult(2 * context.Get(first)), null, first);
        return builder.Build();
    }

    internal sealed record Parameters
    {
        public int Number { get; init; } = 1;
    }

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
    [JsonSerializable(typeof(Parameters))]
    [JsonSerializable(typeof(int))]
    internal sealed partial class Json : JsonSerializerContext;
}
