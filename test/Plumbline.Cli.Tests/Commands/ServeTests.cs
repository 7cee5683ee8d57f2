using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;

namespace Plumbline.Cli.Tests.Commands;

public sealed class ServeTests(TrainedHome trained)
{
    [Fact]
    public async Task Serve_PortInUse_IsCode6()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        (await Cli.RunAsync("serve", "--model", "reviews@champion", "--port", port, "--home", trained.Home, "--json")).ShouldFail(6, "network", $"127.0.0.1:{port} is in use");
        using var folder = new TemporaryFolder();
        (await Cli.RunAsync("quickstart", trained.Data, "--port", port, "--home", folder.Home)).Code.ShouldBe(6);
    }

    [Fact]
    public async Task Serve_OpenAddressWithoutKey_IsRefused() =>
        (await Cli.RunAsync("serve", "--model", "reviews@champion", "--address", "0.0.0.0", "--home", trained.Home, "--json")).ShouldFail(2, "usage", "server.api_keys");

    [Fact]
    public async Task Serve_Project_TakesItsModelAndKeysAndPrintsNoSecret()
    {
        const string Secret = "s3cret-of-the-shop-0123";
        using var folder = new TemporaryFolder();
        folder.Write("key", Secret + "\n");
        folder.Write("plumbline.yaml", "model: {name: reviews}\nserver:\n  port: 0\n  trust_loopback: false\n  anonymous_requests_per_minute: 1\n  api_keys: [{name: shop, secret: {file: key}, requests_per_minute: 100}]\n");
        using var process = Cli.Start(folder.Path, "serve", "--home", trained.Home, "--json");
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        var announced = JsonDocument.Parse(line!).RootElement;
        announced.GetProperty("serving").GetString().ShouldBe("reviews/1");
        using var client = new HttpClient { BaseAddress = new Uri(announced.GetProperty("url").GetString()!) };
        client.DefaultRequestHeaders.Authorization = new("Bearer", Secret);
        for (var i = 0; i < 3; i++)
            (await client.PostAsJsonAsync("/predict", new { text = "good" }, TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.OK);
        await Cli.SignalAsync(process, "INT");
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        process.ExitCode.ShouldBe(0);
        (line + await error).ShouldNotContain(Secret);
    }

    [Fact]
    public async Task Serve_GrpcPort_SpeaksHttp2There()
    {
        using var folder = new TemporaryFolder();
        using var process = Cli.Start(folder.Path, "serve", "--model", "reviews@champion", "--port", "0", "--grpc-port", "0", "--home", trained.Home, "--json");
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var announced = JsonDocument.Parse((await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken))!).RootElement;
        var grpc = announced.GetProperty("grpc").GetString();
        using var client = new HttpClient { BaseAddress = new Uri($"http://{grpc}"), DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        (await client.GetStringAsync("/v2/models/reviews/ready", TestContext.Current.CancellationToken)).ShouldBe("""{"name":"reviews","ready":true}""");
        await Cli.SignalAsync(process, "TERM");
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        process.ExitCode.ShouldBe(0);
        (await error).ShouldContain($", over gRPC on {grpc} (Ctrl-C stops)");
    }

    [Fact]
    public async Task Up_NoChampion_TrainsAndServes()
    {
        using var folder = new TemporaryFolder();
        File.Copy(trained.Data, folder.File("reviews.csv"));
        folder.Write("plumbline.yaml", "project: shop\ndata: {path: reviews.csv}\nserver: {port: 0}\n");
        for (var time = 0; time < 2; time++)
        {
            using var process = Cli.Start(folder.Path, "up", "--json");
            var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            var line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            JsonDocument.Parse(line!).RootElement.GetProperty("serving").GetString().ShouldBe("shop/1");
            await Cli.SignalAsync(process, "TERM");
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            process.ExitCode.ShouldBe(0);
            (await error).Contains("training one", StringComparison.Ordinal).ShouldBe(time == 0);
        }
    }
}
