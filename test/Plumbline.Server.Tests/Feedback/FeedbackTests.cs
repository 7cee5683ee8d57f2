using System.Text.Json;
using Plumbline.Inference.Feedback;
using Plumbline.Inference.Logging;
using Plumbline.Storage;

namespace Plumbline.Server.Tests.Feedback;

/// <summary>What a real server keeps of its answers, and the feedback that it takes.</summary>
public sealed class FeedbackTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private RunningServer _server = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Predictions => _folder.File("predictions");

    private ServerOptions Options => RunningServer.Options with
    {
        PredictionLog = new PredictionLogOptions { Folder = Predictions },
        Feedback = new FeedbackOptions { Open = OpenStore, Predictions = Predictions },
    };

    public async ValueTask InitializeAsync() => _server = await RunningServer.StartAsync(Options);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Predict_Answered_InTheLogWithoutItsText()
    {
        var answer = (await _server.PredictAsync("""{"texts":["awful waste","wonderful"],"numeric_features":{"price":[4.5,null]},"entities":{"user":["ann",7],"item":["b1",null]}}""")).Json;
        (await _server.PostAsync("/batch_predict", """{"data":[{"text":"fine","user":"bob","price":"much"},{"text":"dull","user":{},"item":"b2"}]}""")).Status.ShouldBe(200);
        var logged = await LoggedAsync(4);
        var first = logged.Single(prediction => prediction.Id == answer.GetProperty("prediction_ids")[0].GetGuid());
        (first.Version, first.User, first.Item, first.Numeric["price"], first.Text, first.Route).ShouldBe((answer.GetProperty("version").GetString()!, "ann", "b1", 4.5f, null, null));
        first.Label.ShouldBe(answer.GetProperty("labels")[0].GetString());
        first.Probabilities.ShouldBe(answer.GetProperty("probs")[0].EnumerateArray().Select(probability => probability.GetSingle()));
        first.Latency.ShouldBeGreaterThan(TimeSpan.Zero);
        logged.Select(prediction => (prediction.User, prediction.Item)).ShouldBe([("ann", "b1"), ("7", null), ("bob", null), (null, "b2")], ignoreOrder: true);
        logged.Count(prediction => prediction.Numeric["price"] is null).ShouldBe(3);
    }

    [Fact]
    public async Task Predict_ProjectKeepsTexts_InTheLogAfterTheServer()
    {
        await using (var server = await RunningServer.StartAsync(Options with { PredictionLog = new PredictionLogOptions { Folder = _folder.File("texts"), Text = true }, Feedback = null }))
            await server.PredictAsync("""{"text":"schön"}""");
        Read(_folder.File("texts")).Single().Text.ShouldBe("schön");
    }

    [Fact]
    public async Task Feedback_OfAPrediction_AppliedOnceAndJoined()
    {
        var id = await PredictAsync();
        var body = $$"""{"prediction_id":"{{id}}","label":"5","time":"2026-11-26T03:14:15Z"}""";
        (await FeedbackAsync(body)).Body.ShouldBe("""{"applied":1,"unchanged":0}""");
        (await FeedbackAsync(body)).Body.ShouldBe("""{"applied":0,"unchanged":1}""");
        (await FeedbackAsync($$"""{"feedback":[{"prediction_id":"{{id}}","label":4,"time":1800000000,"id":"a"},{"prediction_id":"{{Guid.CreateVersion7()}}","label":"anything"}]}""")).Json
            .GetProperty("applied").GetInt32().ShouldBe(2, "whose prediction is not known here may be known elsewhere");
        await using var store = OpenStore();
        var feedback = new FeedbackStore(store, TimeProvider.System);
        while (await feedback.StateAsync(Token) != new FeedbackState(Waiting: 1, Joined: 1, SetAside: 0))
            await Task.Delay(10, Token);
    }

    [Theory]
    [InlineData("""{"label":"5"}""", "$.prediction_id")]
    [InlineData("""{"prediction_id":"ID"}""", "$.label")]
    [InlineData("""{"prediction_id":"ID","label":"9"}""", "$.label")]
    [InlineData("""{"prediction_id":"ID","label":""}""", "$.label")]
    [InlineData("""{"prediction_id":"ID","label":"5","label":"5"}""", "$.label")]
    [InlineData("""{"prediction_id":"ID","label":"5","time":"soon"}""", "$.time")]
    [InlineData("""{"prediction_id":"ID","label":"5","id":[]}""", "$.id")]
    [InlineData("""{"prediction_id":"00000000-0000-0000-0000-000000000000","label":"5"}""", "$.prediction_id")]
    [InlineData("""{"prediction_id":7,"label":"5"}""", "$.prediction_id")]
    [InlineData("""{"feedback":[]}""", "$.feedback")]
    [InlineData("""{"feedback":[{"prediction_id":"ID","label":"5"},{"prediction_id":"ID","label":"9"}]}""", "$.feedback[1].label")]
    [InlineData("""{"feedback":[{"prediction_id":"ID","label":"5"}],"label":"5"}""", "$")]
    [InlineData("""{"feedback":{}}""", "$.feedback")]
    public async Task Feedback_Wrong_RefusedAndNothingOfItTaken(string body, string path)
    {
        var id = await PredictAsync();
        (await FeedbackAsync(body.Replace("ID", $"{id}", StringComparison.Ordinal))).ShouldBeProblem(400, "invalid-request", path);
        await using var store = OpenStore();
        (await new FeedbackStore(store, TimeProvider.System).StateAsync(Token)).ShouldBe(new FeedbackState(0, 0, 0));
    }

    [Fact]
    public async Task Feedback_MoreThanAThousand_Refused()
    {
        var one = JsonSerializer.Serialize(new { prediction_id = Guid.CreateVersion7(), label = "5" });
        (await FeedbackAsync($$"""{"feedback":[{{string.Join(',', Enumerable.Repeat(one, 1000))}}]}""")).Status.ShouldBe(200);
        (await FeedbackAsync($$"""{"feedback":[{{string.Join(',', Enumerable.Repeat(one, 1001))}}]}""")).ShouldBeProblem(400, "invalid-request", "$.feedback");
    }

    [Fact]
    public async Task Feedback_StoreGone_SaysSoAndPredictionsGoOn()
    {
        await using var server = await RunningServer.StartAsync(Options with
        {
            PredictionLog = new PredictionLogOptions { Folder = _folder.File("others") },
            Feedback = new FeedbackOptions { Open = () => throw new MetadataException(MetadataError.Unavailable, "The store at its address does not answer."), Predictions = _folder.File("others") },
        });
        (await server.PredictAsync("""{"text":"fine"}""")).Status.ShouldBe(200);
        var answer = await server.PostAsync("/v1/feedback", $$"""{"prediction_id":"{{Guid.CreateVersion7()}}","label":"5"}""");
        answer.ShouldBeProblem(503, "feedback-unavailable");
        answer.Headers["Retry-After"].ShouldBe("1");
        answer.Body.ShouldNotContain("address");
        while (!(await server.GetAsync("/readiness")).Body.Contains("feedback is not joined", StringComparison.Ordinal))
            await Task.Delay(10, Token);
        (await server.GetAsync("/readiness")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Start_LogCannotBeWritten_PredictionsGoOnAndReadinessSaysSo()
    {
        await File.WriteAllTextAsync(_folder.File("file"), "", Token);
        await using var server = await RunningServer.StartAsync(Options with { PredictionLog = new PredictionLogOptions { Folder = _folder.File("file") }, Feedback = null });
        (await server.PredictAsync("""{"text":"fine"}""")).Status.ShouldBe(200);
        (await server.GetAsync("/readiness")).Json.GetProperty("warnings")[0].GetString()!.ShouldContain("not logged");
        (await server.PostAsync("/v1/feedback", "{}")).ShouldBeProblem(404, "no-feedback");
    }

    [Fact]
    public async Task Metrics_WithALog_SayWhatIsNotLogged() => (await _server.GetAsync("/metrics")).Body.ShouldContain("plumbline_predictions_unlogged 0");

    private SqliteMetadataStore OpenStore() => SqliteMetadataStore.Open(_folder.File("plumbline.db"), TimeProvider.System);

    private async Task<Guid> PredictAsync() => (await _server.PredictAsync("""{"text":"wonderful perfect"}""")).Json.GetProperty("prediction_id").GetGuid();

    private Task<Answer> FeedbackAsync(string body) => _server.PostAsync("/v1/feedback", body);

    private static LoggedPrediction[] Read(string folder) =>
        [.. PredictionLogReader.Read(folder, new PredictionQuery(TimeProvider.System.GetUtcNow().AddHours(-1), TimeProvider.System.GetUtcNow().AddHours(1)))];

    private async Task<LoggedPrediction[]> LoggedAsync(int count)
    {
        LoggedPrediction[] logged;
        while ((logged = Read(Predictions)).Length < count)
            await Task.Delay(10, Token);
        return logged;
    }
}
