using System.Globalization;
using System.Text.Json;
using Plumbline.Server.Tests.Admission;
using Plumbline.Storage;

namespace Plumbline.Server.Tests.BatchJobs;

public sealed class BatchJobTests : IAsyncLifetime
{
    private const string Jobs = "/v1/batch-jobs";

    private readonly TemporaryFolder _folder = new();
    private RunningServer _server = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Data => Directory.CreateDirectory(_folder.File("data")).FullName;

    public async ValueTask InitializeAsync() => _server = await RunningServer.StartAsync(Options(workers: 1));

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Post_AJob_AnsweredInTheBackgroundAsPredictDoes()
    {
        var input = Write("in.jsonl", """{"id": 1, "text": "wonderful", "price": 4.5}""", "nothing", """{"id": 2, "text": "awful waste"}""");
        var answer = await _server.PostAsync(Jobs, Body(input, "out.jsonl", """, "keep": ["id"], "version_column": true, "max_errors": 5"""));
        answer.Status.ShouldBe(202, answer.Body);
        answer.Headers["Location"].ShouldBe($"{Jobs}/{answer.Json.GetProperty("id").GetString()}");
        var job = await EndedAsync(answer.Json.GetProperty("id").GetString()!);
        job.GetProperty("state").GetString().ShouldBe("completed", job.ToString());
        (job.GetProperty("rows").GetInt64(), job.GetProperty("errors").GetInt64(), job.GetProperty("chunks").GetInt64(), job.GetProperty("chunks_total").GetInt64()).ShouldBe((3, 1, 1, 1));
        job.GetProperty("version").GetString().ShouldBe("reviews/3");
        var lines = File.ReadAllLines(Path.Combine(Data, "out.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        lines.Select(line => line.GetProperty("version").GetString()).ShouldAllBe(version => version == "reviews/3");
        lines[1].GetProperty("label").ValueKind.ShouldBe(JsonValueKind.Null);
        var online = (await _server.PredictAsync("""{"texts": ["wonderful", "awful waste"], "numeric_features": {"price": [4.5, null]}}""")).Json;
        online.GetProperty("labels").EnumerateArray().Select(label => label.GetString()).ShouldBe([lines[0].GetProperty("label").GetString(), lines[2].GetProperty("label").GetString()]);
        online.GetProperty("probs")[1][0].GetRawText().ShouldBe(lines[2].GetProperty("p_1").GetRawText());
        File.ReadAllLines(Path.Combine(Data, "out.jsonl.errors.jsonl")).ShouldHaveSingleItem();
        string metrics;
        // The worker counts the job after the store has its end.
        while (!(metrics = (await _server.GetAsync("/metrics")).Body).Contains("plumbline_batch_jobs_total{state=\"completed\"} 1", StringComparison.Ordinal))
            await Task.Delay(50, Token);
        metrics.ShouldContain("plumbline_batch_rows_total 3");
        metrics.ShouldContain("plumbline_batch_row_errors_total 1");
    }

    [Fact]
    public async Task Post_PathsElsewhere_Refused()
    {
        var input = Write("in.csv", "text,price", "good,1");
        File.WriteAllText(_folder.File("secret.csv"), "text,price\nsecret,1\n");
        File.CreateSymbolicLink(Path.Combine(Data, "link.csv"), _folder.File("secret.csv"));
        Directory.CreateSymbolicLink(Path.Combine(Data, "away"), _folder.Path);
        Directory.CreateDirectory(_folder.File("data-other"));
        foreach (var path in new[]
        {
            "/etc/passwd", _folder.File("secret.csv"), $"{Data}/../secret.csv", $"{Data}/link.csv", $"{Data}/away/secret.csv", $"{Data}/away/*.csv", $"{Data}/*.csv", "in.csv", "s3://elsewhere/in.csv",
            "s3://allowed/inner-other/in.csv", "s3://allowed/inner/../in.csv", "s3://allowed/inner//in.csv", _folder.File("data-other/in.csv"), _folder.Path,
        })
            (await _server.PostAsync(Jobs, Body(path, "out.csv"))).ShouldBeProblem(403, "path-refused");
        foreach (var output in new[] { "/tmp/out.csv", $"{Data}/../out.csv", $"{Data}/away/out.csv", "s3://elsewhere/out.csv", Data })
            (await _server.PostAsync(Jobs, JsonSerializer.Serialize(new { input, output }))).ShouldBeProblem(403, "path-refused");
        (await _server.PostAsync(Jobs, Body($"{Data}/none.csv", "out.csv"))).ShouldBeProblem(400, "batch-input");
        (await _server.GetAsync(Jobs)).Json.GetProperty("jobs").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Post_NoPathsOrNoFolder_SaysHowToAllowIt()
    {
        await using var closed = await RunningServer.StartAsync(Options(workers: 1) with { BatchJobs = Options(1).BatchJobs! with { Paths = [] } });
        var answer = await closed.PostAsync(Jobs, Body("/data/in.csv", "out.csv"));
        answer.ShouldBeProblem(403, "path-refused");
        answer.Body.ShouldContain("server.batch_paths");
        await using var without = await RunningServer.StartAsync(RunningServer.Options);
        (await without.GetAsync(Jobs)).ShouldBeProblem(404, "no-batch-jobs");
    }

    [Theory]
    [InlineData("[]", "$", "invalid-request")]
    [InlineData("{", null, "invalid-json")]
    [InlineData("""{"output": "/x"}""", "$.input", "invalid-request")]
    [InlineData("""{"input": 5, "output": "/x"}""", "$.input", "invalid-request")]
    [InlineData("""{"input": "/x", "output": "/y", "format": "xml"}""", "$.format", "invalid-request")]
    [InlineData("""{"input": "/x", "output": "/y", "max_errors": "many"}""", "$.max_errors", "invalid-request")]
    [InlineData("""{"input": "/x", "output": "/y", "delimiter": "ab"}""", "$.delimiter", "invalid-request")]
    [InlineData("""{"input": "/x", "output": "/y", "keep": [""]}""", "$.keep", "invalid-request")]
    public async Task Post_NotTheInterface_RefusedWithThePlace(string body, string? path, string kind) =>
        (await _server.PostAsync(Jobs, body)).ShouldBeProblem(400, kind, path);

    [Fact]
    public async Task Post_SameKeyTwice_OneJob()
    {
        var body = Body(Write("in.csv", "text,price", "good,1"), "out.csv");
        var first = await _server.PostAsync(Jobs, body, ("Idempotency-Key", "nightly-1"));
        var second = await _server.PostAsync(Jobs, body, ("Idempotency-Key", "nightly-1"));
        (first.Status, second.Status).ShouldBe((202, 202));
        second.Json.GetProperty("id").GetString().ShouldBe(first.Json.GetProperty("id").GetString());
        (await _server.PostAsync(Jobs, body + " ", ("Idempotency-Key", "nightly-1"))).ShouldBeProblem(409, "conflict");
        await EndedAsync(first.Json.GetProperty("id").GetString()!);
    }

    [Fact]
    public async Task CancelAndDelete_OfAJobThatWaits_EndAndForgetIt()
    {
        await using var idle = await RunningServer.StartAsync(Options(workers: 0, "idle") with { ModelVersion = 4 });
        var id = (await idle.PostAsync(Jobs, Body(Write("in.csv", "text,price", "good,1"), "idle.csv"))).Json.GetProperty("id").GetString();
        (await idle.SendAsync(HttpMethod.Delete, $"{Jobs}/{id}", null)).ShouldBeProblem(409, "conflict");
        var cancelled = await idle.PostAsync($"{Jobs}/{id}/cancel", "");
        cancelled.Json.GetProperty("state").GetString().ShouldBe("cancelled");
        (await idle.PostAsync($"{Jobs}/{id}/cancel", "")).ShouldBeProblem(409, "conflict");
        (await idle.SendAsync(HttpMethod.Delete, $"{Jobs}/{id}", null)).Status.ShouldBe(204);
        (await idle.GetAsync($"{Jobs}/{id}")).ShouldBeProblem(404, "not-found");
    }

    [Fact]
    public async Task Post_OutputOfAJobThatRuns_RefusedByNameUntilItEnds()
    {
        var input = Write("in.csv", "text,price", "good,1");
        await using var idle = await RunningServer.StartAsync(Options(workers: 0, "shared"));
        var first = (await idle.PostAsync(Jobs, Body(input, "same.csv"))).Json.GetProperty("id").GetString()!;
        await using var another = await RunningServer.StartAsync(Options(workers: 0, "shared"));
        var refused = await another.PostAsync(Jobs, Body(input, "inner/../same.csv"));
        refused.ShouldBeProblem(409, "conflict");
        refused.Body.ShouldContain(first);
        (await another.PostAsync(Jobs, Body(input, "in.csv"))).ShouldBeProblem(400, "batch-input");
        await idle.PostAsync($"{Jobs}/{first}/cancel", "");
        (await another.PostAsync(Jobs, Body(input, "same.csv"))).Status.ShouldBe(202);
    }

    [Fact]
    public async Task Jobs_OfAnotherModel_AreNotFoundHereAndTheirChangesNameTheKey()
    {
        var key = ("X-API-Key", "a-secret-of-20-chars");
        await using var here = await RunningServer.StartAsync(Options(workers: 0, "shared"));
        await using var other = await RunningServer.StartAsync(Options(workers: 0, "shared") with { ModelName = "tickets", ApiKeys = [new ApiKey("ops", key.Item2, 1_000)] });
        var id = (await other.PostAsync(Jobs, Body(Write("in.csv", "text,price", "good,1"), "other.csv"), key)).Json.GetProperty("id").GetString()!;
        (await here.GetAsync(Jobs)).Json.GetProperty("jobs").GetArrayLength().ShouldBe(0);
        (await here.GetAsync($"{Jobs}/{id}")).ShouldBeProblem(404, "not-found");
        (await here.PostAsync($"{Jobs}/{id}/cancel", "")).ShouldBeProblem(404, "not-found");
        (await here.SendAsync(HttpMethod.Delete, $"{Jobs}/{id}", null)).ShouldBeProblem(404, "not-found");
        (await other.PostAsync($"{Jobs}/{id}/cancel", "", key)).Status.ShouldBe(200);
        await using var store = SqliteMetadataStore.Open(_folder.File("shared.db"), TimeProvider.System);
        (await new EventLog(store).ListAsync(id, cancellation: Token)).Select(e => e.Actor).ShouldBe(["ops", "ops"]);
    }

    [Fact]
    public async Task Post_VersionNamed_AnsweredByItOrRefused()
    {
        var input = Write("in.csv", "text,price", "good,1");
        (await _server.PostAsync(Jobs, Body(input, "out.csv", """, "version": "other/2" """))).ShouldBeProblem(400, "invalid-request", "$.version");
        (await _server.PostAsync(Jobs, Body(input, "out.csv", """, "version": "reviews/9" """))).ShouldBeProblem(404, "not-found");
        var named = await _server.PostAsync(Jobs, Body(input, "named.csv", """, "version": "reviews/2" """));
        named.Json.GetProperty("version").GetString().ShouldBe("reviews/2");
        var job = await EndedAsync(named.Json.GetProperty("id").GetString()!);
        (job.GetProperty("state").GetString(), job.GetProperty("bundle").GetString()).ShouldBe(("completed", Path.GetFileName(TestBundle.Other)));
    }

    [Fact]
    public async Task Post_WhereAGraphIsServed_AnsweredByItAndNoOther()
    {
        var graph = _folder.File("graph.onnx");
        SlowGraph.Write(graph, perCall: 0, perText: 0);
        var options = Options(workers: 1, "graph") with { Bundle = graph };
        await using var server = await RunningServer.StartAsync(options with { BatchJobs = options.BatchJobs! with { Locate = (_, _) => Task.FromResult(graph) } });
        var answer = await server.PostAsync(Jobs, Body(Write("in.csv", "text", "fine", "awful", "other"), "graph.csv"));
        answer.Status.ShouldBe(202, answer.Body);
        (await EndedAsync(answer.Json.GetProperty("id").GetString()!, server)).GetProperty("state").GetString().ShouldBe("completed");
        File.ReadAllLines(Path.Combine(Data, "graph.csv")).ShouldBe(["label,probability,p_bad,p_good", "good,0.75,0.25,0.75", "bad,0.875,0.875,0.125", "bad,0.5,0.5,0.5"]);
        var waiting = Body(Write("in.csv", "text", "fine"), "late.csv");
        SlowGraph.Write(graph, perCall: 0, perText: 0, good: 0.875f);
        (await server.PostAsync(Jobs, waiting)).ShouldBeProblem(400, "batch-input");
    }

    [Fact]
    public async Task Start_JobsLeftByAServerThatStopped_GoOn()
    {
        var input = Write("in.csv", "text,price", "good,1");
        string id;
        await using (var idle = await RunningServer.StartAsync(Options(workers: 0, "left")))
            id = (await idle.PostAsync(Jobs, Body(input, "left.csv"))).Json.GetProperty("id").GetString()!;
        await using var next = await RunningServer.StartAsync(Options(workers: 2, "left"));
        (await EndedAsync(id, next)).GetProperty("state").GetString().ShouldBe("completed");
        File.Exists(Path.Combine(Data, "left.csv")).ShouldBeTrue();
    }

    [Fact]
    public void Validate_WrongOptions_NamesTheKeys()
    {
        var options = Options(65);
        Should.Throw<Microsoft.Extensions.Options.OptionsValidationException>((options with { BatchJobs = options.BatchJobs! with { Paths = ["data"] } }).Validate)
            .Failures.Select(failure => failure.Split(':')[0]).ShouldBe(["server.batch_workers", "server.batch_paths"]);
    }

    private ServerOptions Options(int workers, string store = "store") => RunningServer.Options with
    {
        BatchJobs = new BatchJobOptions
        {
            Open = () => SqliteMetadataStore.Open(_folder.File(store + ".db"), TimeProvider.System),
            Resolve = (reference, _) => reference == "reviews/2"
                ? Task.FromResult((reference, Path.GetFileName(TestBundle.Other)))
                : throw new MetadataException(MetadataError.NotFound, $"There is no {reference}."),
            Locate = (job, _) => Task.FromResult(job.Bundle == Path.GetFileName(TestBundle.Other) ? TestBundle.Other : TestBundle.Directory),
            Home = new Home(_folder.File("home")),
            Paths = [Data, "s3://allowed/inner"],
            Workers = workers,
        },
    };

    private string Write(string name, params string[] lines)
    {
        var path = Path.Combine(Data, name);
        File.WriteAllLines(path, lines);
        return path;
    }

    private string Body(string input, string output, string more = "") =>
        string.Create(CultureInfo.InvariantCulture, $"{{\"input\": {JsonSerializer.Serialize(input)}, \"output\": {JsonSerializer.Serialize(Path.Combine(Data, output))}{more}}}");

    private async Task<JsonElement> EndedAsync(string id, RunningServer? server = null)
    {
        while (true)
        {
            var job = (await (server ?? _server).GetAsync($"{Jobs}/{id}")).Json;
            if (job.GetProperty("state").GetString() != "running")
                return job;
            await Task.Delay(50, Token);
        }
    }
}
