using System.Text;
using System.Text.Json;

namespace Plumbline.Server.Tests.Mlflow;

public sealed class WireTests
{
    private const string Secret = "correct-horse-battery";

    [Fact]
    public async Task About_HealthAndVersion_PlainText()
    {
        await using var tracker = await RunningTracker.StartAsync();
        (await tracker.GetAsync("/health")).Body.ShouldBe("OK");
        (await tracker.GetAsync("/version")).Body.ShouldMatch(@"^\d+\.\d+\.\d+$");
        (await tracker.GetAsync("/metrics")).Body.ShouldContain("plumbline_ready 1");
    }

    [Theory]
    [InlineData("POST", "runs/create", "{", 400, "INVALID_PARAMETER_VALUE")]
    [InlineData("POST", "runs/create", "[]", 400, "INVALID_PARAMETER_VALUE")]
    [InlineData("POST", "runs/create", """{"experiment_id": "x"}""", 400, "INVALID_PARAMETER_VALUE")]
    [InlineData("POST", "runs/create", """{"experiment_id": "77"}""", 404, "RESOURCE_DOES_NOT_EXIST")]
    [InlineData("POST", "runs/create", """{"tags": [{"key": "a\ud800", "value": ""}]}""", 400, "INVALID_PARAMETER_VALUE")]
    [InlineData("POST", "runs/search", """{"experiment_ids": ["\ud800"]}""", 400, "INVALID_PARAMETER_VALUE")]
    [InlineData("POST", "runs/set-tag", """{"run_id": "r\u0000", "key": "k"}""", 400, "INVALID_PARAMETER_VALUE")]
    [InlineData("POST", "runs/log-metric", """{"run_id": "r", "key": "k", "value": "much", "timestamp": 1}""", 400, "INVALID_PARAMETER_VALUE")]
    [InlineData("POST", "runs/log-metric", """{"run_id": "r", "key": "k", "value": 1}""", 400, "INVALID_PARAMETER_VALUE")]
    [InlineData("POST", "runs/log-parameter", """{"run_id": "r"}""", 400, "INVALID_PARAMETER_VALUE")]
    [InlineData("POST", "runs/log-metric", """{"run_id": "r", "key": "k", "value": 1, "timestamp": -1}""", 400, "INVALID_PARAMETER_VALUE")]
    [InlineData("POST", "runs/log-metric", """{"run_id": "r", "key": "a//b", "value": 1, "timestamp": 1}""", 400, "INVALID_PARAMETER_VALUE")]
    [InlineData("POST", "runs/set-tag", """{"run_id": "r", "key": "../b"}""", 400, "INVALID_PARAMETER_VALUE")]
    [InlineData("POST", "runs/log-batch", """{"run_id": "r", "params": [{"key": "a", "value": "1"}, {"key": "a", "value": "1"}]}""", 400, "INVALID_PARAMETER_VALUE")]
    [InlineData("POST", "logged-models/search", """{"experiment_ids": ["0"], "datasets": [{"dataset_digest": "d"}]}""", 400, "INVALID_PARAMETER_VALUE")]
    [InlineData("POST", "logged-models/search", """{"order_by": [{"field_name": "metrics.a", "dataset_name": "x"}, {"field_name": "metrics.b", "dataset_name": "y"}]}""", 400, "INVALID_PARAMETER_VALUE")]
    [InlineData("POST", "runs/search", """{"experiment_ids": ["0"], "max_results": 50001}""", 400, "INVALID_PARAMETER_VALUE")]
    [InlineData("POST", "runs/search", """{"experiment_ids": ["0"], "max_results": 0}""", 400, "INVALID_PARAMETER_VALUE")]
    [InlineData("POST", "runs/search", """{"experiment_ids": ["0"], "filter": "metrics.a > 'x'; DROP TABLE runs"}""", 400, "INVALID_PARAMETER_VALUE")]
    [InlineData("POST", "runs/search", """{"experiment_ids": ["0"], "page_token": "eyJvZmZzZXQiOjF9"}""", 400, "INVALID_PARAMETER_VALUE")]
    [InlineData("POST", "experiments/create", """{"name": ""}""", 400, "INVALID_PARAMETER_VALUE")]
    [InlineData("POST", "experiments/create", """{"name": "a", "artifact_location": "../../etc"}""", 400, "INVALID_PARAMETER_VALUE")]
    [InlineData("POST", "experiments/delete", """{"experiment_id": "0"}""", 400, "INVALID_PARAMETER_VALUE")]
    [InlineData("POST", "runs/nonsense", "{}", 404, "ENDPOINT_NOT_FOUND")]
    [InlineData("GET", "runs/create", null, 405, "ENDPOINT_NOT_FOUND")]
    [InlineData("GET", "webhooks", null, 404, "ENDPOINT_NOT_FOUND")]
    [InlineData("POST", "/api/3.0/mlflow/traces", "{}", 404, "ENDPOINT_NOT_FOUND")]
    [InlineData("GET", "/ajax-api/3.0/mlflow/server-info", null, 404, "ENDPOINT_NOT_FOUND")]
    [InlineData("POST", "/v1/traces", "{}", 404, "ENDPOINT_NOT_FOUND")]
    public async Task Any_Wrong_ToldInMlflowsShape(string method, string path, string? body, int status, string code)
    {
        await using var tracker = await RunningTracker.StartAsync();
        (await tracker.SendAsync(method, path, body)).ShouldBeError(status, code);
    }

    [Fact]
    public async Task LogBatch_OverALimit_RefusedWhole()
    {
        await using var tracker = await RunningTracker.StartAsync();
        var run = await tracker.CreateRunAsync();
        foreach (var (name, count) in ((string, int)[])[("metrics", 1001), ("params", 101), ("tags", 101)])
        {
            var items = string.Join(',', Enumerable.Range(0, count).Select(i => $$"""{"key": "k{{i}}", "value": {{(name == "metrics" ? "1" : "\"1\"")}}, "timestamp": 1}"""));
            (await tracker.PostAsync("runs/log-batch", $$"""{"run_id": "{{run}}", "{{name}}": [{{items}}]}""")).ShouldBeError(400, "INVALID_PARAMETER_VALUE", name);
        }
        var large = $$"""{"run_id": "{{run}}", "tags": [{"key": "a", "value": "{{new string('x', 1_000_000)}}"}]}""";
        (await tracker.PostAsync("runs/log-batch", large)).ShouldBeError(400, "INVALID_PARAMETER_VALUE", "at most 1000000");
        foreach (var (key, value) in ((string, string)[])[(new string('k', 251), ""), ("a$b", "")])
            (await tracker.PostAsync("runs/log-parameter", JsonSerializer.Serialize(new { run_id = run, key, value }))).ShouldBeError(400, "INVALID_PARAMETER_VALUE");
        (await tracker.Tracking.GetRunAsync(run, TestContext.Current.CancellationToken)).Params.ShouldBeEmpty();
    }

    [Fact]
    public async Task LogParameterAndTags_LongValues_AreCutAsMlflowCutsThem()
    {
        await using var tracker = await RunningTracker.StartAsync();
        var id = await tracker.CreateRunAsync($$""", "tags": [{"key": "made", "value": "{{new string('v', 9000)}}"}]""");
        // The last character that fits would be half of one.
        await tracker.OkAsync("POST", "runs/log-parameter", JsonSerializer.Serialize(new { run_id = id, key = "long", value = new string('v', 5999) + "😀" }));
        await tracker.OkAsync("POST", "runs/log-batch", JsonSerializer.Serialize(new { run_id = id, @params = new[] { new { key = "batch", value = new string('v', 6001) } } }));
        await tracker.OkAsync("POST", "runs/set-tag", JsonSerializer.Serialize(new { run_id = id, key = "long", value = new string('v', 8001) }));
        var run = await tracker.Tracking.GetRunAsync(id, TestContext.Current.CancellationToken);
        (run.Params["long"].Length, run.Params["batch"].Length, run.Tags["long"].Length, run.Tags["made"].Length).ShouldBe((5999, 6000, 8000, 8000));
    }

    [Fact]
    public async Task Post_NotJson_RefusedSoThatForeignPagesCannotSendIt()
    {
        await using var tracker = await RunningTracker.StartAsync();
        using var content = new StringContent("""{"name": "a"}""", Encoding.UTF8, "text/plain");
        var response = await tracker.Client.PostAsync(RunningTracker.Api + "experiments/create", content, TestContext.Current.CancellationToken);
        ((int)response.StatusCode).ShouldBe(415);
        (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("BAD_REQUEST");
    }

    [Fact]
    public async Task Any_Keyed_TakesBearerBasicAndHeader()
    {
        await using var tracker = await RunningTracker.StartAsync(options => options with { TrustLoopback = false, ApiKeys = [new ApiKey("ann", Secret, 100)] });
        (await tracker.GetAsync("experiments/get?experiment_id=0")).ShouldBeError(401, "UNAUTHENTICATED");
        (await tracker.GetAsync("/health")).Status.ShouldBe(200);
        foreach (var (header, value, status) in ((string, string, int)[])
        [
            ("Authorization", "Bearer " + Secret, 200), ("X-API-Key", Secret, 200), ("Authorization", Basic("ann", Secret), 200),
            ("Authorization", Basic("bob", Secret), 401), ("Authorization", Basic("ann", "wrong"), 401), ("Authorization", "Basic !", 401),
        ])
            (await tracker.GetAsync("experiments/get?experiment_id=0", (header, value))).Status.ShouldBe(status, value);
    }

    [Fact]
    public async Task Search_PageByPage_EveryRunOnce()
    {
        await using var tracker = await RunningTracker.StartAsync();
        for (var i = 0; i < 5; i++)
            await tracker.CreateRunAsync($$""", "start_time": {{i}}""");
        var seen = new List<long>();
        var token = "";
        do
        {
            var page = await tracker.OkAsync("POST", "runs/search", $$"""{"experiment_ids": ["0"], "max_results": 2, "page_token": "{{token}}"}""");
            seen.AddRange(page.GetProperty("runs").EnumerateArray().Select(run => run.GetProperty("info").GetProperty("start_time").GetInt64()));
            token = page.TryGetProperty("next_page_token", out var next) ? next.GetString()! : "";
        }
        while (token.Length > 0);
        seen.ShouldBe([4, 3, 2, 1, 0]);
    }

    private static string Basic(string user, string password) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));
}
