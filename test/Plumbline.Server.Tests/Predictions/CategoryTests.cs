using System.Buffers;
using System.Text;
using System.Text.Json;
using Plumbline.Datasets;
using Plumbline.Inference;
using Plumbline.Server.Hosting;
using Plumbline.Server.Predictions;
using Plumbline.Server.Telemetry;

namespace Plumbline.Server.Tests.Predictions;

/// <summary>Predictions with a model that has categorical inputs.</summary>
public sealed class CategoryTests
{
    private static ServerOptions Options => new() { Bundle = CategoryBundle.Directory, Port = 0 };

    [Fact]
    public async Task Predict_RowsOfSnapshotAndFile_SameBits()
    {
        using var predictor = Predictor.Load(CategoryBundle.Directory);
        var offline = Offline(predictor);
        var source = new SourceOptions { Path = CategoryBundle.Source, Text = "text", Numeric = ["price"], Categorical = ["country", "shop"] };
        await using var server = await RunningServer.StartAsync(Options);
        foreach (var batch in Source.ReadTexts(source, 100, stop: TestContext.Current.CancellationToken))
        {
            var records = Enumerable.Range(0, batch.Count).ToArray();
            var texts = await server.PredictAsync(JsonSerializer.Serialize(new
            {
                categorical_features = new { shop = records.Select(record => Shop(batch, record)), country = records.Select(record => Country(batch, record)) },
                numeric_features = new { price = records.Select(record => Price(batch, record)) },
                texts = records.Select(record => Encoding.UTF8.GetString(batch.Text(record))),
            }));
            var rows = await server.PostAsync("/batch_predict", JsonSerializer.Serialize(new
            {
                data = records.Select(record => new
                {
                    country = Country(batch, record),
                    text = Encoding.UTF8.GetString(batch.Text(record)),
                    shop = Shop(batch, record),
                    price = Price(batch, record),
                }),
            }));
            texts.Status.ShouldBe(200, texts.Body);
            rows.Json.GetProperty("probs").ToString().ShouldBe(texts.Json.GetProperty("probs").ToString());
            rows.Json.GetProperty("warnings").ToString().ShouldBe(texts.Json.GetProperty("warnings").ToString());
            foreach (var record in records)
            {
                var (file, http) = (new float[2], texts.Json.GetProperty("probs")[record].EnumerateArray().Select(value => value.GetSingle()).ToArray());
                predictor.Predict(batch, record, file);
                file.ShouldBe(offline[batch.Row(record)], $"row {batch.Row(record)}");
                http.ShouldBe(file, $"row {batch.Row(record)}");
            }
        }
    }

    [Fact]
    public async Task Predict_Categories_WarnOfMissingUnknownAndWrongType()
    {
        await using var server = await RunningServer.StartAsync(Options);
        var answer = await server.PredictAsync("""
            {"texts":["a","b","c","d","e","f"],"numeric_features":{"price":[1,1,1,1,1,1]},"categorical_features":
            {"country":["DE","\u0046R ",null," ","a country that nobody has ever heard of",["DE"]],"shop":[1,"2",0,true,1.0,0]}}
            """);
        answer.Json.GetProperty("warnings").ToString()
            .ShouldBe("""{"missing":{"country":[2,3]},"type":{"country":[5]},"unknown_category":{"country":[4],"shop":[3,4]}}""");
        answer.Body.ShouldNotContain("nobody");
        var one = await server.PredictAsync("""{"text":"a","numeric_features":{"price":1},"categorical_features":{"country":"DE","shop":"1"}}""");
        one.Json.GetProperty("warnings").ValueKind.ShouldBe(JsonValueKind.Null);
        one.Json.GetProperty("probs").EnumerateObject().Select(value => value.Value.GetSingle())
            .ShouldBe(answer.Json.GetProperty("probs")[0].EnumerateArray().Select(value => value.GetSingle()));
        var metrics = (await server.GetAsync("/metrics")).Body;
        metrics.ShouldContain("""plumbline_contract_warnings_total{kind="unknown_category",feature="shop"} 2""");
        metrics.ShouldContain("""plumbline_contract_warnings_total{kind="missing",feature="country"} 2""");
    }

    [Fact]
    public async Task Predict_NoCategories_SameAsMissing()
    {
        await using var server = await RunningServer.StartAsync(Options);
        var none = await server.PredictAsync("""{"texts":["a"],"categorical_features":null}""");
        var unknown = await server.PredictAsync("""{"texts":["a"],"categorical_features":{"country":["?"],"shop":[null],"price":["DE"]},"numeric_features":{"country":[1]}}""");
        none.Json.GetProperty("warnings").ToString().ShouldBe("""{"missing":{"price":[0],"country":[0],"shop":[0]}}""");
        unknown.Json.GetProperty("probs").ToString().ShouldBe(none.Json.GetProperty("probs").ToString());
    }

    [Theory]
    [InlineData("""{"texts":["a"],"categorical_features":{"country":["DE","FR"]}}""", "$.categorical_features.country")]
    [InlineData("""{"texts":["a"],"categorical_features":{"country":"DE"}}""", "$.categorical_features.country")]
    [InlineData("""{"text":"a","categorical_features":{"country":"DE","country":"FR"}}""", "$.categorical_features.country")]
    [InlineData("""{"text":"a","categorical_features":["DE"]}""", "$.categorical_features")]
    [InlineData("""{"text":"a","categorical_features":null,"categorical_features":null}""", "$.categorical_features")]
    public async Task Predict_CategoriesThatCannotBe_NamesThePlace(string body, string path)
    {
        await using var server = await RunningServer.StartAsync(Options);
        (await server.PredictAsync(body)).ShouldBeProblem(400, "invalid-request", path);
        (await server.PostAsync("/batch_predict", """{"data":[{"country":"DE","text":"a","country":"FR"}]}""")).ShouldBeProblem(400, "invalid-request", "$.data[0].country");
        (await server.PredictAsync("""{"text":"a","categorical_features":{"country":"\ud800"}}""")).ShouldBeProblem(400, "invalid-json");
    }

    [Fact]
    public async Task Metadata_CountryOftenUnknown_DriftProne()
    {
        await using var server = await RunningServer.StartAsync(Options);
        var contract = (await server.GetAsync("/metadata")).Json.GetProperty("contract");
        contract.GetProperty("categorical")[0].GetProperty("categories").GetArrayLength().ShouldBe(4);
        await server.PredictAsync(JsonSerializer.Serialize(new
        {
            texts = Enumerable.Repeat("fine", 200),
            numeric_features = new { price = Enumerable.Repeat(1, 200) },
            categorical_features = new { country = Enumerable.Repeat("Atlantis", 200), shop = Enumerable.Repeat(1, 200) },
        }));
        (await server.GetAsync("/metadata")).Json.GetProperty("drift_prone").EnumerateArray().Select(name => name.GetString()).ShouldBe(["country"]);
        (await server.GetAsync("/metrics")).Body.ShouldContain("""plumbline_feature_drift_prone{feature="country",version=""");
    }

    [Fact]
    public void Run_Rows_AllocateNothing()
    {
        const int Runs = 100;
        using var model = new ServedModel(Predictor.Load(CategoryBundle.Directory), "reviews", 3, new ServerMetrics(new ServerState(TimeProvider.System)));
        using var call = new PredictionCall();
        var (ids, limits) = (new RequestIds(TimeProvider.System), new RequestLimits());
        Enumerable.Range(0, 5).Min(_ => Allocated()).ShouldBe(0);

        long Allocated()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < Runs; i++)
            {
                call.Clear();
                call.Body.Write("""{"data":[{"reviewText":"an order","price":3,"country":"DE","shop":1},{"text":"late","country":"\u0046R","shop":"none"}]}"""u8);
                call.Read(model, BatchRequestReader.Read, limits);
                call.Complete(model, ids, 0, new Deadline(TimeProvider.System, TimeSpan.FromSeconds(10)));
            }
            return (GC.GetAllocatedBytesForCurrentThread() - before) / Runs;
        }
    }

    /// <summary>What the predictor says of the snapshot's rows, in the order of the source.</summary>
    private static float[][] Offline(Predictor predictor)
    {
        var rows = new float[CategoryBundle.Snapshot.Manifest.Counts.Total][];
        foreach (var batch in Enum.GetValues<Split>().SelectMany(split => CategoryBundle.Snapshot.Read(split)))
        {
            for (var record = 0; record < batch.Count; record++)
                predictor.Predict(batch, record, rows[batch.Row(record)] = new float[2]);
        }
        return rows;
    }

    private static string Country(RecordBatch batch, int record) => $" {Encoding.UTF8.GetString(batch.Category(record, 0)).Replace('\uFFFD', '\0')}\n";

    private static int? Shop(RecordBatch batch, int record) => int.TryParse(batch.Category(record, 1), out var shop) ? shop : null;

    private static float? Price(RecordBatch batch, int record) => float.IsNaN(batch.Inputs(record)[0]) ? null : batch.Inputs(record)[0];
}
