using System.Text.Json;
using Plumbline.Inference.Flags;
using Plumbline.Server.Tests.Generations;

namespace Plumbline.Server.Tests.Flags;

public sealed class FlagsApiTests
{
    private static readonly Dictionary<string, FlagDefinition> Project = new() { ["explanations"] = new(), ["new-page"] = FlagDefinition.Parse("""{"filters": [{"targeting": {"users": ["ann"]}}]}""") };

    [Fact]
    public async Task Put_Changed_HoldsAtOnceAndLeavesAnEventWithBoth()
    {
        await using var flagged = await FlaggedServer.StartAsync(with: options => options with { ApiKeys = [new ApiKey("ops", "0123456789abcdef", 1000)] });
        var key = ("X-API-Key", "0123456789abcdef");
        var first = await flagged.PutAsync("new-page", """{"flag": {"filters": [{"percentage": 100}]}, "revision": 0, "reason": "try it"}""", key);
        first.Status.ShouldBe(200, first.Body);
        first.Json.GetProperty("revision").GetInt64().ShouldBe(1);
        (await flagged.ListedAsync("new-page"))!.Value.GetProperty("flag").GetProperty("filters")[0].GetProperty("percentage").GetInt32().ShouldBe(100);
        (await flagged.PutAsync("new-page", """{"flag": {"enabled": false}, "revision": 0}""", key)).ShouldBeProblem(409, "conflict");
        var disabled = await flagged.Server.PostAsync("/v1/flags/new-page/disable", """{"reason": "an incident"}""", key);
        disabled.Json.GetProperty("flag").GetProperty("enabled").GetBoolean().ShouldBeFalse();

        await flagged.Flags.RevisionAsync();
        var events = await flagged.EventsAsync("flag:new-page");
        events.Select(e => (e.Action, e.Actor)).ShouldBe([("flag.changed", "ops"), ("flag.changed", "ops")]);
        var detail = JsonDocument.Parse(events[1].Detail).RootElement;
        detail.GetProperty("previous").GetProperty("enabled").GetBoolean().ShouldBeTrue();
        detail.GetProperty("flag").GetProperty("enabled").GetBoolean().ShouldBeFalse();
        detail.GetProperty("reason").GetString().ShouldBe("an incident");
        JsonDocument.Parse(events[1].Origin).RootElement.GetProperty("key").GetString().ShouldBe("ops");
    }

    [Theory]
    [InlineData("""{"flag": {"filters": [{"percentage": 101}]}}""", "$.flag", "filters[0].percentage: 101")]
    [InlineData("""{"flag": {"filter": []}}""", "$.flag", "filter")]
    [InlineData("""{"flag": {"filters": [{"targeting": {"default_rollout_percentage": -1}}]}}""", "$.flag", "filters[0].targeting.default_rollout_percentage")]
    [InlineData("""{"flag": {"variants": [{"name": "a", "value": 1}]}}""", "$.flag", "allocation")]
    [InlineData("""{"reason": "why"}""", "$.flag", "must be there")]
    [InlineData("""{"flag": {}, "revision": "one"}""", "$.revision", "whole number")]
    [InlineData("""[]""", "$", "object")]
    public async Task Put_Wrong_RefusedWithTheKey(string body, string path, string named)
    {
        await using var flagged = await FlaggedServer.StartAsync();
        var answer = await flagged.PutAsync("new-page", body);
        answer.ShouldBeProblem(400, "invalid-request", path);
        answer.Body.ShouldContain(named);
        (await flagged.ListedAsync("new-page")).ShouldBeNull();
    }

    [Fact]
    public async Task Change_WithoutJsonOrStoreOrName_Refused()
    {
        await using var flagged = await FlaggedServer.StartAsync();
        (await flagged.Server.SendAsync(HttpMethod.Post, "/v1/flags/shadow/disable", null)).ShouldBeProblem(415, "unsupported-media-type");
        (await flagged.Server.PostAsync("/v1/flags/unknown/disable", "{}")).ShouldBeProblem(404, "not-found");
        (await flagged.PutAsync("a%20b", """{"flag": {}}""")).ShouldBeProblem(400, "invalid-request");
        (await flagged.PutAsync("a", "{")).ShouldBeProblem(400, "invalid-json");
        await flagged.RestartAsync(with: options => options with { Flags = null });
        (await flagged.PutAsync("a", """{"flag": {}}""")).ShouldBeProblem(404, "no-flags");
        (await flagged.Server.GetAsync("/v1/flags")).Json.GetProperty("flags").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Explanations_SwitchedWhileServed_FollowedWithoutRestart()
    {
        const string Question = """{"text": "a wonderful book", "explain": 2}""";
        const string Questions = """{"texts": ["a", "b"], "explain": 2, "numeric_features": {"price": ["x", 1]}}""";
        await using var flagged = await FlaggedServer.StartAsync(Project);
        (await flagged.Server.PredictAsync(Question)).Json.GetProperty("explanation").ValueKind.ShouldBe(JsonValueKind.Object);

        await flagged.Flags.EnableAsync("explanations", false, null, "tests", "");
        await Deployed.UntilAsync(async () => (await flagged.Server.PredictAsync(Question)).Json.GetProperty("explanation").ValueKind == JsonValueKind.Null);
        var one = (await flagged.Server.PredictAsync(Question)).Json;
        one.GetProperty("warnings").GetProperty("switched_off").GetProperty("explain").EnumerateArray().Select(i => i.GetInt32()).ShouldBe([0]);
        var many = (await flagged.Server.PredictAsync(Questions)).Json;
        many.GetProperty("explanations").ValueKind.ShouldBe(JsonValueKind.Null);
        many.GetProperty("warnings").GetProperty("switched_off").GetProperty("explain").EnumerateArray().Select(i => i.GetInt32()).ShouldBe([0, 1]);
        many.GetProperty("warnings").GetProperty("type").GetProperty("price").GetArrayLength().ShouldBe(1);
        (await flagged.Server.PredictAsync("""{"text": "a"}""")).Json.GetProperty("warnings").TryGetProperty("switched_off", out _).ShouldBeFalse("nothing was asked for");

        await flagged.Flags.RemoveAsync("explanations", null, "tests", "");
        await Deployed.UntilAsync(async () => (await flagged.Server.PredictAsync(Question)).Json.GetProperty("explanation").ValueKind == JsonValueKind.Object);
        var metrics = (await flagged.Server.GetAsync("/metrics")).Body;
        metrics.ShouldContain("plumbline_flag_evaluations_total{flag=\"explanations\",outcome=\"off\"}");
        metrics.ShouldContain("plumbline_flags_revision 2");
    }

    [Fact]
    public async Task Explanations_Targeted_ByUserKeyItemRouteAndModel()
    {
        await using var flagged = await FlaggedServer.StartAsync(with: options => options with { ApiKeys = [new ApiKey("ops", "0123456789abcdef", 1000)], Limits = options.Limits });
        var question = """{"text": "a", "explain": 1, "entities": {"user": "ann", "item": "b1"}}""";
        foreach (var (audience, headers) in new (string, (string, string)[])[]
        {
            ("""{"users": ["ann"]}""", []),
            ("""{"groups": [{"name": "item:b1", "rollout_percentage": 100}]}""", []),
            ("""{"groups": [{"name": "model:reviews", "rollout_percentage": 100}]}""", []),
            ("""{"groups": [{"name": "key:ops", "rollout_percentage": 100}]}""", [("X-API-Key", "0123456789abcdef")]),
            ("""{"groups": [{"name": "route:r7", "rollout_percentage": 100}]}""", [("X-Plumbline-Route", "r7")]),
        })
        {
            (await flagged.PutAsync("explanations", $$$"""{"flag": {"filters": [{"targeting": {{{audience}}}}]}}""")).Status.ShouldBe(200);
            (await flagged.Server.PostAsync("/predict", question, headers)).Json.GetProperty("explanation").ValueKind.ShouldBe(JsonValueKind.Object, audience);
            (await flagged.PutAsync("explanations", $$$"""{"flag": {"filters": [{"targeting": {{{audience.Replace("ann", "bob").Replace("b1", "b2").Replace("reviews", "other").Replace("ops", "dev").Replace("r7", "r8")}}}}]}}""")).Status.ShouldBe(200);
            (await flagged.Server.PostAsync("/predict", question, headers)).Json.GetProperty("explanation").ValueKind.ShouldBe(JsonValueKind.Null, audience);
        }
    }

    [Fact]
    public async Task Store_Lost_LastKnownFlagsHoldAlsoAfterARestart()
    {
        await using var flagged = await FlaggedServer.StartAsync(Project);
        (await flagged.PutAsync("explanations", """{"flag": {"enabled": false}}""")).Status.ShouldBe(200);
        File.Exists(flagged.LastKnown).ShouldBeTrue();
        flagged.IsLost = true;
        await flagged.RestartAsync(Project);
        await Deployed.UntilAsync(async () => (await flagged.Server.GetAsync("/readiness")).Body.Contains("the flags have not been known since", StringComparison.Ordinal));
        (await flagged.ListedAsync("explanations"))!.Value.GetProperty("source").GetString().ShouldBe("store");
        (await flagged.ListedAsync("new-page"))!.Value.GetProperty("source").GetString().ShouldBe("project");
        (await flagged.Server.GetAsync("/v1/flags")).Json.GetProperty("stale").GetBoolean().ShouldBeTrue();
        (await flagged.Server.PredictAsync("""{"text": "a", "explain": 1}""")).Json.GetProperty("explanation").ValueKind.ShouldBe(JsonValueKind.Null);
        (await flagged.PutAsync("a", """{"flag": {}}""")).ShouldBeProblem(503, "metadata-unavailable");
        flagged.IsLost = false;
        await Deployed.UntilAsync(async () => !(await flagged.Server.GetAsync("/v1/flags")).Json.GetProperty("stale").GetBoolean());
    }

    [Fact]
    public async Task Disable_OfTheProject_ItsDefinitionIsKeptOff()
    {
        await using var flagged = await FlaggedServer.StartAsync(Project);
        var answer = (await flagged.Server.PostAsync("/v1/flags/new-page/disable", "{}")).Json.GetProperty("flag");
        answer.GetProperty("enabled").GetBoolean().ShouldBeFalse();
        answer.GetProperty("filters")[0].GetProperty("targeting").GetProperty("users")[0].GetString().ShouldBe("ann");
    }
}
