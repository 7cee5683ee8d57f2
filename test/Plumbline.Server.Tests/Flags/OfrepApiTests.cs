using System.Text.Json;

namespace Plumbline.Server.Tests.Flags;

/// <summary>Answers as OFREP's OpenAPI document describes them.</summary>
public sealed class OfrepApiTests
{
    private const string All = "/ofrep/v1/evaluate/flags";

    [Fact]
    public async Task EvaluateOne_EveryKind_ValueVariantAndReason()
    {
        await using var flagged = await FlaggedServer.StartAsync();
        await PutAsync(flagged, "plain", "{}");
        await PutAsync(flagged, "killed", """{"enabled": false, "filters": [{"targeting": {"users": ["ann"]}}]}""");
        await PutAsync(flagged, "targeted", """{"filters": [{"targeting": {"users": ["ann"], "groups": [{"name": "beta", "rollout_percentage": 100}]}}]}""");
        await PutAsync(flagged, "drawn", """{"filters": [{"percentage": 100}]}""");
        await PutAsync(flagged, "size", """
            {"filters": [{"targeting": {"default_rollout_percentage": 100, "exclusion": {"users": ["eve"]}}}],
             "variants": [{"name": "small", "value": 10}, {"name": "large", "value": 99.5}],
             "allocation": {"default_when_enabled": "small", "default_when_disabled": "small", "users": [{"variant": "large", "users": ["ann"]}]}}
            """);
        await PutAsync(flagged, "page", """
            {"variants": [{"name": "old", "value": {"title": "x"}}, {"name": "new", "value": {"title": "y"}, "status_override": "disabled"}],
             "allocation": {"default_when_enabled": "old", "default_when_disabled": "old", "groups": [{"variant": "new", "groups": ["beta"]}], "percentiles": [{"variant": "old", "from": 0, "to": 100}]}}
            """);

        await ShouldBe("plain", "{}", "true", "on", "STATIC");
        await ShouldBe("killed", """{"targetingKey": "ann"}""", "false", "off", "DISABLED");
        await ShouldBe("targeted", """{"targetingKey": "ann"}""", "true", "on", "TARGETING_MATCH");
        await ShouldBe("targeted", """{"targetingKey": "bob"}""", "false", "off", "DEFAULT");
        await ShouldBe("targeted", """{"targetingKey": "bob", "groups": ["beta"], "country": "DE"}""", "true", "on", "TARGETING_MATCH");
        await ShouldBe("drawn", "{}", "true", "on", "SPLIT");
        await ShouldBe("size", """{"targetingKey": "ann"}""", "99.5", "large", "TARGETING_MATCH");
        await ShouldBe("size", """{"targetingKey": "bob"}""", "10", "small", "TARGETING_MATCH");
        await ShouldBe("size", """{"targetingKey": "eve"}""", "10", "small", "DEFAULT");
        await ShouldBe("page", """{"targetingKey": "bob", "groups": ["beta"]}""", """{"title":"y"}""", "new", "DEFAULT");

        async Task ShouldBe(string name, string context, string value, string variant, string reason)
        {
            var answer = await flagged.Server.PostAsync($"{All}/{name}", $$"""{"context": {{context}}}""");
            answer.Status.ShouldBe(200, answer.Body);
            answer.MediaType.ShouldBe("application/json");
            var json = answer.Json;
            json.GetProperty("key").GetString().ShouldBe(name);
            json.GetProperty("value").GetRawText().ShouldBe(value, $"{name} {context}");
            json.GetProperty("variant").GetString().ShouldBe(variant);
            json.GetProperty("reason").GetString().ShouldBe(reason, $"{name} {context}");
            json.GetProperty("metadata").EnumerateObject().ShouldAllBe(member => member.Value.ValueKind == JsonValueKind.Number || member.Value.ValueKind == JsonValueKind.True || member.Value.ValueKind == JsonValueKind.False);
        }
    }

    [Fact]
    public async Task EvaluateOne_CannotBe_ErrorsOfTheProtocol()
    {
        await using var flagged = await FlaggedServer.StartAsync();
        await PutAsync(flagged, "targeted", """{"filters": [{"targeting": {"users": ["ann"]}}]}""");
        await ShouldBe("nothing", "{}", 404, "FLAG_NOT_FOUND");
        await ShouldBe("targeted", "{}", 400, "TARGETING_KEY_MISSING");
        await ShouldBe("targeted", """{"context": null}""", 400, "TARGETING_KEY_MISSING");
        await ShouldBe("targeted", """{"context": 1}""", 400, "INVALID_CONTEXT");
        await ShouldBe("targeted", """{"context": {"targetingKey": 1}}""", 400, "INVALID_CONTEXT");
        await ShouldBe("targeted", """{"context": {"groups": "beta"}}""", 400, "INVALID_CONTEXT");
        await ShouldBe("targeted", """{"context": {"groups": [1]}}""", 400, "INVALID_CONTEXT");
        await ShouldBe("targeted", """{"context": {"targetingKey": "\ud800"}}""", 400, "PARSE_ERROR");
        await ShouldBe("targeted", "{", 400, "PARSE_ERROR");
        await ShouldBe("targeted", "[]", 400, "PARSE_ERROR");

        async Task ShouldBe(string name, string body, int status, string code)
        {
            var answer = await flagged.Server.PostAsync($"{All}/{name}", body);
            answer.Status.ShouldBe(status, answer.Body);
            answer.MediaType.ShouldBe("application/json");
            answer.Json.GetProperty("key").GetString().ShouldBe(name);
            answer.Json.GetProperty("errorCode").GetString().ShouldBe(code);
            answer.Json.GetProperty("errorDetails").GetString().ShouldNotBeNullOrEmpty();
        }
    }

    [Fact]
    public async Task EvaluateAll_SameAgain_NotModifiedUntilAFlagChanges()
    {
        await using var flagged = await FlaggedServer.StartAsync();
        const string Context = """{"context": {"targetingKey": "ann"}}""";
        await PutAsync(flagged, "a", "{}");
        await PutAsync(flagged, "b", """{"filters": [{"targeting": {"users": ["ann"]}}]}""");
        var first = await flagged.Server.PostAsync(All, Context);
        first.Json.GetProperty("flags").EnumerateArray().Select(flag => (flag.GetProperty("key").GetString(), flag.GetProperty("value").GetBoolean())).ShouldBe([("a", true), ("b", true)]);
        var tag = first.Headers["ETag"];
        var again = await flagged.Server.PostAsync(All, Context, ("If-None-Match", tag));
        (again.Status, again.Body, again.Headers["ETag"]).ShouldBe((304, "", tag));
        (await flagged.Server.PostAsync(All, Context, ("If-None-Match", $"\"x\", W/{tag}"))).Status.ShouldBe(304);
        (await flagged.Server.PostAsync(All, """{"context": {"targetingKey": "bob"}}""", ("If-None-Match", tag))).Status.ShouldBe(200);
        await PutAsync(flagged, "a", """{"enabled": false}""");
        var changed = await flagged.Server.PostAsync(All, Context, ("If-None-Match", tag));
        changed.Status.ShouldBe(200);
        changed.Json.GetProperty("flags")[0].GetProperty("value").GetBoolean().ShouldBeFalse();
        var anonymous = (await flagged.Server.PostAsync(All, "{}")).Json.GetProperty("flags");
        (anonymous[0].GetProperty("reason").GetString(), anonymous[1].GetProperty("errorCode").GetString()).ShouldBe(("DISABLED", "TARGETING_KEY_MISSING"));
        var refused = await flagged.Server.PostAsync(All, "1");
        (refused.Status, refused.Json.GetProperty("errorCode").GetString()).ShouldBe((400, "PARSE_ERROR"));
    }

    private static async Task PutAsync(FlaggedServer flagged, string name, string definition)
    {
        var answer = await flagged.PutAsync(name, $$"""{"flag": {{definition}}}""");
        answer.Status.ShouldBe(200, answer.Body);
    }
}
