using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Plumbline.Inference.Caching;
using Plumbline.Server.Tests.Generations;

namespace Plumbline.Server.Tests.Admission;

/// <summary>Servers of a graph that takes some milliseconds a text or a call, one at a time unless a test says otherwise.</summary>
public sealed class AdmissionTests : IDisposable
{
    private const string One = """{"text":"fine"}""";

    /// <summary>The same text is to be computed each time.</summary>
    private static readonly PredictionCacheOptions NoCache = new() { MemoryBytes = 0 };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Predict_MoreThanCanBeDone_AnsweredOrRefusedAtOnceAndAllWellAfterwards()
    {
        await using var server = await StartAsync(perCall: 0, perText: 4, new AdmissionOptions { Concurrency = 1 });
        var answers = await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => server.PostAsync("/predict", One, ("X-Plumbline-Timeout-Ms", "200"))));
        (await server.GetAsync("/health")).Status.ShouldBe(200);

        answers.Select(answer => answer.Status).Distinct().Order().ShouldBe([200, 503]);
        foreach (var refused in answers.Where(answer => answer.Status == 503))
        {
            refused.ShouldBeProblem(503, "overloaded");
            int.Parse(refused.Headers["Retry-After"], CultureInfo.InvariantCulture).ShouldBeInRange(1, 10);
        }
        var shed = await SumAsync(server, "plumbline_requests_shed_total");
        shed.ShouldBe(answers.Count(answer => answer.Status == 503));
        (await SumAsync(server, "plumbline_predictions_total")).ShouldBe(300 - shed);
        (await SumAsync(server, "plumbline_queued_texts")).ShouldBe(0);
        (await server.PredictAsync(One)).Status.ShouldBe(200);
        // Refusals are told together, not one by one.
        Regex.Count(server.Log, "\"event\":10,").ShouldBe(0);
        Regex.Count(server.Log, "\"event\":12,").ShouldBe(0);
        server.Log.ShouldContain("\"event\":19,");
    }

    [Fact]
    public async Task Predict_CallersGoAway_NothingIsComputedForThem()
    {
        await using var server = await StartAsync(perCall: 0, perText: 4, new AdmissionOptions { Concurrency = 1, Wait = TimeSpan.FromHours(1) }, timeout: TimeSpan.FromMinutes(1));
        using var impatient = new CancellationTokenSource();
        using var last = new CancellationTokenSource();
        var occupying = AskAsync(server, Many(1000), last.Token);
        await Deployed.UntilAsync(async () => await SumAsync(server, "plumbline_queue_wait_seconds_count") == 1);
        var callers = Enumerable.Range(0, 20).Select(_ => AskAsync(server, One, impatient.Token)).ToArray();
        await Deployed.UntilAsync(async () => await SumAsync(server, "plumbline_queued_texts") == 20);
        await impatient.CancelAsync();
        foreach (var caller in callers)
            await Should.ThrowAsync<OperationCanceledException>(caller);
        await Deployed.UntilAsync(async () => await SumAsync(server, "plumbline_requests_shed_total", "gone") == 20);
        await last.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(occupying);
        // Who is being answered is given up between two texts.
        await Deployed.UntilAsync(async () => await SumAsync(server, "plumbline_http_requests_in_flight") == 1);
        (await SumAsync(server, "plumbline_predictions_total")).ShouldBe(0);
        (await server.PredictAsync(One)).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Predict_Together_EachHasItsOwnAnswerAndErrors()
    {
        await using var server = await StartAsync(perCall: 12, perText: 0, new AdmissionOptions { Concurrency = 1 });
        var words = new[] { "fine", "awful", "other" };
        var good = new[] { 0.75f, 0.125f, 0.5f };
        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => server.PredictAsync(i % 6 == 5 ? "{}" : JsonSerializer.Serialize(new { texts = Enumerable.Repeat(words[i % 3], 1 + (i % 2)) }))));
        for (var i = 0; i < answers.Length; i++)
        {
            if (i % 6 == 5)
            {
                answers[i].ShouldBeProblem(400, "invalid-request");
                continue;
            }
            answers[i].Status.ShouldBe(200, answers[i].Body);
            var probabilities = answers[i].Json.GetProperty("probs").EnumerateArray().ToArray();
            probabilities.Length.ShouldBe(1 + (i % 2));
            probabilities.ShouldAllBe(row => row[1].GetSingle() == good[i % 3] && row[0].GetSingle() == 1 - good[i % 3]);
        }
        answers.Where(answer => answer.Status == 200).SelectMany(answer => answer.Json.GetProperty("prediction_ids").EnumerateArray().Select(id => id.GetString())).ShouldBeUnique();
        var texts = await SumAsync(server, "plumbline_batch_texts_sum");
        texts.ShouldBe(await SumAsync(server, "plumbline_predictions_total"));
        (await SumAsync(server, "plumbline_batch_texts_count")).ShouldBeLessThan(answers.Count(answer => answer.Status == 200));
    }

    [Theory]
    [InlineData(null, 32)]
    [InlineData(1, 32)]
    [InlineData(null, 1)]
    public async Task Predict_ManyTexts_AnsweredInPartsOrOneByOne(int? takes, int most)
    {
        await using var server = await StartAsync(perCall: 2, perText: 0, new AdmissionOptions { Concurrency = 1, BatchTexts = most }, takes);
        var answer = (await server.PredictAsync(Many(75))).Json;
        answer.GetProperty("labels").EnumerateArray().Select(label => label.GetString()).ShouldBe(Enumerable.Repeat("good", 75));
        answer.GetProperty("probs").EnumerateArray().ShouldAllBe(row => row[1].GetSingle() == 0.75f);
        (await server.PredictAsync("""{"text":"fine","explain":3}""")).ShouldBeProblem(400, "invalid-request", "$.explain");
    }

    [Fact]
    public async Task Predict_LengthsDiffer_PartsAreOfTextsThatAreAlike()
    {
        await using var server = await StartAsync(perCall: 2, perText: 0, new AdmissionOptions { Concurrency = 1 });
        var texts = Enumerable.Range(0, 8).Select(i => i == 4 ? new string('x', 20_000) : "fine").ToArray();
        var answer = (await server.PredictAsync(JsonSerializer.Serialize(new { texts }))).Json;
        answer.GetProperty("probs").EnumerateArray().Select(row => row[1].GetSingle()).ShouldBe(texts.Select(text => text == "fine" ? 0.75f : 0.5f));
        (await SumAsync(server, "plumbline_batch_texts_count")).ShouldBe(3);
    }

    [Fact]
    public async Task Predict_TimeIsUpBetweenParts_TooLongNotOverloaded()
    {
        await using var server = await StartAsync(perCall: 0, perText: 4, new AdmissionOptions { Concurrency = 1 });
        (await server.PostAsync("/predict", Many(1000), ("X-Plumbline-Timeout-Ms", "50"))).ShouldBeProblem(504, "timeout");
        (await server.PredictAsync(One)).Status.ShouldBe(200);
    }

    [Theory]
    [InlineData("X-Plumbline-Timeout-Ms", "0")]
    [InlineData("X-Plumbline-Timeout-Ms", "-5")]
    [InlineData("X-Plumbline-Timeout-Ms", "soon")]
    [InlineData("X-Plumbline-Priority", "urgent")]
    [InlineData("X-Plumbline-Priority", "")]
    public async Task Predict_WrongHeader_RefusedWithItsName(string name, string value)
    {
        await using var server = await RunningServer.StartAsync(RunningServer.Options);
        var answer = await server.PostAsync("/predict", One, (name, value));
        answer.ShouldBeProblem(400, "invalid-request");
        answer.Body.ShouldContain(name);
    }

    [Fact]
    public async Task Predict_HighWithoutKeyWhereKeysAre_CountsAsNormal()
    {
        var key = new ApiKey("shop", "0123456789abcdef", 1000);
        await using var server = await StartAsync(perCall: 0, perText: 4, new AdmissionOptions { Concurrency = 1, QueueTexts = 1 }, key: key, timeout: TimeSpan.FromMinutes(1));
        using var impatient = new CancellationTokenSource();
        var occupying = AskAsync(server, Many(1000), impatient.Token);
        await Deployed.UntilAsync(async () => await SumAsync(server, "plumbline_queue_wait_seconds_count") == 1);
        (await server.PostAsync("/predict", Many(2), ("X-Plumbline-Priority", "high"))).Status.ShouldBe(503);
        (await SumAsync(server, "plumbline_requests_shed_total", "priority=\"normal\"")).ShouldBe(1);
        (await server.PostAsync("/predict", Many(2), ("X-Plumbline-Priority", "high"), ("X-API-Key", "0123456789abcdef"))).Status.ShouldBe(503);
        (await SumAsync(server, "plumbline_requests_shed_total", "priority=\"high\"")).ShouldBe(1);
        await impatient.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(occupying);
    }

    [Fact]
    public async Task Promote_WhileBatchesAreAnswered_NoneFailsAndNoneMixesVersions()
    {
        string[] graphs = [_folder.File(new string('a', 64)), _folder.File(new string('b', 64))];
        float[] good = [0.75f, 0.875f];
        for (var i = 0; i < graphs.Length; i++)
            SlowGraph.Write(graphs[i], perCall: 4, perText: 0, good: good[i]);
        await using var deployed = await Deployed.WithChampionAsync(graphs);
        await using var server = await RunningServer.StartAsync(deployed.Options with { Admission = new AdmissionOptions { Concurrency = 1 }, Cache = NoCache });
        using var ended = new CancellationTokenSource();
        var answers = new int[2];
        var callers = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (!ended.IsCancellationRequested)
            {
                var answer = await server.PredictAsync(One);
                answer.Status.ShouldBe(200, answer.Body);
                var version = answer.Json.GetProperty("version").GetString() == "reviews/1" ? 0 : 1;
                answer.Json.GetProperty("probs").GetProperty("good").GetSingle().ShouldBe(good[version]);
                Interlocked.Increment(ref answers[version]);
            }
        })).ToArray();
        for (var swap = 0; swap < 4; swap++)
        {
            var (next, seen) = (1 - (swap % 2), Volatile.Read(ref answers[1 - (swap % 2)]));
            await deployed.PromoteAsync(1 + next);
            await Deployed.UntilAsync(() => Task.FromResult(Volatile.Read(ref answers[next]) > seen + 10 || callers.Any(caller => caller.IsFaulted)));
        }
        await ended.CancelAsync();
        await Task.WhenAll(callers);
        (await SumAsync(server, "plumbline_batch_texts_count")).ShouldBeLessThan(await SumAsync(server, "plumbline_batch_texts_sum"));
    }

    private static string Many(int texts) => JsonSerializer.Serialize(new { texts = Enumerable.Repeat("fine", texts) });

    private static Task<HttpResponseMessage> AskAsync(RunningServer server, string body, CancellationToken cancellation) =>
        server.Client.PostAsync(new Uri("/predict", UriKind.Relative), new StringContent(body, null, "application/json"), cancellation);

    /// <summary>Sum of a metric's values whose labels hold something.</summary>
    private static async Task<double> SumAsync(RunningServer server, string metric, string labels = "") =>
        (await server.GetAsync("/metrics")).Body.Split('\n').Where(line => line.StartsWith(metric, StringComparison.Ordinal) && line.Length > metric.Length && line[metric.Length] is ' ' or '{' && line.Contains(labels, StringComparison.Ordinal))
            .Sum(line => double.Parse(line.AsSpan(line.LastIndexOf(' ') + 1), CultureInfo.InvariantCulture));

    private async Task<RunningServer> StartAsync(int perCall, int perText, AdmissionOptions admission, int? takes = null, ApiKey? key = null, TimeSpan? timeout = null)
    {
        var file = _folder.File("slow.onnx");
        SlowGraph.Write(file, perCall, perText, takes);
        var options = RunningServer.Options with { Bundle = file, Admission = admission, Cache = NoCache, ApiKeys = key is null ? [] : [key], Timeout = timeout ?? RunningServer.Options.Timeout };
        return await RunningServer.StartAsync(options);
    }
}
