using System.Diagnostics;
using System.Diagnostics.Metrics;
using Plumbline.Client;

namespace Plumbline.Server.Tests.Client;

/// <summary>The client against servers that fail.</summary>
public sealed class ResilienceTests
{
    private const string Good = """{"label":"5","probs":{"5":1},"warnings":null,"prediction_id":"0198c1de-6b7a-7000-8000-1f0c4d2b9a31","version":"reviews/3"}""";
    private static readonly string Ok = ScriptedServer.Answer("200 OK", Good);
    private static readonly string NotReady = ScriptedServer.Answer(
        "503 Service Unavailable", """{"type":"urn:plumbline:problem:not-ready","title":"t","status":503,"detail":"The model is still being loaded.","traceId":"x"}""", "Retry-After: 0\r\nX-Request-ID: r1\r\n");

    private static PlumblineClientOptions Options => new() { RetryDelay = TimeSpan.FromMilliseconds(1), TryTimeout = TimeSpan.FromSeconds(20) };

    [Fact]
    public async Task Predict_FailsFirst_TriedAgainUnderOneRequestId()
    {
        await using var server = new ScriptedServer(NotReady, ScriptedServer.Answer("429 Too Many Requests", "{}", "Retry-After: 0\r\n"), ScriptedServer.Answer("502 Bad Gateway", "<html>"), Ok);
        (await new PlumblineClient(server.Client, Options).PredictAsync("a")).Label.ShouldBe("5");
        server.Requests.Count.ShouldBe(4);
        server.Requests.Select(request => request.Split("\r\n").Single(line => line.StartsWith("X-Request-ID", StringComparison.OrdinalIgnoreCase))).Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task Predict_FailsAlways_ProblemOfTheLastTry()
    {
        await using var server = new ScriptedServer(NotReady);
        var exception = await Should.ThrowAsync<PlumblineException>(() => new PlumblineClient(server.Client, Options).PredictAsync("a"));
        (exception.Code, exception.Status, exception.Message, exception.RequestId, exception.RetryAfter).ShouldBe(("not-ready", 503, "The model is still being loaded.", "r1", TimeSpan.Zero));
        server.Requests.Count.ShouldBe(4);
    }

    [Fact]
    public async Task Predict_ServerAsksForLongPatience_EndsAtOnce()
    {
        await using var server = new ScriptedServer(ScriptedServer.Answer("429 Too Many Requests", "{}", "Retry-After: 3600\r\n"));
        var exception = await Should.ThrowAsync<PlumblineException>(() => new PlumblineClient(server.Client, Options).PredictAsync("a"));
        (exception.Code, exception.Status, exception.RetryAfter).ShouldBe(("unknown-answer", 429, TimeSpan.FromHours(1)));
        server.Requests.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("400 Bad Request")]
    [InlineData("500 Internal Server Error")]
    public async Task Predict_NotOfTheKindThatPasses_AskedOnce(string status)
    {
        await using var server = new ScriptedServer(ScriptedServer.Answer(status, "no JSON"));
        (await Should.ThrowAsync<PlumblineException>(() => new PlumblineClient(server.Client, Options).PredictAsync("a"))).Code.ShouldBe("unknown-answer");
        server.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Predict_AnotherServerAnswers_UnknownAnswer()
    {
        await using var server = new ScriptedServer(ScriptedServer.Answer("200 OK", "<html>"));
        (await Should.ThrowAsync<PlumblineException>(() => new PlumblineClient(server.Client, Options).PredictAsync("a"))).Code.ShouldBe("unknown-answer");
    }

    [Fact]
    public async Task Predict_NobodyListens_Unreachable() => (await Should.ThrowAsync<PlumblineException>(() =>
        new PlumblineClient(new HttpClient { BaseAddress = new Uri("http://127.0.0.1:1/") }, Options).PredictAsync("a"))).Code.ShouldBe("unreachable");

    [Fact]
    public async Task Feedback_WithoutIdOrTime_SameTimeInEachTry()
    {
        await using var server = new ScriptedServer(NotReady, ScriptedServer.Answer("200 OK", """{"applied":1,"unchanged":0}"""));
        await new PlumblineClient(server.Client, Options).SendFeedbackAsync(new Plumbline.Client.Feedback(Guid.CreateVersion7(), "5"));
        server.Requests.Count.ShouldBe(2);
        var bodies = server.Requests.Select(request => request[request.IndexOf("\r\n\r\n", StringComparison.Ordinal)..]).Distinct().ShouldHaveSingleItem();
        bodies.ShouldContain("\"time\":");
    }

    [Fact]
    public async Task Circuit_FailuresInARow_OpensAndClosesAgain()
    {
        await using var server = new ScriptedServer(NotReady, NotReady, Ok);
        var client = new PlumblineClient(server.Client, Options with { Retries = 0, CircuitTries = 2, CircuitBreak = TimeSpan.FromMilliseconds(500) });
        for (var i = 0; i < 2; i++)
            (await Should.ThrowAsync<PlumblineException>(() => client.PredictAsync("a"))).Code.ShouldBe("not-ready");
        var open = await Should.ThrowAsync<PlumblineException>(() => client.PredictAsync("a"));
        open.Code.ShouldBe("circuit-open");
        server.Requests.Count.ShouldBe(2);
        while (true)
        {
            try
            {
                (await client.PredictAsync("a")).Label.ShouldBe("5");
                break;
            }
            catch (PlumblineException exception) when (exception.Code == "circuit-open")
            {
                await Task.Delay(20);
            }
        }
        server.Requests.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Predict_Cancelled_EndsAtOnce()
    {
        await using var server = new ScriptedServer((string?)null);
        using var cancellation = new CancellationTokenSource();
        var asked = new PlumblineClient(server.Client, Options).PredictAsync("a", cancellation: cancellation.Token);
        while (server.Requests.Count == 0)
            await Task.Yield();
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => asked);
    }

    [Fact]
    public async Task Predict_TryIsTooSlow_AnotherTry()
    {
        await using var server = new ScriptedServer(null, Ok);
        (await new PlumblineClient(server.Client, Options with { TryTimeout = TimeSpan.FromMilliseconds(300) }).PredictAsync("a")).Label.ShouldBe("5");
        await using var silent = new ScriptedServer((string?)null);
        var limits = Options with { Retries = 0, TryTimeout = TimeSpan.FromMilliseconds(100) };
        (await Should.ThrowAsync<PlumblineException>(() => new PlumblineClient(silent.Client, limits).PredictAsync("a"))).Code.ShouldBe("client-timeout");
    }

    [Theory]
    [InlineData("")]
    [InlineData("0\r\n\r\n")]
    public async Task Stream_ServerGoesAway_BrokenAfterTheAnswersBefore(string end)
    {
        const string Rows = "event: rows\ndata: {\"offset\":0,\"predictions\":[\"5\"],\"probs\":[[1]],\"warnings\":null,\"prediction_ids\":[\"0198c1de-6b7a-7000-8000-1f0c4d2b9a31\"],\"version\":\"reviews/3\"}\n\n";
        await using var server = new ScriptedServer(NotReady, $"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n{Rows.Length:x}\r\n{Rows}\r\n{end}");
        var labels = new List<string>();
        var exception = await Should.ThrowAsync<PlumblineException>(async () =>
        {
            await foreach (var one in new PlumblineClient(server.Client, Options).StreamAsync([new PredictionRow("a"), new PredictionRow("b")]))
                labels.Add(one.Label);
        });
        (exception.Code, exception.Message).ShouldBe(("stream-broken", "The stream broke off after 1 rows. Those after them can be sent again."));
        labels.ShouldBe(["5"]);
        server.Requests.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Stream_ServerNeverAnswers_AnotherTryThenClientTimeout()
    {
        await using var server = new ScriptedServer(null, StreamOf(Rows(0), "event: done\ndata: {\"total\":1}\n\n"));
        var labels = new List<string>();
        await foreach (var one in new PlumblineClient(server.Client, Options with { StreamPause = TimeSpan.FromMilliseconds(300) }).StreamAsync([new PredictionRow("a")]))
            labels.Add(one.Label);
        labels.ShouldBe(["5"]);
        await using var silent = new ScriptedServer((string?)null);
        await PauseAsync(silent, Options with { Retries = 0, StreamPause = TimeSpan.FromMilliseconds(100) });
    }

    [Fact]
    public async Task Stream_ReaderTakesLongerThanAPause_GoesOn()
    {
        // More than is read at once, so that there is something to wait for.
        await using var server = new ScriptedServer(StreamOf(Rows(0), $":{new string(' ', 1 << 20)}\n\n", Rows(1), "event: done\ndata: {\"total\":2}\n\n"));
        await using var silent = new ScriptedServer((string?)null);
        var options = Options with { Retries = 0, StreamPause = TimeSpan.FromMilliseconds(500) };
        var indices = new List<int>();
        await foreach (var one in new PlumblineClient(server.Client, options).StreamAsync([new PredictionRow("a"), new PredictionRow("b")]))
        {
            indices.Add(one.Index);
            await PauseAsync(silent, options);
        }
        indices.ShouldBe([0, 1]);
    }

    [Fact]
    public async Task Telemetry_OfARequestThatIsTriedAgain_ActivityDurationAndRetry()
    {
        var (activities, retries, durations) = (new List<Activity>(), 0L, 0);
        using var tracing = new ActivityListener { ShouldListenTo = source => source.Name == "Plumbline.Client", Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData };
        using var root = new Activity("test").SetIdFormat(ActivityIdFormat.W3C).Start();
        tracing.ActivityStopped = activity =>
        {
            if (activity.TraceId == root.TraceId)
                activities.Add(activity);
        };
        ActivitySource.AddActivityListener(tracing);
        using var metering = new MeterListener { InstrumentPublished = (instrument, listener) => { if (instrument.Meter.Name == "Plumbline.Client") listener.EnableMeasurementEvents(instrument); } };
        metering.SetMeasurementEventCallback<long>((instrument, value, _, _) => Interlocked.Add(ref retries, instrument.Name == "plumbline.client.retries" ? value : 0));
        metering.SetMeasurementEventCallback<double>((_, _, _, _) => Interlocked.Increment(ref durations));
        metering.Start();

        await using var server = new ScriptedServer(NotReady, Ok);
        await new PlumblineClient(server.Client, Options).PredictAsync("a");

        activities.ShouldHaveSingleItem().OperationName.ShouldBe("plumbline predict");
        retries.ShouldBeGreaterThanOrEqualTo(1);
        durations.ShouldBeGreaterThanOrEqualTo(1);
    }

    private static string Rows(int offset) =>
        $"event: rows\ndata: {{\"offset\":{offset},\"predictions\":[\"5\"],\"probs\":[[1]],\"warnings\":null,\"prediction_ids\":[\"0198c1de-6b7a-7000-8000-1f0c4d2b9a31\"],\"version\":\"reviews/3\"}}\n\n";

    private static string StreamOf(params string[] events) =>
        $"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: {events.Sum(one => one.Length)}\r\nConnection: close\r\n\r\n{string.Concat(events)}";

    /// <summary>Waits as long as a client waits for a stream.</summary>
    private static async Task PauseAsync(ScriptedServer silent, PlumblineClientOptions options)
    {
        var exception = await Should.ThrowAsync<PlumblineException>(async () => await new PlumblineClient(silent.Client, options).StreamAsync([new PredictionRow("a")]).GetAsyncEnumerator().MoveNextAsync());
        exception.Code.ShouldBe("client-timeout");
    }

    [Fact]
    public void Options_OutOfRange_Named() =>
        Should.Throw<ArgumentException>(() => new PlumblineClient(new HttpClient { BaseAddress = new Uri("http://127.0.0.1/") }, new PlumblineClientOptions { Retries = 21 })).Message.ShouldStartWith("PlumblineClientOptions.Retries must be from 0 to 20.");
}
