using System.Globalization;
using System.Net.ServerSentEvents;
using System.Text.Json;
using Plumbline.Server.Tests.Admission;

namespace Plumbline.Server.Tests.Streaming;

/// <summary>Streams of a graph that takes some milliseconds a text, one at a time.</summary>
public sealed class OverloadedStreamTests : IDisposable
{
    private const int Rows = 200;
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Stream_ChunksAreRefused_AskedForAgainUntilAllAreAnswered()
    {
        await using var server = await StartAsync();
        using var response = await StreamAsync(server);
        ((int)response.StatusCode).ShouldBe(200);
        await using var events = SseParser.Create(await response.Content.ReadAsStreamAsync(Token)).EnumerateAsync(Token).GetAsyncEnumerator(Token);
        (await events.MoveNextAsync()).ShouldBeTrue();
        var answered = Answered(events.Current);
        using var enough = new CancellationTokenSource();
        var callers = Enumerable.Range(0, 3).Select(_ => AskAsync(server, enough.Token)).ToArray();
        while (await RefusedAsync(server) == 0)
            await Task.Yield();
        await enough.CancelAsync();
        await Task.WhenAll(callers);
        var last = "";
        for (; await events.MoveNextAsync(); last = events.Current.EventType)
            answered += Answered(events.Current);
        (answered, last).ShouldBe((Rows, "done"));
    }

    [Theory]
    [InlineData("0", 400)]
    [InlineData("soon", 400)]
    [InlineData("1", 503, 504)]
    public async Task Stream_TimeoutOfTheCaller_HoldsForItsChunks(string milliseconds, params int[] statuses)
    {
        await using var server = await StartAsync();
        using var response = await StreamAsync(server, ("X-Plumbline-Timeout-Ms", milliseconds));
        statuses.ShouldContain((int)response.StatusCode);
    }

    private static int Answered(SseItem<string> one) => one.EventType == "rows" ? JsonDocument.Parse(one.Data).RootElement.GetProperty("prediction_ids").GetArrayLength() : 0;

    /// <summary>Takes turns with the stream, until told otherwise.</summary>
    private static async Task AskAsync(RunningServer server, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
            (await server.PostAsync("/predict", """{"text":"fine"}""", ("Cache-Control", "no-store"))).Status.ShouldBeOneOf(200, 503);
    }

    private static async Task<HttpResponseMessage> StreamAsync(RunningServer server, params (string Name, string Value)[] headers)
    {
        var rows = Enumerable.Range(0, Rows).Select(row => new { text = string.Create(CultureInfo.InvariantCulture, $"story {row}") });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/batch_predict") { Content = new StringContent(JsonSerializer.Serialize(new { data = rows }), null, "application/json") };
        request.Headers.Accept.ParseAdd("text/event-stream");
        request.Headers.Add("X-Plumbline-Priority", "low");
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        return await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
    }

    private static async Task<int> RefusedAsync(RunningServer server) =>
        (await server.GetAsync("/metrics")).Body.Split('\n').Where(line => line.StartsWith("plumbline_requests_shed_total", StringComparison.Ordinal) && line.Contains("priority=\"low\"", StringComparison.Ordinal))
            .Sum(line => int.Parse(line.AsSpan(line.LastIndexOf(' ') + 1), CultureInfo.InvariantCulture));

    private async Task<RunningServer> StartAsync()
    {
        SlowGraph.Write(_folder.File("slow.onnx"), perCall: 0, perText: 4);
        return await RunningServer.StartAsync(
            RunningServer.Options with { Bundle = _folder.File("slow.onnx"), Admission = new AdmissionOptions { Concurrency = 1, QueueTexts = 2 }, Timeout = TimeSpan.FromMinutes(1) });
    }
}
