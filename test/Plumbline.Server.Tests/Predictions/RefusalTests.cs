using System.Globalization;
using System.Text;

namespace Plumbline.Server.Tests.Predictions;

public sealed class RefusalTests(RunningServer server)
{
    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("nonsense")]
    [InlineData("""{"texts":["a"]} x""")]
    [InlineData("""{"texts":["a"]}{}""")]
    [InlineData("""{"texts":["a",]}""")]
    [InlineData("""{"texts":["a"] /* why */}""")]
    [InlineData("""{"\ud800":1,"text":"a"}""")]
    [InlineData("""{"x":[[[[[[[[1]]]]]]]],"text":"a"}""")]
    [InlineData("""{"texts":["a" "b"]}""")]
    [InlineData("{\"text\":\"a\u0001b\"}")]
    public async Task Predict_NotJson_Refused(string body)
    {
        (await server.PredictAsync(body)).ShouldBeProblem(400, "invalid-json", "$");
        (await server.PostAsync("/batch_predict", body)).ShouldBeProblem(400, "invalid-json", "$");
    }

    [Theory]
    [InlineData("""{"texts":["\ud800"]}""")]
    [InlineData("""{"text":"\udc00\ud800"}""")]
    [InlineData("""{"numeric_features":{"\udfff":1},"text":"a"}""")]
    public async Task Predict_LoneSurrogate_Refused(string body) => (await server.PredictAsync(body)).ShouldBeProblem(400, "invalid-json", "$");

    [Theory]
    [InlineData("$", "[]")]
    [InlineData("$", "null")]
    [InlineData("$", "{}")]
    [InlineData("$", """{"numeric_features":null}""")]
    [InlineData("$", """{"texts":["a"],"text":"b"}""")]
    [InlineData("$.texts", """{"texts":null}""")]
    [InlineData("$.texts", """{"texts":"a"}""")]
    [InlineData("$.texts", """{"texts":[]}""")]
    [InlineData("$.texts", """{"texts":["a"],"texts":["b"]}""")]
    [InlineData("$.texts[1]", """{"texts":["a",1]}""")]
    [InlineData("$.texts[0]", """{"texts":[null]}""")]
    [InlineData("$.text", """{"text":["a"]}""")]
    [InlineData("$.text", """{"text":"a","text":"a"}""")]
    [InlineData("$.numeric_features", """{"texts":["a"],"numeric_features":[1]}""")]
    [InlineData("$.numeric_features.price", """{"texts":["a","b"],"numeric_features":{"price":[1]}}""")]
    [InlineData("$.numeric_features.price", """{"numeric_features":{"price":[1,2]},"texts":["a"]}""")]
    [InlineData("$.numeric_features.price", """{"texts":["a"],"numeric_features":{"price":1}}""")]
    [InlineData("$.numeric_features.price", """{"text":"a","numeric_features":{"price":[1,2]}}""")]
    [InlineData("$.numeric_features.price", """{"text":"a","numeric_features":{"price":1,"price":1}}""")]
    [InlineData("$.entities", """{"texts":["a"],"entities":"u"}""")]
    [InlineData("$.entities.user", """{"texts":["a"],"entities":{"user":["u","v"]}}""")]
    [InlineData("$.entities.user", """{"texts":["a"],"entities":{"user":"u"}}""")]
    [InlineData("$.entities.item[0]", """{"texts":["a"],"entities":{"item":[true]}}""")]
    [InlineData("$.time", """{"texts":["a"],"time":[]}""")]
    [InlineData("$.time", """{"text":"a","time":{}}""")]
    [InlineData("$.explain", """{"text":"a","explain":51}""")]
    [InlineData("$.explain", """{"text":"a","explain":-1}""")]
    [InlineData("$.explain", """{"text":"a","explain":1.5}""")]
    [InlineData("$.explain", """{"text":"a","explain":"3"}""")]
    [InlineData("$.explain", """{"explain":3,"text":"a","explain":3}""")]
    public async Task Predict_AgainstTheInterface_RefusedWithThePath(string path, string body) =>
        (await server.PredictAsync(body)).ShouldBeProblem(400, "invalid-request", path);

    [Theory]
    [InlineData("$", "{}")]
    [InlineData("$.data", """{"data":{}}""")]
    [InlineData("$.data", """{"data":[]}""")]
    [InlineData("$.data", """{"data":[{"text":"a"}],"data":[{"text":"a"}]}""")]
    [InlineData("$.data[1]", """{"data":[{"text":"a"},"b"]}""")]
    [InlineData("$.data[0]", """{"data":[{"price":1}]}""")]
    [InlineData("$.data[0]", """{"data":[{"text":"a","reviewText":"b"}]}""")]
    [InlineData("$.data[0].reviewText", """{"data":[{"reviewText":7}]}""")]
    [InlineData("$.data[1].price", """{"data":[{"text":"a"},{"text":"a","price":1,"price":2}]}""")]
    public async Task BatchPredict_AgainstTheInterface_RefusedWithThePath(string path, string body) =>
        (await server.PostAsync("/batch_predict", body)).ShouldBeProblem(400, "invalid-request", path);

    [Fact]
    public async Task Predict_NotUtf8_Refused()
    {
        byte[] body = [.. """{"text":"a"""u8, 0xC3, 0x28, .. "\"}"u8];
        (await server.SendAsync(HttpMethod.Post, "/predict", body)).ShouldBeProblem(400, "invalid-json", "$");
    }

    [Fact]
    public async Task Predict_ByteOrderMark_Ignored() =>
        (await server.PredictAsync("\uFEFF{\"text\":\"a\"}")).Status.ShouldBe(200);

    [Fact]
    public async Task Predict_TextAtTheLimit_AnsweredAndOneLongerRefused()
    {
        const int Limit = 20_000;
        // Emoji: one scalar value, two UTF-16 units, four bytes.
        var atLimit = string.Concat(Enumerable.Repeat("😀", Limit));
        (await server.PredictAsync($$"""{"texts":["{{atLimit}}"]}""")).Status.ShouldBe(200);
        var refused = await server.PredictAsync($$"""{"texts":["a","{{atLimit}}a"]}""");
        refused.ShouldBeProblem(400, "invalid-request", "$.texts[1]");
        refused.Json.GetProperty("detail").GetString()!.ShouldContain("20001");
        refused.Body.Length.ShouldBeLessThan(1000);
    }

    [Fact]
    public async Task Predict_ItemsAtTheLimit_AnsweredAndOneMoreRefused()
    {
        static string Body(int count) => $$"""{"texts":[{{string.Join(',', Enumerable.Repeat("\"a\"", count))}}]}""";
        (await server.PredictAsync(Body(1000))).Json.GetProperty("labels").GetArrayLength().ShouldBe(1000);
        (await server.PredictAsync(Body(1001))).ShouldBeProblem(400, "invalid-request", "$.texts");
        (await server.PredictAsync(Body(500_000))).ShouldBeProblem(400, "invalid-request", "$.texts");
    }

    [Fact]
    public async Task Predict_HugeArrayOfNumbers_Refused()
    {
        var numbers = string.Join(',', Enumerable.Repeat("1", 2_000_000));
        (await server.PredictAsync($$$"""{"texts":["a"],"numeric_features":{"price":[{{{numbers}}}]}}""")).ShouldBeProblem(400, "invalid-request", "$.numeric_features.price");
    }

    [Fact]
    public async Task Predict_DeepJson_Refused()
    {
        var deep = new string('[', 1_000_000);
        (await server.PredictAsync($$"""{"texts":["a"],"x":{{deep}}""")).ShouldBeProblem(400, "invalid-json", "$");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Predict_BodyTooLarge_Refused(bool chunked)
    {
        var body = Encoding.UTF8.GetBytes($$"""{"text":"{{new string('a', 9_000_000)}}"}""");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/predict") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.TransferEncodingChunked = chunked;
        request.Headers.ExpectContinue = true;
        using var response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        ((int)response.StatusCode).ShouldBe(413);
        (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("urn:plumbline:problem:body-too-large");
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json; charset=iso-8859-1")]
    [InlineData("application/jsonx")]
    [InlineData("?")]
    [InlineData(null)]
    public async Task Predict_OtherMediaType_Refused(string? mediaType)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/predict") { Content = new ByteArrayContent([.. """{"text":"a"}"""u8]) };
        if (mediaType is not null)
            request.Content.Headers.TryAddWithoutValidation("Content-Type", mediaType);
        using var response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        ((int)response.StatusCode).ShouldBe(415);
        (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("urn:plumbline:problem:unsupported-media-type");
    }

    [Theory]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("Application/JSON;charset=\"UTF-8\"")]
    public async Task Predict_JsonWithCharset_Answered(string mediaType) =>
        (await server.SendRawAsync(Encoding.ASCII.GetBytes(
            $"POST /predict HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {mediaType}\r\nContent-Length: 12\r\n\r\n{{\"text\":\"a\"}}"))).ShouldStartWith("HTTP/1.1 200");

    [Fact]
    public async Task Predict_CompressedBody_Refused() =>
        (await server.PostAsync("/predict", "?", ("Content-Encoding", "gzip"))).ShouldBeProblem(415, "unsupported-media-type");

    [Fact]
    public async Task Predict_OtherMethod_RefusedWithTheRightOne()
    {
        var answer = await server.GetAsync("/predict");
        answer.ShouldBeProblem(405, "method-not-allowed");
        answer.Headers["Allow"].ShouldBe("POST");
    }

    [Fact]
    public async Task Get_UnknownPath_NotFound() => (await server.GetAsync("/nope")).ShouldBeProblem(404, "not-found");

    [Fact]
    public async Task Predict_ChunkedInSmallPieces_Answered()
    {
        var body = """{"texts":["in","pieces"]}""";
        var chunks = string.Concat(body.Select(c => string.Create(CultureInfo.InvariantCulture, $"1\r\n{c}\r\n")));
        var answer = await server.SendRawAsync(Encoding.ASCII.GetBytes(
            $"POST /predict HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n"));
        answer.ShouldStartWith("HTTP/1.1 200");
    }

    [Fact]
    public async Task Predict_BodyOfManySegments_SameAsInOne()
    {
        var texts = string.Join(',', Enumerable.Range(0, 900).Select(i => $"\"{new string((char)('a' + (i % 26)), 300)}\""));
        var answer = await server.PredictAsync($$"""{"texts":[{{texts}}]}""");
        answer.Status.ShouldBe(200);
        var first = await server.PredictAsync($$"""{"texts":["{{new string('a', 300)}}"]}""");
        answer.Json.GetProperty("probs")[26].ToString().ShouldBe(first.Json.GetProperty("probs")[0].ToString());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Predict_ClientLeavesBeforeTheEnd_NoFaultOfOurs(bool reset)
    {
        await using var own = await RunningServer.StartAsync(RunningServer.Options);
        using (var socket = new System.Net.Sockets.TcpClient())
        {
            await socket.ConnectAsync(own.Server.Address.Host, own.Server.Address.Port, TestContext.Current.CancellationToken);
            await socket.GetStream().WriteAsync("POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"text\":"u8.ToArray(), TestContext.Current.CancellationToken);
            while (!(await own.GetAsync("/metrics")).Body.Contains("plumbline_http_requests_in_flight 2", StringComparison.Ordinal))
                await Task.Yield();
            if (reset)
                socket.LingerState = new(enable: true, seconds: 0);
        }
        while (!(await own.GetAsync("/metrics")).Body.Contains("plumbline_http_requests_in_flight 1", StringComparison.Ordinal))
            await Task.Yield();
        (await own.PredictAsync("""{"text":"a"}""")).Status.ShouldBe(200);
        own.Log.ShouldNotContain("\"level\":\"error\"");
    }

    [Fact]
    public async Task Predict_BodyComesTooLate_TimesOutAndTheConnectionGoesOn()
    {
        await using var impatient = await RunningServer.StartAsync(RunningServer.Options with { Timeout = TimeSpan.FromMilliseconds(200) });
        var answer = await impatient.SendRawAsync(
            "POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"text\":"u8.ToArray(), until: "traceId",
            then: "\"a\"}GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"u8.ToArray());
        answer.ShouldStartWith("HTTP/1.1 504");
        answer.ShouldContain("urn:plumbline:problem:timeout");
        answer.ShouldContain("HTTP/1.1 200");
        impatient.Log.ShouldNotContain("Microsoft.AspNetCore.Server.Kestrel");
    }
}
