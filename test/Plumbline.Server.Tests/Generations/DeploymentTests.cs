using System.Text;
using System.Text.Json;
using Plumbline.Inference;
using Plumbline.Inference.Logging;
using Plumbline.Inference.Routing;
using Plumbline.Server.Tests.Admission;
using Plumbline.Storage;

namespace Plumbline.Server.Tests.Generations;

public sealed class DeploymentTests : IAsyncLifetime
{
    private const string Text = "the book was good okay nice story";
    private static readonly string Body = JsonSerializer.Serialize(new { text = Text });

    private readonly TemporaryFolder _folder = new();
    private Deployed _deployed = null!;
    private RunningServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _deployed = await Deployed.WithChampionAsync();
        _server = await RunningServer.StartAsync(_deployed.Options);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _deployed.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Promote_Another_ServedSoonAndRemembered()
    {
        (await VersionAsync()).ShouldBe("reviews/1");
        await _deployed.PromoteAsync(2);
        await Deployed.UntilAsync(async () => await VersionAsync() == "reviews/2");
        var traffic = (await _server.GetAsync("/readiness")).Json;
        traffic.GetProperty("version").GetString().ShouldBe("reviews/2");
        traffic.GetProperty("traffic")[0].GetProperty("generation").GetInt32().ShouldBe(1);
        await Deployed.UntilAsync(() => Task.FromResult(LastGoodVersion.TryRead(_deployed.LastGood) is { Version: 2 } last && last.Bundle == TestBundle.Other));
        (await _server.GetAsync("/metadata")).Json.GetProperty("digest").GetString().ShouldBe(Path.GetFileName(TestBundle.Other));
        await Deployed.UntilAsync(async () => !(await _server.GetAsync("/metrics")).Body.Contains("plumbline_model_info{name=\"reviews\",version=\"reviews/1\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Promote_BackAndForthUnderLoad_NoneFailsAndNoneMixesVersions()
    {
        var expected = _deployed.Versions.Select(Probabilities).ToArray();
        expected[0].ShouldNotBe(expected[1]);
        var (swaps, answers) = (0, new int[2]);
        using var ended = new CancellationTokenSource();
        var callers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!ended.IsCancellationRequested)
            {
                var answer = await _server.PredictAsync(Body);
                answer.Status.ShouldBe(200, answer.Body);
                var version = answer.Json.GetProperty("version").GetString() == "reviews/1" ? 0 : 1;
                answer.Json.GetProperty("probs").EnumerateObject().Select(label => label.Value.GetSingle()).ShouldBe(expected[version]);
                Interlocked.Increment(ref answers[version]);
            }
        })).ToArray();
        try
        {
            for (; swaps < 20; swaps++)
            {
                await _deployed.PromoteAsync(2 - (swaps % 2));
                await Deployed.UntilAsync(async () => await VersionAsync() == $"reviews/{2 - (swaps % 2)}");
            }
        }
        finally
        {
            await ended.CancelAsync();
            await Task.WhenAll(callers);
        }
        answers.ShouldAllBe(count => count > 0);
    }

    [Fact]
    public async Task Plan_Candidate_AnswersItsShareAndKeepsItsUsers()
    {
        await _deployed.PlanAsync(new TrafficPlan { Candidates = [new("2", 0.3)], Unit = RoutingUnit.User });
        await Deployed.UntilAsync(async () => await CandidatesAsync() == 1);
        var first = await Task.WhenAll(Enumerable.Range(0, 200).Select(OfUserAsync));
        first.Count(version => version == "reviews/2").ShouldBeInRange(35, 85);
        await _deployed.PlanAsync(new TrafficPlan { Candidates = [new("2", 0.6)], Unit = RoutingUnit.User });
        await Deployed.UntilAsync(async () => (await _server.GetAsync("/readiness")).Json.GetProperty("revision").GetInt64() == 2);
        var grown = await Task.WhenAll(Enumerable.Range(0, 200).Select(OfUserAsync));
        first.Zip(grown).Where(pair => pair.First == "reviews/2").ShouldAllBe(pair => pair.Second == "reviews/2");
        grown.Count(version => version == "reviews/2").ShouldBeInRange(90, 150);

        async Task<string> OfUserAsync(int user)
        {
            var one = await VersionOfAsync(JsonSerializer.Serialize(new { texts = new[] { Text }, entities = new { item = new[] { "i" }, user = new[] { $"u{user}" } } }), "/predict");
            (await VersionOfAsync($$"""{"data":[{"text":"{{Text}}","user":"u{{user}}"},{"text":"x","user":"other"}]}""", "/batch_predict")).ShouldBe(one);
            return one;
        }
    }

    [Fact]
    public async Task Plan_UnitRequest_RouteIsReturnedAndSticks()
    {
        await _deployed.PlanAsync(new TrafficPlan { Candidates = [new("2", 0.5)] });
        await Deployed.UntilAsync(async () => await CandidatesAsync() == 1);
        var versions = new HashSet<string>();
        for (var i = 0; i < 30; i++)
        {
            var answer = await _server.PredictAsync(Body);
            var (version, route) = (answer.Json.GetProperty("version").GetString()!, answer.Headers["X-Plumbline-Route"]);
            versions.Add(version);
            var again = await _server.PostAsync("/predict", Body, ("X-Plumbline-Route", route));
            again.Json.GetProperty("version").GetString().ShouldBe(version);
            again.Headers.ShouldNotContainKey("X-Plumbline-Route");
        }
        versions.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Plan_Shadow_AnswersUnseenAndIsCompared()
    {
        await _deployed.PlanAsync(new TrafficPlan { Shadows = [new("2", 0.5)] });
        await Deployed.UntilAsync(async () => (await _server.GetAsync("/v1/traffic")).Json.GetProperty("shadows").GetArrayLength() == 1);
        string[] words = ["awful waste", "dull slow", "average fine", "good nice", "wonderful perfect", "awful brilliant", "okay", "loved weak"];
        for (var i = 0; i < 100; i++)
            (await _server.PredictAsync(JsonSerializer.Serialize(new { texts = new[] { $"{words[i % 8]} {words[i / 13]}", "story" } }))).Json.GetProperty("version").GetString().ShouldBe("reviews/1");
        JsonElement traffic = default;
        await Deployed.UntilAsync(async () =>
        {
            traffic = (await _server.GetAsync("/v1/traffic")).Json;
            return traffic.GetProperty("shadows")[0].GetProperty("rows").GetInt64() == 100;
        });
        traffic.GetProperty("versions")[0].GetProperty("requests").GetInt64().ShouldBe(100);
        traffic.GetProperty("versions")[0].GetProperty("predicted").EnumerateObject().Sum(label => label.Value.GetInt64()).ShouldBe(200);
        var shadow = traffic.GetProperty("shadows")[0];
        (shadow.GetProperty("stable").GetString(), shadow.GetProperty("candidate").GetString()).ShouldBe(("reviews/1", "reviews/2"));
        var disagreements = shadow.GetProperty("disagreements").GetInt64();
        disagreements.ShouldBeInRange(1, 99);
        shadow.GetProperty("pairs").EnumerateArray().Sum(pair => pair.GetProperty("rows").GetInt64()).ShouldBe(disagreements);
        shadow.GetProperty("examples").GetArrayLength().ShouldBe((int)Math.Min(20, disagreements));
        shadow.GetProperty("mean_distance").GetDouble().ShouldBeInRange(0.001, 0.999);
        var metrics = (await _server.GetAsync("/metrics")).Body;
        metrics.ShouldContain("""plumbline_shadow_requests_total{version="reviews/2",outcome="compared"} 50""");
        metrics.ShouldContain($$"""plumbline_shadow_disagreements_total{version="reviews/2"} {{disagreements}}""");
        metrics.ShouldNotMatch("""plumbline_predictions_total\{[^}]*version="reviews/2"\} [1-9]""");
    }

    [Fact]
    public async Task Plan_CandidateFails_StableAnswersAndThatCountsForNoVersion()
    {
        await using var deployed = await WithGraphsAsync((0.75f, 0.5f), (float.NaN, 0.5f));
        await using var server = await RunningServer.StartAsync(deployed.Logging);
        await deployed.PlanAsync(new TrafficPlan { Candidates = [new("2", 1)], Unit = RoutingUnit.User });
        await Deployed.UntilAsync(async () => (await server.GetAsync("/readiness")).Json.GetProperty("revision").GetInt64() == 1);
        var ids = new Dictionary<Guid, string>();
        foreach (var word in new[] { "fine", "awful", "fine", "fine" })
        {
            var answer = await server.PredictAsync(JsonSerializer.Serialize(new { text = word, entities = new { user = $"u{ids.Count}" } }));
            answer.Status.ShouldBe(200, answer.Body);
            answer.Json.GetProperty("version").GetString().ShouldBe(word == "fine" ? "reviews/1" : "reviews/2");
            ids[answer.Json.GetProperty("prediction_id").GetGuid()] = word;
        }
        var binary = await server.PostAsync("/v2/models/reviews/infer", """{"inputs":[{"name":"text","shape":[1],"datatype":"BYTES","data":["fine"]},{"name":"user","shape":[1],"datatype":"BYTES","data":["u"]}],"parameters":{"binary_data_output":true}}""");
        (binary.Status, binary.Body.Contains("\"model_version\":\"1\"", StringComparison.Ordinal)).ShouldBe((200, true), "what is no JSON could hold what is no number");
        var versions = (await server.GetAsync("/v1/traffic")).Json.GetProperty("versions").EnumerateArray()
            .Select(version => (version.GetProperty("version").GetString(), version.GetProperty("requests").GetInt64(), version.GetProperty("errors").GetInt64()));
        versions.ShouldBe([("reviews/1", 0L, 0L), ("reviews/2", 5L, 4L)]);
        await Deployed.UntilAsync(() => Task.FromResult(PredictionLogReader.Find(deployed.Predictions, ids.Keys).Count == ids.Count));
        PredictionLogReader.Find(deployed.Predictions, ids.Keys).Values.ShouldAllBe(logged => logged.Route.HasValue == (ids[logged.Id] == "awful"), "feedback on what nobody assigned is none of a test's");
    }

    [Fact]
    public async Task Plan_VersionFailsWhileItIsWarmed_RefusedAndFreed()
    {
        await using var deployed = await WithGraphsAsync((0.75f, 0.5f), (0.75f, float.NaN));
        await using var server = await RunningServer.StartAsync(deployed.Options);
        await deployed.PlanAsync(new TrafficPlan { Candidates = [new("2", 0.5)] });
        await Deployed.UntilAsync(async () => (await server.GetAsync("/readiness")).Json.GetProperty("warnings").GetRawText().Contains("reviews/2 is not served", StringComparison.Ordinal));
        (await server.GetAsync("/metrics")).Body.ShouldNotContain("plumbline_model_info{name=\"reviews\",version=\"reviews/2\"");
    }

    [Fact]
    public async Task Plan_VersionAnswersAndListens_LoadedOnce()
    {
        await _deployed.PlanAsync(new TrafficPlan { Candidates = [new("2", 0.5)], Shadows = [new("2", 0.5)] });
        await Deployed.UntilAsync(async () => await CandidatesAsync() == 1);
        (await VersionAsync()).ShouldNotBeNull();
        await _deployed.PromoteAsync(2);
        await Deployed.UntilAsync(async () => await CandidatesAsync() == 0);
        await _deployed.PromoteAsync(1);
        await Deployed.UntilAsync(async () => await CandidatesAsync() == 1);
        // 0 was the first stable one, 1 the version that answered and listened, 2 is the stable one that was loaded anew.
        (await _server.GetAsync("/readiness")).Json.GetProperty("traffic").EnumerateArray().Select(arm => arm.GetProperty("generation").GetInt32()).ShouldBe([2, 1]);
    }

    [Fact]
    public async Task Plan_VersionCannotBeLoaded_StableAnswersAllAndReadinessSaysSo()
    {
        _deployed.Missing.Add(2);
        await _deployed.PlanAsync(new TrafficPlan { Candidates = [new("2", 1)] });
        await Deployed.UntilAsync(async () => (await WarningsAsync()).Contains("reviews/2 is not served", StringComparison.Ordinal));
        (await VersionAsync()).ShouldBe("reviews/1");
        (await _server.GetAsync("/readiness")).Status.ShouldBe(200);
        _deployed.Missing.Clear();
        await Deployed.UntilAsync(async () => await VersionAsync() == "reviews/2");
        (await WarningsAsync()).ShouldBe("[]");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Store_Lost_ServesOnSaysSoAndCatchesUp(bool isForeseen)
    {
        _deployed.Fault = isForeseen ? new MetadataException(MetadataError.Unavailable, "The store at its address does not answer.") : new InvalidOperationException("what nobody thought of");
        await Deployed.UntilAsync(async () => (await WarningsAsync()).Contains("the traffic plan has not been known since", StringComparison.Ordinal));
        (await VersionAsync()).ShouldBe("reviews/1");
        await _deployed.PromoteAsync(2);
        _deployed.Fault = null;
        await Deployed.UntilAsync(async () => await VersionAsync() == "reviews/2");
        (await WarningsAsync()).ShouldBe("[]");
    }

    /// <summary>Versions that are graphs of ONNX.</summary>
    /// <param name="words">How good "fine" is to each, and any word that it does not know.</param>
    private async Task<Deployed> WithGraphsAsync(params (float Fine, float Other)[] words)
    {
        var graphs = words.Select((_, i) => _folder.File(new string((char)('a' + i), 64))).ToArray();
        for (var i = 0; i < graphs.Length; i++)
            SlowGraph.Write(graphs[i], perCall: 0, perText: 0, good: words[i].Fine, other: words[i].Other);
        return await Deployed.WithChampionAsync(graphs);
    }

    private static float[] Probabilities(string bundle)
    {
        using var predictor = Predictor.Load(bundle);
        var probabilities = new float[predictor.Labels.Count];
        predictor.Predict(Encoding.UTF8.GetBytes(Text), [], probabilities, default);
        return probabilities;
    }

    private Task<string> VersionAsync() => VersionOfAsync(Body, "/predict");

    private async Task<string> VersionOfAsync(string body, string path) => (await _server.PostAsync(path, body)).Json.GetProperty("version").GetString()!;

    private async Task<int> CandidatesAsync() => (await _server.GetAsync("/readiness")).Json.GetProperty("traffic").GetArrayLength() - 1;

    private async Task<string> WarningsAsync() => (await _server.GetAsync("/readiness")).Json.GetProperty("warnings").GetRawText();
}
