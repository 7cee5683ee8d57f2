using System.Net;
using System.Net.Sockets;
using System.Text;
using Plumbline.Bundles;

namespace Plumbline.Server.Tests.Hosting;

public sealed class LifecycleTests
{
    [Fact]
    public async Task Stop_UnderLoad_NoRequestFails()
    {
        var server = await RunningServer.StartAsync(RunningServer.Options);
        using var warm = new CountdownEvent(8);
        var clients = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var answered = 1; ; answered++)
            {
                var answer = await server.PredictAsync("""{"texts":["I could not put it down."]}""");
                answer.Status.ShouldBe(200, answer.Body);
                if (answered == 20)
                    warm.Signal();
                if (answer.Headers.GetValueOrDefault("Connection") == "close")
                    return answered;
            }
        })).ToArray();
        warm.Wait(TestContext.Current.CancellationToken);

        await server.Server.StopAsync();

        (await Task.WhenAll(clients)).ShouldAllBe(answered => answered >= 20);
        await server.DisposeAsync();
    }

    [Fact]
    public async Task Stop_RequestInFlight_FinishedAndMeanwhileNotReady()
    {
        var server = await RunningServer.StartAsync(RunningServer.Options);
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, server.Server.Address.Port, TestContext.Current.CancellationToken);
        var stream = socket.GetStream();
        await stream.WriteAsync("POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"text\":"u8.ToArray(), TestContext.Current.CancellationToken);
        while (!(await server.GetAsync("/metrics")).Body.Contains("plumbline_http_requests_in_flight 2", StringComparison.Ordinal))
            await Task.Yield();

        var stopping = server.Server.StopAsync();
        Answer readiness;
        do
            readiness = await server.GetAsync("/readiness");
        while (readiness.Status == 200);
        readiness.Status.ShouldBe(503);
        readiness.Json.GetProperty("reasons")[0].GetString().ShouldBe("the server is stopping");
        readiness.Headers["Connection"].ShouldBe("close");

        await stream.WriteAsync("\"a\"}"u8.ToArray(), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        (await reader.ReadToEndAsync(TestContext.Current.CancellationToken)).ShouldStartWith("HTTP/1.1 200");
        await stopping;
        await server.DisposeAsync();
    }

    [Fact]
    public async Task Stop_ClientNeverFinishes_EndsWithinTheGraceTime()
    {
        var server = await RunningServer.StartAsync(RunningServer.Options with { Grace = TimeSpan.FromMilliseconds(500) });
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, server.Server.Address.Port, TestContext.Current.CancellationToken);
        await socket.GetStream().WriteAsync("POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{"u8.ToArray(), TestContext.Current.CancellationToken);
        while (!(await server.GetAsync("/metrics")).Body.Contains("plumbline_http_requests_in_flight 2", StringComparison.Ordinal))
            await Task.Yield();
        await server.Server.StopAsync().WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        await server.DisposeAsync();
    }

    [Fact]
    public async Task Start_DamagedBundle_ReadyFailsAndReadinessSaysNo()
    {
        await using var server = await PredictionServer.StartAsync(RunningServer.Options with { Bundle = "/nowhere" }, TextWriter.Null, TestContext.Current.CancellationToken);
        await Should.ThrowAsync<BundleException>(server.Ready);
        using var client = new HttpClient { BaseAddress = server.Address };
        using var readiness = await client.GetAsync("/readiness", TestContext.Current.CancellationToken);
        readiness.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        using var prediction = await client.PostAsync("/predict", new StringContent("""{"text":"a"}""", Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
        prediction.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        prediction.Headers.RetryAfter.ShouldNotBeNull();
        using var health = await client.GetAsync("/health", TestContext.Current.CancellationToken);
        health.StatusCode.ShouldBe(HttpStatusCode.OK);
        using var asked = await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/health"), TestContext.Current.CancellationToken);
        (asked.StatusCode, (await asked.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).Length).ShouldBe((HttpStatusCode.OK, 0));
    }

    [Fact]
    public async Task Start_PortInUse_IOException()
    {
        await using var server = await RunningServer.StartAsync(RunningServer.Options);
        await Should.ThrowAsync<IOException>(PredictionServer.StartAsync(RunningServer.Options with { Port = server.Server.Address.Port }, TextWriter.Null, TestContext.Current.CancellationToken));
    }
}
