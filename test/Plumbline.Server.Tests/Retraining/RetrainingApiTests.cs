using Plumbline.Monitoring;
using Plumbline.Pipelines.Retraining;
using Plumbline.Pipelines.Runs;
using Plumbline.Server.Tests.Generations;
using Plumbline.Storage;

namespace Plumbline.Server.Tests.Retraining;

/// <summary>Cycles asked for and answered over HTTP at a real server.</summary>
public sealed class RetrainingApiTests : IAsyncLifetime
{
    private const string Path = "/v1/retraining";

    private static readonly (string, string) Key = ("X-API-Key", "a-secret-of-many-characters");

    private Deployed _deployed = null!;
    private RunningServer _server = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _deployed = await Deployed.WithChampionAsync();
        _server = await RunningServer.StartAsync(_deployed.Told with { ApiKeys = [new ApiKey("ops", Key.Item2, 100_000)] });
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _deployed.DisposeAsync();
    }

    [Fact]
    public async Task Request_ByAKey_IsACycleAndOneAtATime()
    {
        (await _server.GetAsync(Path)).Json.GetProperty("retraining").GetArrayLength().ShouldBe(0);
        var asked = await _server.PostAsync(Path, """{"reason":"new prices"}""", Key);
        asked.Status.ShouldBe(201, asked.Body);
        var cycle = (await _server.GetAsync(asked.Headers["Location"])).Json;
        (cycle.GetProperty("state").GetString(), cycle.GetProperty("requested_by").GetString(), cycle.GetProperty("why")[0].GetString()).ShouldBe(("approved", "ops", "new prices"));
        (await _server.PostAsync(Path, """{"reason":"again"}""", Key)).ShouldBeProblem(409, "conflict");
        (await _server.GetAsync(Path)).Json.GetProperty("retraining").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task Answer_Proposed_IsKeptWithWhoAndWhy()
    {
        var id = await ProposeAsync();
        var approved = await _server.PostAsync($"{Path}/{id}/approve", """{"reason":"as agreed"}""", Key);
        approved.Json.GetProperty("approval").GetProperty("by").GetString().ShouldBe("ops");
        (await _server.PostAsync($"{Path}/{id}/approve", """{"reason":"as agreed"}""", Key)).Body.ShouldBe(approved.Body);
        (await _server.PostAsync($"{Path}/{id}/reject", """{"reason":"no"}""", Key)).ShouldBeProblem(409, "conflict");
        (await _deployed.EventsAsync($"retraining:{id}")).Select(e => (e.Action, e.Actor)).ShouldBe([("retraining.proposed", "retraining"), ("retraining.approved", "ops")]);
    }

    [Fact]
    public async Task Ask_Wrong_IsRefused()
    {
        var id = await ProposeAsync();
        (await _server.PostAsync($"{Path}/{id}/approve", """{"reason":"as agreed"}""")).ShouldBeProblem(401, "unauthorized");
        (await _server.PostAsync($"{Path}/{id}/approve", "{}", Key)).ShouldBeProblem(400, "invalid-request", "$.reason");
        (await _server.GetAsync($"{Path}/nothing")).ShouldBeProblem(404, "not-found");
        await using var store = _deployed.OpenStore();
        var other = await BeginAsync(store, "another-model");
        (await _server.GetAsync($"{Path}/{other}")).ShouldBeProblem(404, "not-found");
    }

    private async Task<string> ProposeAsync()
    {
        await using var store = _deployed.OpenStore();
        return await BeginAsync(store, _deployed.Told.Deployment!.Model);
    }

    private static async Task<string> BeginAsync(IMetadataStore store, string model)
    {
        var lease = await new LeaseStore(store, TimeProvider.System).TryAcquireAsync($"retraining/{model}", "test", TimeSpan.FromMinutes(1), Token);
        var verdict = new RetrainingVerdict(RetrainingStep.Propose, new RetrainingSignal(TriggerKind.Drift, DriftAction.Approve, ["price moved: PSI 0.35"]), "");
        return (await new RetrainingStore(store, TimeProvider.System).BeginAsync(model, $"{model}/1", verdict, lease!.Token, Token)).Id;
    }
}
