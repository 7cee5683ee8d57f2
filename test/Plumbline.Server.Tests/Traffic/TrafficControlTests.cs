using System.Text;
using System.Text.Json;
using Plumbline.Inference.Routing;
using Plumbline.Registry;
using Plumbline.Rollouts;
using Plumbline.Rollouts.Gates;
using Plumbline.Server.Tests.Generations;

namespace Plumbline.Server.Tests.Traffic;

/// <summary>Plans and rollouts changed over HTTP at a real server.</summary>
public sealed class TrafficControlTests : IAsyncLifetime
{
    private static readonly (string, string) Key = ("X-API-Key", "a-secret-of-many-characters");

    private Deployed _deployed = null!;
    private RunningServer _server = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _deployed = await Deployed.WithChampionAsync();
        var options = _deployed.Told;
        _server = await RunningServer.StartAsync(options with
        {
            ApiKeys = [new ApiKey("ops", Key.Item2, 100_000)],
            Deployment = options.Deployment! with
            {
                Rollout = new RolloutTemplate(RolloutKind.Canary) { Gates = [new RolloutGate { Kind = GateKind.ErrorRate, Most = 0.2 }], Steps = [new CanaryStep(0.25), new CanaryStep(0.5, NeedsApproval: true)] },
            },
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _deployed.DisposeAsync();
    }

    [Fact]
    public async Task Put_PlanOfTheRevisionSeen_ServedAtOnceWithoutAPoll()
    {
        (await _server.GetAsync("/v1/traffic")).Headers["ETag"].ShouldBe("\"0\"");
        var answer = await PutAsync("""{"plan":{"candidates":[{"version":"2","share":0.5}],"unit":"user"},"reason":"try it"}""", Key, ("If-Match", "\"0\""));
        answer.Status.ShouldBe(200, answer.Body);
        answer.Headers["ETag"].ShouldBe("\"1\"");
        (answer.Json.GetProperty("model").GetString(), answer.Json.GetProperty("revision").GetInt64()).ShouldBe(("reviews", 1));
        await Deployed.UntilAsync(async () => (await _server.GetAsync("/readiness")).Json.GetProperty("traffic").GetArrayLength() == 2);
        (await _server.GetAsync("/v1/traffic")).Headers["ETag"].ShouldBe("\"1\"");
        var e = (await _deployed.EventsAsync("reviews")).Single(e => e.Action == "traffic.changed");
        (e.Actor, e.Reason).ShouldBe(("ops", "try it"));
        JsonDocument.Parse(e.Origin).RootElement.GetProperty("key").GetString().ShouldBe("ops");
        (await PutAsync("""{"plan":{}}""", Key, ("If-Match", "\"0\""))).ShouldBeProblem(412, "revision-changed");
        (await PutAsync("""{"plan":{}}""", Key, ("If-Match", "*"))).Status.ShouldBe(200);
        (await PutAsync("""{"plan":{}}""", Key, ("If-Match", "\"0\""))).Status.ShouldBe(200, "what it is already changes nothing, so that a repetition is safe");
    }

    [Theory]
    [InlineData("""{"plan":{"stabel":"2"}}""", 400, "invalid-request", "$.plan")]
    [InlineData("""{"plan":{"candidates":[{"version":"2","share":2}]}}""", 400, "invalid-request", "$.plan")]
    [InlineData("""{"plan":{"candidates":[null]}}""", 400, "invalid-request", "$.plan")]
    [InlineData("""{"plan":7}""", 400, "invalid-request", "$.plan")]
    [InlineData("""{"plan":{},"reason":7}""", 400, "invalid-request", "$.reason")]
    [InlineData("""{"plan":{},"plan":{}}""", 400, "invalid-json", "$")]
    [InlineData("""{"plan":{"salt":"\ud800"}}""", 400, "invalid-json", "$")]
    [InlineData("""[]""", 400, "invalid-request", "$")]
    [InlineData("""{"plan":{"candidates":[{"version":"9","share":0.1}]}}""", 404, "not-found", null)]
    public async Task Put_Wrong_RefusedAndNothingChanged(string body, int status, string kind, string? path)
    {
        (await PutAsync(body, Key, ("If-Match", "*"))).ShouldBeProblem(status, kind, path);
        (await _deployed.Plans.GetAsync("reviews", Token)).Revision.ShouldBe(0);
    }

    [Fact]
    public async Task Change_WithoutKeyOrRevisionOrPlan_Refused()
    {
        (await PutAsync("""{"plan":{}}""", ("If-Match", "*"))).ShouldBeProblem(401, "unauthorized");
        (await PutAsync("""{"plan":{}}""", ("If-Match", "*"), ("X-API-Key", "another-secret-of-many"))).ShouldBeProblem(401, "unauthorized");
        (await PutAsync("""{"plan":{}}""", Key)).ShouldBeProblem(428, "revision-missing");
        (await PutAsync("""{"plan":{}}""", Key, ("If-Match", "7"))).ShouldBeProblem(428, "revision-missing");
        (await _server.PostAsync("/v1/rollouts", "{}")).ShouldBeProblem(401, "unauthorized");
        await using var alone = await RunningServer.StartAsync(RunningServer.Options);
        (await alone.SendAsync(HttpMethod.Put, "/v1/traffic", "{}"u8.ToArray(), Key, ("If-Match", "*"))).ShouldBeProblem(404, "no-deployment");
        (await alone.GetAsync("/v1/rollouts")).ShouldBeProblem(404, "no-deployment");
    }

    [Fact]
    public async Task Rollout_ByTheProjectsTemplate_StartedApprovedAndAborted()
    {
        var started = await _server.PostAsync("/v1/rollouts", """{"candidates":["2"],"reason":"trained on November"}""", Key);
        started.Status.ShouldBe(201, started.Body);
        started.Headers["Location"].ShouldBe("/v1/rollouts/reviews-2");
        started.Json.GetProperty("phase").GetString().ShouldBe("running");
        await Deployed.UntilAsync(async () => (await _server.GetAsync("/readiness")).Json.GetProperty("traffic").GetArrayLength() == 2);
        (await PutAsync("""{"plan":{}}""", Key, ("If-Match", "*"))).ShouldBeProblem(409, "conflict");
        var again = await _server.PostAsync("/v1/rollouts", """{"candidates":["2"],"reason":"trained on November"}""", Key);
        (again.Status, again.Json.GetProperty("name").GetString()).ShouldBe((200, "reviews-2"), "who got no answer may ask once more");
        (await _server.PostAsync("/v1/rollouts", """{"candidates":["2"],"name":"another"}""", Key)).ShouldBeProblem(409, "conflict");

        var one = await _server.GetAsync("/v1/rollouts/reviews-2");
        one.Json.GetProperty("state").GetProperty("step").GetInt32().ShouldBe(0);
        (await _server.GetAsync("/v1/rollouts")).Json.GetProperty("rollouts").GetArrayLength().ShouldBe(1);
        (await _server.GetAsync("/v1/rollouts/none")).ShouldBeProblem(404, "not-found");
        (await _server.PostAsync("/v1/rollouts/reviews-2/approve", """{"step":2}""", Key)).ShouldBeProblem(409, "conflict");
        (await _server.PostAsync("/v1/rollouts/reviews-2/approve", """{"step":0}""", Key)).ShouldBeProblem(400, "invalid-request", "$.step");
        (await _server.PostAsync("/v1/rollouts/reviews-2/approve", """{"step":1}""", Key)).Json.GetProperty("state").GetProperty("is_approved").GetBoolean().ShouldBeTrue();
        (await _server.PostAsync("/v1/rollouts/reviews-2/promote", """{"version":"reviews/7"}""", Key)).ShouldBeProblem(400, "invalid-request");
        (await _server.PostAsync("/v1/rollouts/reviews-2/promote", "{}", Key)).ShouldBeProblem(400, "invalid-request", "$.version");
        var aborted = await _server.PostAsync("/v1/rollouts/reviews-2/abort", """{"reason":"complaints"}""", Key);
        aborted.Json.GetProperty("phase").GetString().ShouldBe("rolled_back");
        aborted.Json.GetProperty("state").GetProperty("journal").EnumerateArray().Last().GetProperty("reasons")[0].GetString().ShouldBe("aborted: complaints");
        (await _deployed.EventsAsync("reviews-2")).Select(e => (e.Action, e.Actor)).ShouldBe([("rollout.started", "ops"), ("rollout.approve", "ops"), ("rollout.roll_back", "ops")]);
        (await _server.PostAsync("/v1/rollouts", """{"candidates":["2"]}""", Key)).Json.GetProperty("name").GetString().ShouldBe("reviews-2-2");
        (await _server.PostAsync("/v1/rollouts/reviews-2-2/promote", """{"version":"reviews/2","reason":"a drill"}""", Key)).Json.GetProperty("phase").GetString().ShouldBe("promoted");
        await Deployed.UntilAsync(async () => (await _server.GetAsync("/readiness")).Json.GetProperty("version").GetString() == "reviews/2");
    }

    [Fact]
    public async Task Rollout_ChangedOnConditionOfItsRevision_DoneOrRefused()
    {
        var seen = (await _server.PostAsync("/v1/rollouts", """{"candidates":["2"]}""", Key)).Headers["ETag"];
        (await _server.GetAsync("/v1/rollouts/reviews-2")).Headers["ETag"].ShouldBe(seen);
        var approved = await _server.PostAsync("/v1/rollouts/reviews-2/approve", """{"step":1}""", Key, ("If-Match", seen));
        approved.Status.ShouldBe(200, approved.Body);
        approved.Headers["ETag"].ShouldNotBe(seen);
        (await _server.PostAsync("/v1/rollouts/reviews-2/abort", "{}", Key, ("If-Match", seen))).ShouldBeProblem(412, "revision-changed");
        (await _server.PostAsync("/v1/rollouts/reviews-2/promote", """{"version":"reviews/2"}""", Key, ("If-Match", seen))).ShouldBeProblem(412, "revision-changed");
        (await _server.PostAsync("/v1/rollouts/reviews-2/abort", "{}", Key, ("If-Match", "7"))).ShouldBeProblem(400, "invalid-request");
        (await _server.PostAsync("/v1/rollouts/reviews-2/abort", "{}", Key, ("If-Match", "*"))).Json.GetProperty("phase").GetString().ShouldBe("rolled_back");
    }

    [Fact]
    public async Task Rollout_ByADefinition_TheSameAgainIsTheSame()
    {
        const string Body = """{"definition":{"name":"up","kind":"canary","stable":"reviews/1","candidates":[{"version":"reviews/2"}],"gates":[{"kind":"error_rate","most":0.2}],"steps":[{"weight":0.1}]}}""";
        (await _server.PostAsync("/v1/rollouts", Body, Key)).Status.ShouldBe(201);
        (await _server.PostAsync("/v1/rollouts", Body, Key)).Status.ShouldBe(200);
        (await _server.PostAsync("/v1/rollouts", Body.Replace("0.1", "0.2", StringComparison.Ordinal), Key)).ShouldBeProblem(409, "conflict");
    }

    [Theory]
    [InlineData("{}", "$.candidates")]
    [InlineData("""{"candidates":[7]}""", "$.candidates[0]")]
    [InlineData("""{"candidates":["2"],"name":7}""", "$.name")]
    [InlineData("""{"definition":{"name":"up","kinds":"canary"}}""", "$.definition.kinds")]
    [InlineData("""{"definition":{"name":"up","kind":"canary","stable":"tickets/1","candidates":[{"version":"tickets/2"}]}}""", "$.definition.stable")]
    [InlineData("""{"definition":{"name":"up","kind":"canary","stable":"reviews/1","candidates":[{"version":"reviews/2"}]}}""", null)]
    [InlineData("""{"definition":{"name":"up","kind":"canary","stable":"reviews/1","candidates":[{"version":"tickets/2"}],"gates":[{"kind":"error_rate","most":0.2}],"steps":[{"weight":0.1}]}}""", null)]
    [InlineData("""{"definition":{"name":"up","kind":"canary","stable":"reviews/1","candidates":[null],"gates":[{"kind":"error_rate","most":0.2}],"steps":[{"weight":0.1}]}}""", null)]
    [InlineData("""{"definition":{"name":"up","kind":"canary","stable":"reviews/1","candidates":[{"version":"reviews/2"}],"gates":[null],"steps":[null]}}""", null)]
    [InlineData("""{"candidates":["tickets/2"]}""", null)]
    public async Task Rollout_Wrong_Refused(string body, string? path)
    {
        (await _server.PostAsync("/v1/rollouts", body, Key)).ShouldBeProblem(400, "invalid-request", path);
        (await _deployed.Rollouts.ListAsync("reviews", Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Promote_ByAnotherProcess_ServedWithoutAPoll()
    {
        await using var store = _deployed.OpenStore();
        await new ModelRegistry(store, _ => true, TimeProvider.System).SetAliasAsync("reviews", "champion", 2, "tests", "", Token);
        await Deployed.UntilAsync(async () => (await _server.GetAsync("/readiness")).Json.GetProperty("version").GetString() == "reviews/2");
        await new TrafficPlans(store, TimeProvider.System).SetAsync("reviews", new TrafficPlan { Stable = "1" }, null, "tests", "", Token);
        await Deployed.UntilAsync(async () => (await _server.GetAsync("/readiness")).Json.GetProperty("version").GetString() == "reviews/1");
    }

    private Task<Answer> PutAsync(string body, params (string, string)[] headers) => _server.SendAsync(HttpMethod.Put, "/v1/traffic", Encoding.UTF8.GetBytes(body), headers);
}
