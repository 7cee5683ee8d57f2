using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Plumbline.Datasets;
using Plumbline.Features.Online;
using Plumbline.Inference;
using Plumbline.Inference.Caching;
using Plumbline.Storage;
using Plumbline.Tests.Parts;

namespace Plumbline.Server.Tests.Predictions;

/// <summary>Predictions with a model that has aggregates of users and items.</summary>
public sealed class AggregateTests : IDisposable
{
    private static readonly JsonSerializerOptions Unescaped = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ServerOptions Options => new()
    {
        Bundle = AggregateBundle.Directory,
        Port = 0,
        FeatureStore = new FeatureStoreOptions { Folder = _folder.File("store"), Defaults = new Dictionary<string, double> { ["user_avg_len"] = 33 } },
        ServedFeatures = _folder.File("served"),
    };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Predict_DataSetReplayedAsEvents_BitEqualToOfflineSnapshot()
    {
        await LoadAsync([]);
        // Offline there are no defaults.
        await using var server = await RunningServer.StartAsync(Options with { FeatureStore = Options.FeatureStore! with { Defaults = new Dictionary<string, double>() } });
        var offline = Offline();
        var reviews = AggregateBundle.Reviews;
        foreach (var moment in reviews.Index().GroupBy(entry => entry.Item.Time))
        {
            foreach (var (row, review) in moment)
                Probabilities(await server.PostAsync("/batch_predict", Json(new { data = new[] { Row(review) } }))).ShouldBe(offline[row], $"row {row}");
            (await server.PostAsync("/v1/features/observations", Json(new { observations = moment.Where(HasEntity).Select(entry => Observation(entry.Index, entry.Item)) })))
                .Json.GetProperty("applied").GetInt32().ShouldBe(moment.Count(HasEntity));
            await server.PostAsync("/v1/features/labels", Json(new { labels = moment.Where(HasEntity).Select(entry => Label(entry.Index, entry.Item)) }));
        }
    }

    [Fact]
    public async Task Predict_StoreOfTheSnapshot_SameForTextAndTextsAndRows()
    {
        await LoadAsync(AggregateBundle.Snapshot.ReadEntities());
        await using var server = await RunningServer.StartAsync(Options);
        var row = Probabilities(await server.PostAsync("/batch_predict", """{"data":[{"text":"dull","user":"u1","item":"i1","time":"2024-02-14"}]}"""));
        var texts = await server.PredictAsync("""{"entities":{"user":["u1"],"item":[" i1 "]},"time":[1707868800],"texts":["dull"]}""");
        Probabilities(texts).ShouldBe(row);
        texts.Body.ShouldNotContain("unknown_entity");
        texts.Body.ShouldNotContain("missing");
        var text = await server.PredictAsync("""{"text":"dull","entities":{"user":"u1","item":"i1"},"time":"2024-02-14T00:00:00Z"}""");
        text.Json.GetProperty("probs").EnumerateObject().Select(label => label.Value.GetSingle()).ShouldBe(row);
    }

    [Fact]
    public async Task Predict_UnknownUserAndItemNotSent_SaidAndDefaultsServed()
    {
        await LoadAsync([]);
        await using (var server = await RunningServer.StartAsync(Options))
        {
            var answer = await server.PredictAsync("""{"text":"fine","entities":{"user":"nobody"},"time":"2025-01-01"}""");
            var warnings = answer.Json.GetProperty("warnings");
            foreach (var name in (string[])["user_avg_len", "user_review_count", "user_mean_label", "user_days_since_last"])
                warnings.GetProperty("unknown_entity").GetProperty(name)[0].GetInt32().ShouldBe(0);
            warnings.GetProperty("missing").GetProperty("item_avg_len")[0].GetInt32().ShouldBe(0);
            (await server.GetAsync("/metrics")).Body.ShouldContain("""plumbline_contract_warnings_total{kind="unknown_entity",feature="user_avg_len"} 1""");
        }
        var served = ServedFeatureLog.Read(_folder.File("served")).Single();
        (served.User, served.Item, served.UserOutcome, served.ItemOutcome).ShouldBe(("nobody", null, EntityOutcome.Unknown, EntityOutcome.NotSent));
        served.Values["user_avg_len"].ShouldBe(33);
        served.Values["user_review_count"].ShouldBe(0);
        served.Values["user_mean_label"].ShouldBeNull();
        served.AsOf.ShouldBe(1735689600_000_000);
    }

    [Fact]
    public async Task Predict_NoStore_AnswersWithWarningAndSaysSo()
    {
        await using var server = await RunningServer.StartAsync(Options with { FeatureStore = null });
        var answer = await server.PredictAsync("""{"text":"fine","entities":{"user":"u1"},"numeric_features":{"user_avg_len":12}}""");
        answer.Status.ShouldBe(200);
        answer.Json.GetProperty("warnings").GetProperty("store_unavailable").GetProperty("user_avg_len")[0].GetInt32().ShouldBe(0);
        var readiness = await server.GetAsync("/readiness");
        readiness.Status.ShouldBe(200);
        readiness.Json.GetProperty("warnings")[0].GetString()!.ShouldContain("features.store");
        (await server.PostAsync("/v1/features/labels", """{"labels":[]}""")).ShouldBeProblem(404, "no-feature-store");
        (await server.GetAsync("/metrics")).Body.ShouldContain("plumbline_feature_store_up 0\n");
    }

    [Fact]
    public async Task Predict_RedisThatIsNotThere_AnswersAndOnlyTheLogNamesIt()
    {
        await using var server = await RunningServer.StartAsync(Options with
        {
            FeatureStore = new FeatureStoreOptions { Kind = FeatureStoreKind.Redis, Address = "127.0.0.1:1" },
        });
        var answer = await server.PredictAsync("""{"text":"fine","entities":{"user":"u1","item":"i1"}}""");
        answer.Json.GetProperty("warnings").GetProperty("store_unavailable").EnumerateObject().Count().ShouldBe(8);
        var readiness = await server.GetAsync("/readiness");
        (readiness.Status, readiness.Json.GetProperty("warnings")[0].GetString()!.Contains("does not answer", StringComparison.Ordinal)).ShouldBe((200, true));
        readiness.Body.ShouldNotContain("127.0.0.1");
        server.Log.ShouldContain("The feature store at 127.0.0.1:1 does not answer");
        // Asks for nobody, and has learnt nothing.
        await server.PredictAsync("""{"text":"fine"}""");
        (await server.GetAsync("/metrics")).Body.ShouldContain("plumbline_feature_store_up 0\n");
        var events = await server.PostAsync("/v1/features/observations", """{"observations":[{"id":"1","user":"u","characters":1}]}""");
        events.ShouldBeProblem(503, "store-unavailable");
        events.Body.ShouldNotContain("127.0.0.1");
    }

    [Fact]
    public async Task Readiness_RedisThatGoesAndComes_KnownThoughNobodyPredicts()
    {
        using var redis = RedisProcess.Create();
        Assert.SkipWhen(redis is null, "There is no redis-server (Debian's package of that name) on this machine.");
        await using var server = await RunningServer.StartAsync(Options with
        {
            FeatureStore = new FeatureStoreOptions { Kind = FeatureStoreKind.Redis, Address = redis.Address },
            Cache = new PredictionCacheOptions { Redis = new RedisOptions { Address = redis.Address } },
        });
        await UntilAsync("[]", up: 1);
        redis.Stop();
        await UntilAsync("feature store does not answer", up: 0);
        await UntilAsync("prediction cache's Redis does not answer", up: 0);
        redis.StartAgain();
        await UntilAsync("[]", up: 1);

        async Task UntilAsync(string warning, int up)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
            patience.CancelAfter(TimeSpan.FromMinutes(1));
            while (!JsonSerializer.Serialize((await server.GetAsync("/readiness")).Json.GetProperty("warnings"), Unescaped).Contains(warning, StringComparison.Ordinal)
                || !(await server.GetAsync("/metrics")).Body.Contains($"plumbline_feature_store_up {up}\n", StringComparison.Ordinal))
                await Task.Delay(50, patience.Token);
        }
    }

    [Fact]
    public async Task Predict_StoreDamaged_OnlyTheLogNamesItsFolder()
    {
        await LoadAsync([]);
        await File.WriteAllTextAsync(Path.Combine(Options.FeatureStore!.Folder, "states.bin"), "damaged", Token);
        await using var server = await RunningServer.StartAsync(Options);
        var readiness = await server.GetAsync("/readiness");
        readiness.Json.GetProperty("warnings")[0].GetString()!.ShouldContain("cannot be opened");
        readiness.Body.ShouldNotContain("states.bin");
        server.Log.ShouldContain("states.bin is damaged");
    }

    [Fact]
    public async Task Metrics_NoAggregates_NothingOfAFeatureStore()
    {
        await using var server = await RunningServer.StartAsync(RunningServer.Options);
        (await server.GetAsync("/metrics")).Body.Split('\n').ShouldNotContain(line => line.StartsWith("plumbline_feature_store_up", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Metadata_FeatureOftenMissing_DriftProne()
    {
        await LoadAsync([]);
        await using var server = await RunningServer.StartAsync(Options);
        (await server.GetAsync("/metadata")).Json.GetProperty("drift_prone").GetArrayLength().ShouldBe(0);
        await server.PredictAsync(Json(new { texts = Enumerable.Repeat("fine", 150) }));
        (await server.GetAsync("/metadata")).Json.GetProperty("drift_prone").EnumerateArray().Select(name => name.GetString()).ShouldContain("item_avg_len");
        (await server.GetAsync("/metrics")).Body.ShouldContain("""plumbline_feature_drift_prone{feature="item_avg_len",version=""");
    }

    [Theory]
    [InlineData("""{"text":"a","time":"yesterday"}""", "$.time")]
    [InlineData("""{"texts":["a"],"time":["9999-12-31"]}""", "$.time[0]")]
    [InlineData("""{"text":"a","time":1e300}""", "$.time")]
    [InlineData("""{"text":"a","entities":{"user":true}}""", "$.entities.user")]
    public async Task Predict_EntityThatCannotBe_NamesThePlace(string body, string path)
    {
        await using var server = await RunningServer.StartAsync(Options);
        (await server.PredictAsync(body)).ShouldBeProblem(400, "invalid-request", path);
        var tooLong = Json(new { data = new[] { new { text = "a", user = new string('x', 2000) } } });
        (await server.PostAsync("/batch_predict", tooLong)).ShouldBeProblem(400, "invalid-request", "$.data[0].user");
    }

    private static bool HasEntity((int Index, Review Item) entry) => entry.Item.User is not null || entry.Item.Item is not null;

    private static object Row(Review review) => new { text = review.Text, user = review.User, item = review.Item, time = review.Time };

    private static object Observation(int row, Review review) => new { id = $"{row}", user = review.User, item = review.Item, time = review.Time, text = review.Text };

    private static object Label(int row, Review review) => new { id = $"{row}", user = review.User, item = review.Item, time = review.Time, label = review.Label };

    private static string Json(object value) => JsonSerializer.Serialize(value);

    private static float[] Probabilities(Answer answer)
    {
        answer.Status.ShouldBe(200, answer.Body);
        return [.. answer.Json.GetProperty("probs")[0].EnumerateArray().Select(value => value.GetSingle())];
    }

    /// <summary>What the predictor says of the snapshot's rows, in the order of the source.</summary>
    private static float[][] Offline()
    {
        using var predictor = Predictor.Load(AggregateBundle.Directory);
        var rows = new float[AggregateBundle.Reviews.Count][];
        foreach (var batch in Enum.GetValues<Split>().SelectMany(split => AggregateBundle.Snapshot.Read(split)))
        {
            for (var record = 0; record < batch.Count; record++)
            {
                var probabilities = new float[predictor.Labels.Count];
                predictor.Predict(batch.Text(record), batch.Inputs(record), probabilities, default);
                Encoding.UTF8.GetString(batch.Text(record)).ShouldBe(AggregateBundle.Reviews[(int)batch.Row(record)].Text);
                rows[batch.Row(record)] = probabilities;
            }
        }
        return rows;
    }

    private async Task LoadAsync(IEnumerable<(Datasets.Aggregates.EntityKind, byte[], Datasets.Aggregates.EntityState)> entities)
    {
        await using var store = FeatureStore.Open(Options.FeatureStore!, TimeProvider.System);
        await store.LoadAsync(entities, replace: true, Token);
    }
}
