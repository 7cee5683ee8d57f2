using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Plumbline.Client;
using Plumbline.Inference.Logging;
using Plumbline.Inference.Routing;
using Plumbline.Server.Tests.Generations;
using Plumbline.Storage;
using FeedbackOf = Plumbline.Client.Feedback;
using PredictionRow = Plumbline.Client.PredictionRow;

namespace Plumbline.Server.Tests.Client;

/// <summary>The client against the real server.</summary>
public sealed class PlumblineClientTests(RunningServer server)
{
    private const string Secret = "correct-horse-battery";
    private static readonly Dictionary<string, double?> Price = new() { ["price"] = 4.5 };

    private PlumblineClient Client => new(server.Client);

    [Fact]
    public async Task Predict_One_AnswerOfTheServer()
    {
        var answer = await Client.PredictAsync(new PredictionRow("wonderful, \"loved\" it ü") { Numeric = Price, User = "u1", Time = DateTimeOffset.UnixEpoch }, new PredictionOptions { Explain = 2, RequestId = "order-4711" });
        var expected = (await server.PredictAsync("""{"text":"wonderful, \"loved\" it ü","numeric_features":{"price":4.5},"explain":2}""")).Json;
        answer.Label.ShouldBe(expected.GetProperty("label").GetString());
        answer.Probabilities.ShouldBe(expected.GetProperty("probs").EnumerateObject().Select(p => KeyValuePair.Create(p.Name, p.Value.GetSingle())));
        (answer.Version, answer.PredictionId.Version, answer.RequestId, answer.Warnings, answer.Route).ShouldBe(("reviews/3", 7, "order-4711", null, null));
        answer.Explanation!.Contributions.Count.ShouldBe(2);
        answer.Explanation.LogOdds.ShouldBe(expected.GetProperty("explanation").GetProperty("log_odds").GetSingle());
        (await Client.PredictAsync("a")).Warnings!["missing"]["price"].ShouldBe([0]);
    }

    [Fact]
    public async Task Predict_TextsAndRows_AnswersOfTheServer()
    {
        PredictionRow[] rows = [new("awful") { Numeric = Price, Categorical = new Dictionary<string, string?> { ["nope"] = null } }, new("loved") { Numeric = new Dictionary<string, double?> { ["price"] = double.NaN }, Item = "b" }];
        var answer = await Client.PredictAsync(rows, new PredictionOptions { Explain = 1 });
        var expected = (await server.PredictAsync("""{"texts":["awful","loved"],"numeric_features":{"price":[4.5,null]}}""")).Json;
        answer.Labels.ShouldBe(expected.GetProperty("labels").EnumerateArray().Select(label => label.GetString()!));
        answer.Probabilities.SelectMany(row => row).ShouldBe(expected.GetProperty("probs").EnumerateArray().SelectMany(row => row.EnumerateArray()).Select(p => p.GetSingle()));
        answer.Warnings!["missing"]["price"].ShouldBe([1]);
        (answer.PredictionIds.Count, answer.Explanations.Count, answer.Version).ShouldBe((2, 2, "reviews/3"));
        (await Client.PredictAsync(["awful", "loved"])).Labels.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Stream_ManyRows_AnswersInOrderAsOfABatch()
    {
        PredictionRow[] rows = [.. Enumerable.Range(0, 900).Select(row => new PredictionRow($"story {row} good {row % 7}") { Numeric = Price })];
        var expected = await Client.PredictAsync(rows);
        var index = 0;
        await foreach (var one in Client.StreamAsync(rows))
        {
            one.Index.ShouldBe(index);
            one.Label.ShouldBe(expected.Labels[index]);
            one.Probabilities.ShouldBe(expected.Probabilities[index++]);
        }
        index.ShouldBe(rows.Length);
    }

    [Fact]
    public async Task Stream_RowIsRefusedLater_ProblemAfterTheAnswersBefore()
    {
        PredictionRow[] rows = [.. Enumerable.Range(0, 600).Select(row => new PredictionRow(row == 500 ? new string('x', 20_001) : "good"))];
        var answers = 0;
        var exception = await Should.ThrowAsync<PlumblineException>(async () =>
        {
            await foreach (var _ in Client.StreamAsync(rows))
                answers++;
        });
        (exception.Code, exception.Status).ShouldBe(("invalid-request", 400));
        exception.Message.ShouldEndWith("has 20001 characters; 20000 are allowed.");
        answers.ShouldBeInRange(1, 500);
    }

    [Fact]
    public async Task Stream_ReaderStops_ServerToo()
    {
        await using var other = await RunningServer.StartAsync(RunningServer.Options);
        await foreach (var one in new PlumblineClient(other.Client).StreamAsync([.. Enumerable.Range(0, 100_000).Select(row => new PredictionRow($"story {row}"))]))
        {
            if (one.Index == 10)
                break;
        }
        while (!(await other.GetAsync("/metrics")).Body.Contains("plumbline_errors_total{kind=\"client-closed\"} 1", StringComparison.Ordinal))
            await Task.Yield();
    }

    [Fact]
    public async Task Feedback_OneAndSeveral_Counted()
    {
        using var folder = new TemporaryFolder();
        await using var other = await RunningServer.StartAsync(RunningServer.Options with
        {
            PredictionLog = new PredictionLogOptions { Folder = folder.File("predictions") },
            Feedback = new FeedbackOptions { Open = () => SqliteMetadataStore.Open(folder.File("plumbline.db"), TimeProvider.System), Predictions = folder.File("predictions") },
        });
        var client = new PlumblineClient(other.Client);
        var ids = (await client.PredictAsync(["good", "bad"])).PredictionIds;
        (await client.SendFeedbackAsync(new FeedbackOf(ids[0], "5") { Id = "one" })).ShouldBe(new FeedbackCounts(1, 0));
        (await client.SendFeedbackAsync([new FeedbackOf(ids[0], "5") { Id = "one" }, new FeedbackOf(ids[1], "1")])).ShouldBe(new FeedbackCounts(1, 1));
        (await Should.ThrowAsync<PlumblineException>(() => client.SendFeedbackAsync(new FeedbackOf(ids[0], "eleven")))).Errors.Keys.ShouldBe(["$.label"]);
    }

    [Fact]
    public async Task Metadata_AndReadiness_OfTheServer()
    {
        var metadata = await Client.GetMetadataAsync();
        (metadata.Name, metadata.Version).ShouldBe(("reviews", "reviews/3"));
        metadata.Labels.ShouldBe(["1", "2", "3", "4", "5"]);
        metadata.Contract.ValueKind.ShouldBe(JsonValueKind.Object);
        (await Client.IsReadyAsync()).ShouldBeTrue();
        (await new PlumblineClient(new HttpClient { BaseAddress = new Uri("http://127.0.0.1:1/") }).IsReadyAsync()).ShouldBeFalse();
    }

    [Fact]
    public async Task Problem_OfTheServer_KeepsWhatItSays()
    {
        var exception = await Should.ThrowAsync<PlumblineException>(() => Client.PredictAsync([new PredictionRow("a"), new PredictionRow(new string('x', 20_001))], new PredictionOptions { RequestId = "order-4712" }));
        (exception.Code, exception.Status, exception.RequestId, exception.TraceId!.Length).ShouldBe(("invalid-request", 400, "order-4712", 32));
        exception.Message.ShouldBe("$.data[1].text has 20001 characters; 20000 are allowed.");
        exception.Errors["$.data[1].text"].ShouldBe(["has 20001 characters; 20000 are allowed"]);
    }

    [Fact]
    public async Task Key_SentAndRefused_AsTheServerSays()
    {
        await using var keyed = await RunningServer.StartAsync(RunningServer.Options with { ApiKeys = [new("shop", Secret, 100)], TrustLoopback = false });
        var services = new ServiceCollection();
        services.AddPlumblineClient(keyed.Server.Address, options => options.ApiKey = Secret);
        await using var provider = services.BuildServiceProvider();
        var client = provider.GetRequiredService<PlumblineClient>();
        client.ShouldBeSameAs(provider.GetRequiredService<PlumblineClient>());
        (await client.PredictAsync("good")).Version.ShouldBe("reviews/3");
        (await Should.ThrowAsync<PlumblineException>(() => new PlumblineClient(keyed.Client).PredictAsync("good"))).Code.ShouldBe("unauthorized");
    }

    [Fact]
    public async Task KeepsRoute_VersionsShareTheTraffic_StaysWithOne()
    {
        await using var deployed = await Deployed.WithChampionAsync();
        await deployed.PlanAsync(new TrafficPlan { Candidates = [new("2", 0.5)] });
        await using var following = await RunningServer.StartAsync(deployed.Options);
        await Deployed.UntilAsync(async () => (await following.GetAsync("/readiness")).Json.GetProperty("traffic").GetArrayLength() == 2);
        var (kept, free) = (new PlumblineClient(following.Client, new PlumblineClientOptions { KeepsRoute = true }), new PlumblineClient(following.Client));
        var (versions, others) = (new HashSet<string>(), new HashSet<string>());
        for (var i = 0; i < 30; i++)
        {
            versions.Add((await kept.PredictAsync("good")).Version);
            others.Add((await free.PredictAsync("good")).Version);
        }
        (versions.Count, others.Count).ShouldBe((1, 2));
        var route = (await free.PredictAsync("good")).Route!;
        (await free.PredictAsync("good", new PredictionOptions { Route = route })).Version.ShouldBe((await free.PredictAsync(["good"], new PredictionOptions { Route = route })).Version);
    }
}
