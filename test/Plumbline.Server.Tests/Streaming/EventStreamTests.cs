using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;

namespace Plumbline.Server.Tests.Streaming;

public sealed class EventStreamTests(RunningServer server)
{
    private const int Rows = 700;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private static readonly string[] Words = ["awful", "dull", "fine", "good", "loved"];

    private static string Word(int row) => $"the book was {Words[row % 5]} and {Words[row * 7 / 3 % 5]}, story {row}";

    [Fact]
    public async Task BatchPredict_Stream_SameAnswersInOrder()
    {
        object[] rows = [.. Enumerable.Range(0, Rows).Select(row => (object)(row % 3 == 0 ? new { text = Word(row), price = (double?)(row % 7) } : new { reviewText = Word(row), price = (double?)null }))];
        var events = await StreamAsync(server, "/batch_predict", JsonSerializer.Serialize(new { unknown = new[] { 1 }, data = rows }));
        ShouldBeTheAnswer(events, "predictions", (await server.PostAsync("/batch_predict", JsonSerializer.Serialize(new { data = rows }))).Json);
    }

    [Fact]
    public async Task Predict_Stream_SameAnswersInOrder()
    {
        var request = JsonSerializer.Serialize(new
        {
            numeric_features = new { price = Enumerable.Range(0, Rows).Select(row => row % 4 == 0 ? (double?)null : row % 6), nope = new object[] { "?", new[] { 1 } } },
            entities = new { user = Enumerable.Range(0, Rows).Select(row => $"u,{row} ]\"") },
            time = (object?)null,
            texts = Enumerable.Range(0, Rows).Select(Word),
        }, Indented);
        ShouldBeTheAnswer(await StreamAsync(server, "/predict", request), "labels", (await server.PredictAsync(request)).Json);
    }

    [Fact]
    public async Task BatchPredict_StreamWithExplain_AfterTheRowsToo()
    {
        var events = await StreamAsync(server, "/batch_predict", """{"data":[{"text":"a wonderful book","price":4}],"explain":2}""");
        var expected = (await server.PostAsync("/batch_predict", """{"data":[{"text":"a wonderful book","price":4}],"explain":2}""")).Json;
        events[0].Data.GetProperty("explanations").ToString().ShouldBe(expected.GetProperty("explanations").ToString());
    }

    [Theory]
    [InlineData("/batch_predict", """{"data":[{"text":"a"}""", "invalid-json")]
    [InlineData("/batch_predict", """{"data":[{"text":"a"}]} x""", "invalid-json")]
    [InlineData("/batch_predict", "", "invalid-json")]
    [InlineData("/batch_predict", """[1]""", "invalid-request")]
    [InlineData("/batch_predict", """{"data":[]}""", "invalid-request")]
    [InlineData("/batch_predict", """{"rows":[]}""", "invalid-request")]
    [InlineData("/batch_predict", """{"data":[1]}""", "invalid-request")]
    [InlineData("/batch_predict", """{"data":[{"price":1}]}""", "invalid-request")]
    [InlineData("/batch_predict", """{"data":[{"text":"a"}],"data":[]}""", "invalid-request")]
    [InlineData("/predict", """{"text":"a"}""", "invalid-request")]
    [InlineData("/predict", """{"texts":[]}""", "invalid-request")]
    [InlineData("/predict", """{"texts":["a"],"texts":["a"]}""", "invalid-request")]
    [InlineData("/predict", """{"texts":["a",""", "invalid-json")]
    [InlineData("/predict", """{"texts":["a"],"numeric_features":{"price":[1,2]}}""", "invalid-request")]
    [InlineData("/predict", """{"texts":["a","b"],"numeric_features":{"price":[1]}}""", "invalid-request")]
    public async Task Stream_WrongFromTheBegin_ProblemAsWithoutAStream(string path, string body, string kind) =>
        (await server.PostAsync(path, body, ("Accept", "text/event-stream"))).ShouldBeProblem(400, kind);

    [Theory]
    [InlineData("/batch_predict")]
    [InlineData("/predict")]
    public async Task Stream_WrongLater_EndsWithTheProblem(string path)
    {
        var texts = Enumerable.Range(0, Rows).Select(row => row == 500 ? (object)4711 : Word(row));
        var events = await StreamAsync(server, path, path == "/predict" ? JsonSerializer.Serialize(new { texts }) : JsonSerializer.Serialize(new { data = texts.Select(text => new { text }) }));
        events[^1].Name.ShouldBe("error");
        events[^1].Data.GetProperty("type").GetString().ShouldBe("urn:plumbline:problem:invalid-request");
        events[^1].Data.GetProperty("status").GetInt32().ShouldBe(400);
        events.ShouldNotContain(one => one.Name == "done");
        var answered = events.Where(one => one.Name == "rows").Sum(one => one.Data.GetProperty("prediction_ids").GetArrayLength());
        answered.ShouldBeInRange(1, 500);
        // Its path counts from the first row without an answer.
        var at = events[^1].Data.GetProperty("errors").EnumerateObject().Single().Name;
        (answered + int.Parse(at[(at.IndexOf('[', StringComparison.Ordinal) + 1)..at.IndexOf(']', StringComparison.Ordinal)], System.Globalization.CultureInfo.InvariantCulture)).ShouldBe(500);
    }

    [Fact]
    public async Task Stream_BeyondItsLimits_Refused()
    {
        await using var small = await RunningServer.StartAsync(RunningServer.Options with { Limits = new RequestLimits { StreamItems = 3, StreamBytes = 2000, BodyBytes = 1000, Items = 2 } });
        var row = """{"text":"a","price":1}""";
        (await StreamAsync(small, "/batch_predict", $$"""{"data":[{{row}},{{row}},{{row}}]}"""))[^1].Data.GetProperty("total").GetInt32().ShouldBe(3);
        (await small.PostAsync("/batch_predict", $$"""{"data":[{{row}},{{row}},{{row}},{{row}}]}""", ("Accept", "text/event-stream"))).ShouldBeProblem(400, "invalid-request", "$.data");
        (await small.PostAsync("/predict", """{"texts":["a","b","a","c"]}""", ("Accept", "text/event-stream"))).ShouldBeProblem(400, "invalid-request", "$.texts");
        (await small.PostAsync("/batch_predict", $$"""{"data":[{"text":"{{new string('x', 3000)}}"}]}""", ("Accept", "text/event-stream"))).ShouldBeProblem(413, "body-too-large");
        (await small.PostAsync("/batch_predict", $$"""{"data":[{"text":"{{new string('x', 1500)}}"}]}""", ("Accept", "text/event-stream"))).ShouldBeProblem(413, "body-too-large");
    }

    [Fact]
    public async Task Stream_ClientGoes_EndsAndIsCounted()
    {
        await using var other = await RunningServer.StartAsync(RunningServer.Options);
        var body = JsonSerializer.Serialize(new { data = Enumerable.Range(0, 100_000).Select(row => new { text = Word(row) }) });
        using (var response = await SendAsync(other, "/batch_predict", body))
        {
            var buffer = new byte[1000];
            await (await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken)).ReadExactlyAsync(buffer, TestContext.Current.CancellationToken);
        }
        string metrics;
        do
            metrics = (await other.GetAsync("/metrics")).Body;
        while (!metrics.Contains("plumbline_errors_total{kind=\"client-closed\"} 1", StringComparison.Ordinal) || !metrics.Contains("plumbline_http_requests_in_flight 1\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Stream_ServerStops_SaysSo()
    {
        var other = await RunningServer.StartAsync(RunningServer.Options);
        var body = JsonSerializer.Serialize(new { data = Enumerable.Range(0, 100_000).Select(row => new { text = Word(row) }) });
        using var response = await SendAsync(other, "/batch_predict", body);
        var stopping = other.Server.StopAsync();
        var events = await ReadAsync(response);
        events[^1].Name.ShouldBe("error");
        events[^1].Data.GetProperty("detail").GetString().ShouldBe("The server is stopping. Send what has no answer yet again.");
        await stopping;
        await other.DisposeAsync();
    }

    private static void ShouldBeTheAnswer(List<(string Name, JsonElement Data)> events, string labels, JsonElement expected)
    {
        events[^1].Name.ShouldBe("done");
        events[^1].Data.ToString().ShouldBe($$"""{"total":{{Rows}}}""");
        var parts = events.Where(one => one.Name == "rows").Select(one => one.Data).ToArray();
        parts.Length.ShouldBeInRange(3, 100);
        parts.SelectMany(part => part.GetProperty(labels).EnumerateArray()).Select(label => label.GetString()).ShouldBe(expected.GetProperty(labels).EnumerateArray().Select(label => label.GetString()));
        parts.SelectMany(part => part.GetProperty("probs").EnumerateArray()).Select(probabilities => probabilities.ToString()).ShouldBe(expected.GetProperty("probs").EnumerateArray().Select(row => row.ToString()));
        parts.SelectMany(part => Missing(part).Select(item => item + part.GetProperty("offset").GetInt32())).ShouldBe(Missing(expected));
        var done = 0;
        foreach (var part in parts)
        {
            part.GetProperty("offset").GetInt32().ShouldBe(done);
            done += part.GetProperty("prediction_ids").GetArrayLength();
        }
        events.Where(one => one.Name == "progress").Select(one => one.Data.GetProperty("done").GetInt32()).Last().ShouldBe(Rows);
        events.Count(one => one.Name == "progress").ShouldBe(parts.Length);

        static IEnumerable<int> Missing(JsonElement part) => part.GetProperty("warnings").GetProperty("missing").GetProperty("price").EnumerateArray().Select(item => item.GetInt32());
    }

    private static async Task<List<(string Name, JsonElement Data)>> StreamAsync(RunningServer server, string path, string body)
    {
        using var response = await SendAsync(server, path, body);
        return await ReadAsync(response);
    }

    private static async Task<HttpResponseMessage> SendAsync(RunningServer server, string path, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Accept.ParseAdd("text/event-stream");
        var response = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        ((int)response.StatusCode).ShouldBe(200);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        return response;
    }

    private static async Task<List<(string Name, JsonElement Data)>> ReadAsync(HttpResponseMessage response)
    {
        var events = new List<(string, JsonElement)>();
        await foreach (var one in SseParser.Create(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken)).EnumerateAsync())
            events.Add((one.EventType, JsonDocument.Parse(one.Data).RootElement));
        return events;
    }
}
