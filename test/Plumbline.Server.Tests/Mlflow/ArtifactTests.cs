using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Plumbline.Statistics;

namespace Plumbline.Server.Tests.Mlflow;

public sealed class ArtifactTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Upload_LargerThanAnyBody_ComesBackByteForByte()
    {
        await using var tracker = await RunningTracker.StartAsync(options => options with { BodyBytes = 1024 });
        var address = $"{RunningTracker.Artifacts}/0/{await tracker.CreateRunAsync()}/artifacts/dir/naïve file.bin";
        var random = new RandomSource(1);
        var bytes = Enumerable.Range(0, 3_000_001).Select(_ => (byte)random.NextUInt64()).ToArray();
        using var content = new ByteArrayContent(bytes);
        (await tracker.Client.PutAsync(address, content, Token)).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var response = await tracker.Client.GetAsync(address, Token);
        SHA256.HashData(await response.Content.ReadAsByteArrayAsync(Token)).ShouldBe(SHA256.HashData(bytes));
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/octet-stream");
        response.Content.Headers.ContentDisposition!.DispositionType.ShouldBe("attachment");
        response.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
    }

    [Theory]
    [InlineData("..%2f..%2fplumbline.db")]
    [InlineData("%2e%2e/x")]
    [InlineData("a/../../x")]
    [InlineData("a/%2e%2e/x")]
    [InlineData("%252e%252e/x")]
    [InlineData("a%5cb")]
    [InlineData("a%00b")]
    [InlineData("..")]
    [InlineData("a//b")]
    public async Task Any_PathThatLeadsElsewhere_Refused(string path)
    {
        await using var tracker = await RunningTracker.StartAsync();
        var root = $"{RunningTracker.Artifacts}/0/{await tracker.CreateRunAsync()}/artifacts/";
        foreach (var method in (string[])["GET", "PUT", "DELETE"])
            (await SendRawAsync(tracker.Address, method, root + path)).ShouldStartWith("HTTP/1.1 400");
        Directory.Exists(tracker.Home.Runs).ShouldBeFalse();
        Directory.GetFileSystemEntries(tracker.Home.Root).Select(Path.GetFileName).ShouldAllBe(name => name!.StartsWith("plumbline.db", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Any_OfWhatIsNoArtifactPath_Refused()
    {
        await using var tracker = await RunningTracker.StartAsync();
        var run = await tracker.CreateRunAsync();
        (await tracker.GetAsync($"{RunningTracker.Artifacts}?path=0")).ShouldBeError(400, "INVALID_PARAMETER_VALUE", "<experiment>/<run>/artifacts");
        (await tracker.GetAsync($"{RunningTracker.Artifacts}?path=1/{run}/artifacts")).ShouldBeError(404, "RESOURCE_DOES_NOT_EXIST");
        (await tracker.GetAsync($"{RunningTracker.Artifacts}?path=0/{new string('0', 32)}/artifacts")).ShouldBeError(404, "RESOURCE_DOES_NOT_EXIST");
        (await tracker.GetAsync($"{RunningTracker.Artifacts}?path=0/{run}/artifacts/%252e%252e")).ShouldBeError(400, "INVALID_PARAMETER_VALUE");
        (await tracker.GetAsync($"artifacts/list?run_id={run}&path=..")).ShouldBeError(400, "INVALID_PARAMETER_VALUE");
        (await tracker.SendAsync("PUT", $"{RunningTracker.Artifacts}/0/{run}/artifacts", "x")).Status.ShouldBe(400);
        (await tracker.PostAsync($"/api/2.0/mlflow-artifacts/mpu/create/0/{run}/artifacts/a", "{}"))
            .ShouldBeError(501, "NOT_IMPLEMENTED", "Multipart upload is not supported for the current artifact repository");
    }

    [Fact]
    public async Task Experiment_WithItsOwnLocation_ArtifactsAreThere()
    {
        await using var tracker = await RunningTracker.StartAsync();
        var id = (await tracker.OkAsync("POST", "experiments/create", """{"name": "away", "artifact_location": "s3://bucket/a/"}""")).GetProperty("experiment_id").GetString();
        var info = (await tracker.OkAsync("POST", "runs/create", $$"""{"experiment_id": "{{id}}"}""")).GetProperty("run").GetProperty("info");
        var run = info.GetProperty("run_id").GetString();
        info.GetProperty("artifact_uri").GetString().ShouldBe($"s3://bucket/a/{run}/artifacts");
        (await tracker.GetAsync($"artifacts/list?run_id={run}")).ShouldBeError(400, "INVALID_PARAMETER_VALUE", "s3://bucket");
    }

    /// <summary>As no HTTP client would send it; the head of the answer.</summary>
    private static async Task<string> SendRawAsync(Uri address, string method, string target)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(address.Host, address.Port, Token);
        var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{method} {target} HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx"), Token);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadLineAsync(Token) ?? "";
    }
}
