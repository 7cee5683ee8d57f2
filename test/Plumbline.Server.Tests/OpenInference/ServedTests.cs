using System.Globalization;
using System.Text.Json;
using Grpc.Core;
using Plumbline.Bundles;
using Plumbline.Features.Online;
using Plumbline.Inference.Logging;
using Plumbline.Inference.Routing;
using Plumbline.Server.OpenInference.Wire;
using Plumbline.Server.Tests.Generations;

namespace Plumbline.Server.Tests.OpenInference;

/// <summary>That requests of the Open Inference Protocol go the way of all others: by the traffic plan, into the prediction log, with the features of the contract.</summary>
public sealed class ServedTests
{
    [Fact]
    public async Task Infer_VersionsShareTheUsers_SameVersionAsPredict()
    {
        await using var deployed = await Deployed.WithChampionAsync();
        await deployed.PlanAsync(new TrafficPlan { Candidates = [new("2", 0.5)], Unit = RoutingUnit.User });
        await using var server = await StartAsync(deployed, grpc: true);
        using var caller = new GrpcCaller(server.Server.GrpcAddress!);
        var versions = new HashSet<string>();
        for (var user = 0; user < 30; user++)
        {
            var expected = (await server.PredictAsync($$$"""{"texts":["good"],"entities":{"user":["u{{{user}}}"]}}""")).Json.GetProperty("version").GetString()!.Split('/')[1];
            versions.Add(expected);
            (await InferAsync(server, "/v2/models/reviews/infer", $"u{user}")).GetProperty("model_version").GetString().ShouldBe(expected);
            var request = GrpcTests.Request(isRaw: false, "good");
            request.Inputs.Add(new ModelInferRequest.Types.InferInputTensor
            {
                Name = "user",
                Datatype = "BYTES",
                Shape = { 1 },
                Contents = new InferTensorContents { BytesContents = { Google.Protobuf.ByteString.CopyFromUtf8($"u{user}") } },
            });
            (await caller.Call<ModelInferRequest, ModelInferResponse>("ModelInfer", request)).ModelVersion.ShouldBe(expected);
        }
        versions.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Infer_Route_DecidesOverEitherWire()
    {
        await using var deployed = await Deployed.WithChampionAsync();
        await deployed.PlanAsync(new TrafficPlan { Candidates = [new("2", 0.5)] });
        await using var server = await StartAsync(deployed, grpc: true);
        using var caller = new GrpcCaller(server.Server.GrpcAddress!);
        for (var i = 0; i < 10; i++)
        {
            using var call = caller.Call<ModelInferRequest, ModelInferResponse>("ModelInfer", GrpcTests.Request(isRaw: true, "good"));
            var version = (await call).ModelVersion;
            var route = (await call.ResponseHeadersAsync).GetValue("x-plumbline-route")!;
            (await caller.Call<ModelInferRequest, ModelInferResponse>("ModelInfer", GrpcTests.Request(isRaw: true, "good"), new CallOptions(new Grpc.Core.Metadata { { "x-plumbline-route", route } }))).ModelVersion.ShouldBe(version);
            (await InferAsync(server, "/v2/models/reviews/infer", "u", ("X-Plumbline-Route", route))).GetProperty("model_version").GetString().ShouldBe(version);
        }
    }

    [Fact]
    public async Task Infer_VersionIsNamed_AnswersWhateverThePlanSaysAndCountsForNone()
    {
        await using var deployed = await Deployed.WithChampionAsync();
        await deployed.PlanAsync(new TrafficPlan { Candidates = [new("2", 1e-9)] });
        await using var server = await StartAsync(deployed);
        for (var version = 1; version <= 2; version++)
        {
            var answer = await InferAsync(server, $"/v2/models/reviews/versions/{version}/infer", "u");
            answer.GetProperty("model_version").GetString().ShouldBe(version.ToString(CultureInfo.InvariantCulture));
        }
        (await server.GetAsync("/v1/traffic")).Json.GetProperty("versions").EnumerateArray().Sum(version => version.GetProperty("requests").GetInt64()).ShouldBe(0);
        (await server.GetAsync("/v2/models/reviews")).Json.GetProperty("versions").ToString().ShouldBe("""["1","2"]""");
        var unknown = await server.PostAsync("/v2/models/reviews/versions/3/infer", """{"inputs":[]}""");
        unknown.Status.ShouldBe(404);
        unknown.Json.GetProperty("error").GetString().ShouldBe("Version 3 of reviews is not served here now; served are 1, 2.");
    }

    [Fact]
    public async Task Infer_ShadowListens_ComparesItUnlessAVersionIsNamed()
    {
        await using var deployed = await Deployed.WithChampionAsync();
        await deployed.PlanAsync(new TrafficPlan { Shadows = [new("2", 1)] });
        await using var server = await RunningServer.StartAsync(deployed.Options);
        await Deployed.UntilAsync(async () => (await server.GetAsync("/v1/traffic")).Json.GetProperty("shadows").GetArrayLength() == 1);
        await InferAsync(server, "/v2/models/reviews/versions/1/infer", "u");
        await InferAsync(server, "/v2/models/reviews/infer", "u");
        await Deployed.UntilAsync(async () => await RowsAsync() > 0);
        (await RowsAsync()).ShouldBe(1);

        async Task<long> RowsAsync() => (await server.GetAsync("/v1/traffic")).Json.GetProperty("shadows")[0].GetProperty("rows").GetInt64();
    }

    [Fact]
    public async Task Infer_Answered_InThePredictionLog()
    {
        using var folder = new TemporaryFolder();
        string id;
        await using (var server = await RunningServer.StartAsync(RunningServer.Options with { PredictionLog = new PredictionLogOptions { Folder = folder.File("predictions"), Text = true } }))
            id = (await InferAsync(server, "/v2/models/reviews/infer", "ann")).GetProperty("outputs")[2].GetProperty("data")[0].GetString()!;
        var now = TimeProvider.System.GetUtcNow();
        var logged = PredictionLogReader.Read(folder.File("predictions"), new PredictionQuery(now.AddHours(-1), now.AddHours(1))).ShouldHaveSingleItem();
        (logged.Id.ToString(), logged.Version, logged.User, logged.Text, logged.Numeric["price"]).ShouldBe((id, "reviews/3", "ann", "good", 4.5f));
    }

    [Fact]
    public async Task Server_NothingIsLoaded_LiveButNotReady()
    {
        await using var server = await PredictionServer.StartAsync(RunningServer.Options with { Bundle = "/nowhere", GrpcPort = 0 }, TextWriter.Null, TestContext.Current.CancellationToken);
        await Should.ThrowAsync<BundleException>(server.Ready);
        using var client = new HttpClient { BaseAddress = server.Address };
        (await GetAsync("/v2/health/live")).ShouldBe((200, """{"live":true}"""));
        (await GetAsync("/v2/health/ready")).ShouldBe((503, """{"live":true,"ready":false}"""));
        (await GetAsync("/v2/models/reviews/ready")).ShouldBe((503, """{"name":"reviews","ready":false}"""));
        (await GetAsync("/v2/models/reviews")).ShouldBe((503, """{"error":"The model is still being loaded."}"""));
        using var caller = new GrpcCaller(server.GrpcAddress!);
        (await caller.Call<ServerLiveRequest, ServerLiveResponse>("ServerLive", new())).Live.ShouldBeTrue();
        (await caller.Call<ServerReadyRequest, ServerReadyResponse>("ServerReady", new())).Ready.ShouldBeFalse();
        (await caller.Call<ModelReadyRequest, ModelReadyResponse>("ModelReady", new() { Name = "reviews" })).Ready.ShouldBeFalse();
        (await Should.ThrowAsync<RpcException>(async () => await caller.Call<ModelInferRequest, ModelInferResponse>("ModelInfer", GrpcTests.Request(isRaw: true, "a")))).StatusCode.ShouldBe(StatusCode.Unavailable);

        async Task<(int Status, string Body)> GetAsync(string path)
        {
            using var response = await client.GetAsync(new Uri(path, UriKind.Relative));
            return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task Infer_Categories_SameAnswerAsPredict()
    {
        await using var server = await RunningServer.StartAsync(new ServerOptions { Bundle = CategoryBundle.Directory, Port = 0 });
        var name = (await server.GetAsync("/readiness")).Json.GetProperty("version").GetString()!;
        var model = (await server.GetAsync($"/v2/models/{name}")).Json;
        model.GetProperty("versions")[0].GetString().ShouldBe(name);
        model.GetProperty("inputs").EnumerateArray().Select(input => $"{input.GetProperty("name")} {input.GetProperty("datatype")}").ShouldBe(["text BYTES", "price FP32", "country BYTES", "shop BYTES"]);
        var answer = (await server.PostAsync($"/v2/models/{name}/versions/{name}/infer",
            """{"inputs":[{"name":"text","shape":[3],"datatype":"BYTES","data":["a","b","c"]},{"name":"country","shape":[3],"datatype":"BYTES","data":[" DE",null,"XX"]},{"name":"shop","shape":[3],"datatype":"INT32","data":[1,2,99]}]}""")).Json;
        var expected = (await server.PredictAsync("""{"texts":["a","b","c"],"categorical_features":{"country":[" DE",null,"XX"],"shop":[1,2,99]}}""")).Json;
        Numbers(answer.GetProperty("outputs")[1].GetProperty("data")).ShouldBe(Numbers(expected.GetProperty("probs")));
        answer.GetProperty("parameters").GetProperty("warnings").GetString().ShouldBe(expected.GetProperty("warnings").ToString());
    }

    [Fact]
    public async Task Infer_Aggregates_SameAnswerAsPredict()
    {
        using var folder = new TemporaryFolder();
        var store = new FeatureStoreOptions { Folder = folder.File("features") };
        await using var server = await RunningServer.StartAsync(new ServerOptions { Bundle = AggregateBundle.Directory, Port = 0, ModelName = "reviews", ModelVersion = 1, FeatureStore = store });
        (await server.PostAsync("/v1/features/observations", """{"observations":[{"id":"1","user":"u1","item":"i1","time":"2024-01-01","characters":120}]}""")).Status.ShouldBe(200);
        (await server.GetAsync("/v2/models/reviews")).Json.GetProperty("inputs").EnumerateArray().Select(input => input.GetProperty("name").GetString()).ShouldBe(["text", "user", "item", "time"]);
        var answer = (await server.PostAsync("/v2/models/reviews/infer",
            """
            {"inputs":[{"name":"text","shape":[2],"datatype":"BYTES","data":["loved","dull"]},{"name":"user","shape":[2],"datatype":"BYTES","data":["u1",null]},
              {"name":"item","shape":[2],"datatype":"BYTES","data":["i1","i9"]},{"name":"time","shape":[2],"datatype":"BYTES","data":["2024-03-01T00:00:00Z",""]}]}
            """)).Json;
        var expected = (await server.PredictAsync("""{"texts":["loved","dull"],"entities":{"user":["u1",null],"item":["i1","i9"]},"time":["2024-03-01T00:00:00Z",null]}""")).Json;
        Numbers(answer.GetProperty("outputs")[1].GetProperty("data")).ShouldBe(Numbers(expected.GetProperty("probs")));
        answer.GetProperty("parameters").GetProperty("warnings").GetString().ShouldBe(expected.GetProperty("warnings").ToString());
        var wrong = await server.PostAsync("/v2/models/reviews/infer",
            """{"inputs":[{"name":"text","shape":[1],"datatype":"BYTES","data":["a"]},{"name":"time","shape":[1],"datatype":"BYTES","data":["yesterday"]}]}""");
        wrong.Json.GetProperty("error").GetString().ShouldBe("input time[0] must be a date or date-time (RFC 3339), Unix seconds, or null, from 1900 to 2199.");
    }

    private static IEnumerable<int> Numbers(JsonElement numbers) => numbers.ValueKind == JsonValueKind.Array
        ? numbers.EnumerateArray().SelectMany(Numbers) : [BitConverter.SingleToInt32Bits(numbers.GetSingle())];

    private static async Task<RunningServer> StartAsync(Deployed deployed, bool grpc = false)
    {
        var server = await RunningServer.StartAsync(deployed.Options with { GrpcPort = grpc ? 0 : null });
        await Deployed.UntilAsync(async () => (await server.GetAsync("/readiness")).Json.GetProperty("traffic").GetArrayLength() == 2);
        return server;
    }

    private static async Task<JsonElement> InferAsync(RunningServer server, string path, string user, params (string, string)[] headers)
    {
        var answer = await server.PostAsync(path, $$"""
            {"inputs":[{"name":"text","shape":[1],"datatype":"BYTES","data":["good"]},{"name":"price","shape":[1],"datatype":"FP32","data":[4.5]},{"name":"user","shape":[1],"datatype":"BYTES","data":["{{user}}"]}]}
            """, headers);
        answer.Status.ShouldBe(200, answer.Body);
        return answer.Json;
    }
}
