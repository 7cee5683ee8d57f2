using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Plumbline.Features.Online;
using Plumbline.Inference;
using Plumbline.Inference.Caching;
using Plumbline.Inference.Logging;
using Plumbline.Inference.Routing;
using Plumbline.Server.Tests.Flags;
using Plumbline.Server.Tests.Generations;
using Plumbline.Storage;
using Plumbline.Tests.Parts;

namespace Plumbline.Server.Tests.Caching;

public sealed partial class PredictionCacheTests
{
    private const string Question = """{"text": "a wonderful book, loved it", "numeric_features": {"price": 4.5}}""";

    private static readonly PredictionCacheOptions Always = new() { Always = true };

    private static ServerOptions Options => RunningServer.Options with { Cache = Always };

    [Fact]
    public async Task Predict_Again_BitEqualWithAnIdOfItsOwn()
    {
        await using var server = await RunningServer.StartAsync(Options);
        var expected = Expected(TestBundle.Directory, "a wonderful book, loved it", 4.5f);
        var answers = new[] { await server.PredictAsync(Question), await server.PredictAsync(Question), await server.PostAsync("/batch_predict", """{"data": [{"text": "a wonderful book, loved it", "price": 4.5}]}""") };
        foreach (var answer in answers)
            Probabilities(answer).ShouldBe(expected);
        answers.Select(answer => answer.Json.TryGetProperty("prediction_id", out var id) ? id.GetString() : answer.Json.GetProperty("prediction_ids")[0].GetString()).Distinct().Count().ShouldBe(3);
        (await OutcomesAsync(server)).ShouldBe((2, 0, 0, 1, 0));
        var explained = await server.PredictAsync("""{"text": "a wonderful book, loved it", "numeric_features": {"price": 4.5}, "explain": 2}""");
        explained.Json.GetProperty("explanation").GetProperty("contributions").GetArrayLength().ShouldBe(2);
        Probabilities(explained).ShouldBe(expected);
    }

    [Theory]
    [InlineData("""{"text": "a wonderful book, loved it.", "numeric_features": {"price": 4.5}}""")]
    [InlineData("""{"text": "a wonderful book, loved it", "numeric_features": {"price": 4.50001}}""")]
    [InlineData("""{"text": "a wonderful book, loved it"}""")]
    [InlineData("""{"text": "", "numeric_features": {"price": 4.5}}""")]
    public async Task Predict_AnythingElse_ComputedAnew(string question)
    {
        await using var server = await RunningServer.StartAsync(Options);
        await server.PredictAsync(Question);
        await server.PredictAsync(question);
        (await OutcomesAsync(server)).ShouldBe((0, 0, 0, 2, 0));
    }

    [Fact]
    public async Task Predict_ManyTextsSomeKnownSomeTwice_EachItsOwn()
    {
        await using var server = await RunningServer.StartAsync(Options);
        string[] texts = ["good", "bad", "good", "", "a story", "bad"];
        await server.PredictAsync(JsonSerializer.Serialize(new { texts = texts[4..] }));
        var answer = (await server.PredictAsync(JsonSerializer.Serialize(new { texts }))).Json.GetProperty("probs");
        for (var i = 0; i < texts.Length; i++)
            answer[i].EnumerateArray().Select(value => value.GetSingle()).ShouldBe(Expected(TestBundle.Directory, texts[i], float.NaN), texts[i]);
        var again = (await server.PredictAsync(JsonSerializer.Serialize(new { texts }))).Json.GetProperty("probs");
        again.GetRawText().ShouldBe(answer.GetRawText());
        var (memory, _, _, computed, _) = await OutcomesAsync(server);
        (memory, computed).ShouldBe((3 + 6, 2 + 3));
    }

    [Fact]
    public async Task Predict_AThousandEqualAtOnce_OneComputation()
    {
        const int Requests = 1000;
        await using var server = await RunningServer.StartAsync(Options);
        var expected = Expected(TestBundle.Directory, "a wonderful book, loved it", 4.5f);
        var answers = await Task.WhenAll(Enumerable.Range(0, Requests).Select(_ => Task.Run(() => server.PredictAsync(Question))));
        answers.ShouldAllBe(answer => answer.Status == 200);
        answers.Select(answer => answer.Json.GetProperty("prediction_id").GetString()).Distinct().Count().ShouldBe(Requests);
        foreach (var answer in answers.Take(20))
            Probabilities(answer).ShouldBe(expected);
        var (memory, _, waited, computed, _) = await OutcomesAsync(server);
        (computed, memory + waited).ShouldBe((1, Requests - 1));
    }

    [Theory]
    [InlineData("no-cache", 1)]
    [InlineData("max-age=0, No-Store", 1)]
    [InlineData("max-age=0", 0)]
    public async Task Predict_NoCacheAskedFor_ComputedAnew(string header, int bypassed)
    {
        await using var server = await RunningServer.StartAsync(Options);
        await server.PredictAsync(Question);
        (await server.PostAsync("/predict", Question, ("Cache-Control", header))).Status.ShouldBe(200);
        (await OutcomesAsync(server)).ShouldBe((1 - bypassed, 0, 0, 1, bypassed));
    }

    [Fact]
    public async Task Predict_LinearModelByDefault_NothingIsKept()
    {
        await using var server = await RunningServer.StartAsync(RunningServer.Options);
        await server.PredictAsync(Question);
        await server.PredictAsync(Question);
        (await OutcomesAsync(server)).ShouldBe((0, 0, 0, 0, 0));
    }

    [Fact]
    public async Task Predict_FlagOff_Bypassed()
    {
        await using var flagged = await FlaggedServer.StartAsync(with: options => options with { Cache = Always });
        (await flagged.PutAsync("prediction-cache", """{"flag": {"enabled": false}}""")).Status.ShouldBe(200);
        await flagged.Server.PredictAsync(Question);
        await flagged.Server.PredictAsync(Question);
        (await OutcomesAsync(flagged.Server)).ShouldBe((0, 0, 0, 0, 2));
        (await flagged.PutAsync("prediction-cache", """{"flag": {}}""")).Status.ShouldBe(200);
        await flagged.Server.PredictAsync(Question);
        await flagged.Server.PredictAsync(Question);
        (await OutcomesAsync(flagged.Server)).ShouldBe((1, 0, 0, 1, 2));
    }

    [Fact]
    public async Task Predict_TextFeatureSent_ComparedAndNotTaken()
    {
        await using var server = await RunningServer.StartAsync(Options);
        var name = Plumbline.Inference.Predictor.Load(TestBundle.Directory).NumericFeatures[0].Name;
        await server.PredictAsync(Question);
        var answer = await server.PredictAsync($$$"""{"text": "a wonderful book, loved it", "numeric_features": {"price": 4.5, "{{{name}}}": 12345}}""");
        answer.Json.GetProperty("warnings").GetProperty("differs").GetProperty(name).GetArrayLength().ShouldBe(1);
        (await OutcomesAsync(server)).ShouldBe((0, 0, 0, 1, 1));
    }

    [Fact]
    public async Task Predict_FromTheCache_LoggedLikeAnyOther()
    {
        using var folder = new TemporaryFolder();
        var ids = new List<string>();
        await using (var server = await RunningServer.StartAsync(Options with { PredictionLog = new PredictionLogOptions { Folder = folder.File("predictions") } }))
        {
            for (var i = 0; i < 3; i++)
                ids.Add((await server.PredictAsync(Question)).Json.GetProperty("prediction_id").GetString()!);
            (await OutcomesAsync(server)).Memory.ShouldBe(2);
        }
        var logged = PredictionLogReader.Find(folder.File("predictions"), [.. ids.Select(Guid.Parse)]).Values.ToArray();
        logged.Length.ShouldBe(3);
        logged.Select(prediction => string.Join(' ', prediction.Probabilities.Select(BitConverter.SingleToInt32Bits))).Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task Predict_VersionsSwappedAndShared_EachAnswersItself()
    {
        await using var deployed = await Deployed.WithChampionAsync();
        await using var server = await RunningServer.StartAsync(deployed.Options with { Cache = Always });
        var expected = new[] { TestBundle.Directory, TestBundle.Other }.Select(bundle => Expected(bundle, "a wonderful book, loved it", 4.5f)).ToArray();
        expected[0].ShouldNotBe(expected[1]);
        await AskAsync(server, expected);
        await deployed.PlanAsync(new TrafficPlan { Candidates = [new("2", 0.5)] });
        await Deployed.UntilAsync(async () => (await server.GetAsync("/readiness")).Json.GetProperty("traffic").GetArrayLength() == 2);
        var versions = await AskAsync(server, expected);
        versions.Distinct().Count().ShouldBe(2);
        await deployed.PromoteAsync(2);
        await Deployed.UntilAsync(async () => (await server.GetAsync("/readiness")).Json.GetProperty("version").GetString() == "reviews/2");
        (await AskAsync(server, expected)).Distinct().ShouldBe(["reviews/2"]);
        (await OutcomesAsync(server)).Computed.ShouldBe(2, "one a version");
    }

    [Fact]
    public async Task Predict_AggregatesChange_ComputedAnew()
    {
        using var folder = new TemporaryFolder();
        var options = new ServerOptions { Bundle = AggregateBundle.Directory, Port = 0, Cache = Always, FeatureStore = new FeatureStoreOptions { Folder = folder.File("store") } };
        const string Asked = """{"text": "fine", "entities": {"user": "u1"}, "time": "2025-01-01"}""";
        await using var server = await RunningServer.StartAsync(options);
        var before = Probabilities(await server.PredictAsync(Asked));
        Probabilities(await server.PredictAsync(Asked)).ShouldBe(before);
        (await OutcomesAsync(server)).ShouldBe((1, 0, 0, 1, 0));
        (await server.PostAsync("/v1/features/observations", """{"observations": [{"id": "1", "user": "u1", "time": "2024-06-01", "characters": 3000}]}""")).Status.ShouldBe(200);
        (await server.PostAsync("/v1/features/labels", """{"labels": [{"id": "1", "user": "u1", "time": "2024-06-02", "label": "5"}]}""")).Status.ShouldBe(200);
        Probabilities(await server.PredictAsync(Asked)).ShouldNotBe(before);
        Probabilities(await server.PredictAsync("""{"text": "fine", "entities": {"user": "u2"}, "time": "2025-01-01"}""")).ShouldBe(before, "nothing is known of either");
        (await OutcomesAsync(server)).ShouldBe((2, 0, 0, 2, 0));
    }

    [Fact]
    public async Task Redis_TwoServers_OneComputesAndAKilledRedisIsNoError()
    {
        using var own = new RedisServer();
        var cache = Always with { Redis = new RedisOptions { Address = await own.AddressAsync(), Prefix = "test", Timeout = TimeSpan.FromSeconds(5) } };
        await using var one = await RunningServer.StartAsync(Options with { Cache = cache });
        await using var two = await RunningServer.StartAsync(Options with { Cache = cache });
        var expected = Expected(TestBundle.Directory, "a wonderful book, loved it", 4.5f);
        Probabilities(await one.PredictAsync(Question)).ShouldBe(expected);
        // What was computed is sent behind the answer; another text each time, until one was there.
        var tries = 0;
        await Deployed.UntilAsync(async () =>
        {
            var question = $$"""{"text": "story {{tries++}}"}""";
            var answered = Probabilities(await one.PredictAsync(question));
            await Task.Yield();
            Probabilities(await two.PredictAsync(question)).ShouldBe(answered);
            return (await OutcomesAsync(two)).Shared > 0;
        });
        own.Kill();
        for (var i = 0; i < 50; i++)
        {
            Probabilities(await two.PredictAsync(Question)).ShouldBe(expected);
            (await two.PredictAsync($$"""{"text": "after {{i}}"}""")).Status.ShouldBe(200);
        }
        (await two.GetAsync("/metrics")).Body.ShouldContain("plumbline_prediction_cache_redis_up 0");
        (await two.GetAsync("/readiness")).Body.ShouldContain("shares no answers with others");
        (await two.GetAsync("/readiness")).Status.ShouldBe(200);
    }

    private static async Task<string[]> AskAsync(RunningServer server, float[][] expected)
    {
        var versions = new List<string>();
        for (var i = 0; i < 24; i++)
        {
            var answer = await server.PostAsync("/predict", Question, ("X-Plumbline-Route", $"caller-{i}"));
            var version = answer.Json.GetProperty("version").GetString()!;
            Probabilities(answer).ShouldBe(expected[version == "reviews/1" ? 0 : 1]);
            versions.Add(version);
        }
        return [.. versions];
    }

    private static float[] Expected(string bundle, string text, float price)
    {
        using var predictor = Predictor.Load(bundle);
        var probabilities = new float[predictor.Labels.Count];
        predictor.Predict(Encoding.UTF8.GetBytes(text), [price], probabilities, default);
        return probabilities;
    }

    private static float[] Probabilities(Answer answer)
    {
        answer.Status.ShouldBe(200, answer.Body);
        var probs = answer.Json.GetProperty("probs");
        return probs.ValueKind == JsonValueKind.Object ? [.. probs.EnumerateObject().Select(label => label.Value.GetSingle())] : [.. probs[0].EnumerateArray().Select(value => value.GetSingle())];
    }

    private static async Task<(int Memory, int Shared, int Waited, int Computed, int Bypassed)> OutcomesAsync(RunningServer server)
    {
        var metrics = (await server.GetAsync("/metrics")).Body;
        var outcomes = Outcome().Matches(metrics).ToDictionary(match => match.Groups[1].Value, match => int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));
        return (outcomes["memory"], outcomes["shared"], outcomes["waited"], outcomes["computed"], outcomes["bypassed"]);
    }

    [GeneratedRegex("""plumbline_prediction_cache_texts_total\{outcome="(\w+)"\} (\d+)""")]
    private static partial Regex Outcome();
}
