using System.Text.Json;
using Plumbline.Server.Tests.Admission;
using Plumbline.Server.Tests.Generations;

namespace Plumbline.Server.Tests.Caching;

/// <summary>Cached answers of a graph, which takes long enough that others wait for them.</summary>
public sealed class GraphCacheTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Predict_GraphByDefault_Kept()
    {
        await using var server = await RunningServer.StartAsync(Graph(new AdmissionOptions()));
        var answers = new[] { await server.PredictAsync("""{"text":"fine"}"""), await server.PredictAsync("""{"text":"fine"}"""), await server.PredictAsync("""{"texts":["fine","awful"]}""") };
        answers[1].Json.GetProperty("probs").GetRawText().ShouldBe(answers[0].Json.GetProperty("probs").GetRawText());
        answers[2].Json.GetProperty("probs").EnumerateArray().Select(row => row[1].GetSingle()).ShouldBe([0.75f, 0.125f]);
        await HasAsync(server, "plumbline_prediction_cache_texts_total{outcome=\"memory\"} 2");
        await HasAsync(server, "plumbline_prediction_cache_texts_total{outcome=\"computed\"} 2");
    }

    [Fact]
    public async Task Predict_SomeTextsKnown_OnlyTheOthersComputed()
    {
        await using var server = await RunningServer.StartAsync(Graph(new AdmissionOptions { BatchTexts = 2 }));
        (await server.PredictAsync("""{"text":"fine"}""")).Status.ShouldBe(200);
        var before = await TextsComputedAsync(server);
        var answer = await server.PredictAsync("""{"texts":["other","fine","awful","fine","more"]}""");
        answer.Json.GetProperty("probs").EnumerateArray().Select(row => row[1].GetSingle()).ShouldBe([0.5f, 0.75f, 0.125f, 0.75f, 0.5f]);
        answer.Json.GetProperty("labels").EnumerateArray().Select(label => label.GetString()).ShouldBe(["bad", "good", "bad", "good", "bad"]);
        answer.Json.GetProperty("prediction_ids").EnumerateArray().Select(id => id.GetString()).Distinct().Count().ShouldBe(5);
        (await TextsComputedAsync(server) - before).ShouldBe(3);
    }

    [Fact]
    public async Task Predict_LeaderRefusedAsOverloaded_ThoseWhoWaitAreFreed()
    {
        await using var server = await RunningServer.StartAsync(Graph(new AdmissionOptions { Concurrency = 1, QueueTexts = 1, Wait = TimeSpan.FromHours(1) }));
        using var impatient = new CancellationTokenSource();
        var occupying = OccupyAsync(server, 1000, impatient.Token);
        await HasAsync(server, "plumbline_queue_wait_seconds_count 1");
        var waiting = OccupyAsync(server, 1, impatient.Token);
        await HasAsync(server, "plumbline_queued_texts{priority=\"normal\"} 1");
        var refused = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => server.PredictAsync("""{"text":"awful"}""")));
        foreach (var answer in refused)
            answer.ShouldBeProblem(503, "overloaded");
        await impatient.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(Task.WhenAll(occupying, waiting));
        // Those who went are noticed within moments.
        await Deployed.UntilAsync(async () => (await server.PredictAsync("""{"text":"awful"}""")).Status == 200);
    }

    [Fact]
    public async Task Predict_LeaderGoesAway_AnotherComputesForThoseWhoWait()
    {
        await using var server = await RunningServer.StartAsync(Graph(new AdmissionOptions { Concurrency = 1, Wait = TimeSpan.FromHours(1) }));
        using CancellationTokenSource impatient = new(), gone = new();
        var occupying = OccupyAsync(server, 1000, impatient.Token);
        await HasAsync(server, "plumbline_queue_wait_seconds_count 1");
        var leader = server.Client.PostAsync(new Uri("/predict", UriKind.Relative), new StringContent("""{"text":"awful"}""", null, "application/json"), gone.Token);
        await HasAsync(server, "plumbline_queued_texts{priority=\"normal\"} 1");
        var others = Enumerable.Range(0, 10).Select(_ => server.PredictAsync("""{"text":"awful"}""")).ToArray();
        await HasAsync(server, "plumbline_http_requests_in_flight 13");
        await gone.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(leader);
        await impatient.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(occupying);
        foreach (var answer in await Task.WhenAll(others))
            answer.Json.GetProperty("probs").GetProperty("good").GetSingle().ShouldBe(0.125f);
        await HasAsync(server, "plumbline_prediction_cache_texts_total{outcome=\"computed\"} 1");
    }

    private static async Task<double> TextsComputedAsync(RunningServer server)
    {
        const string Sum = "plumbline_batch_texts_sum ";
        var metrics = (await server.GetAsync("/metrics")).Body;
        return double.Parse(metrics.Split('\n').Single(line => line.StartsWith(Sum, StringComparison.Ordinal)).AsSpan(Sum.Length), System.Globalization.CultureInfo.InvariantCulture);
    }

    private static Task HasAsync(RunningServer server, string metric) =>
        Deployed.UntilAsync(async () => (await server.GetAsync("/metrics")).Body.Contains(metric + "\n", StringComparison.Ordinal));

    /// <summary>A graph that takes some milliseconds a text.</summary>
    private ServerOptions Graph(AdmissionOptions admission)
    {
        SlowGraph.Write(_folder.File("slow.onnx"), perCall: 0, perText: 4);
        return RunningServer.Options with { Bundle = _folder.File("slow.onnx"), Admission = admission, Timeout = TimeSpan.FromMinutes(1) };
    }

    private static Task<HttpResponseMessage> OccupyAsync(RunningServer server, int texts, CancellationToken cancellation)
    {
        var body = new StringContent(JsonSerializer.Serialize(new { texts = Enumerable.Repeat("fine", texts) }), null, "application/json");
        var request = new HttpRequestMessage(HttpMethod.Post, "/predict") { Content = body };
        request.Headers.Add("Cache-Control", "no-store");
        return server.Client.SendAsync(request, cancellation);
    }
}
