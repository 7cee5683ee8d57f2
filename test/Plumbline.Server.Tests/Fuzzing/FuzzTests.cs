using System.Net;
using System.Text.Json;
using Plumbline.Inference.Logging;
using Plumbline.Storage;

namespace Plumbline.Server.Tests.Fuzzing;

/// <summary>What nobody should send, sent to a server that has all interfaces open. <c>bench/Plumbline.Bench fuzz</c> sends more.</summary>
public sealed class FuzzTests : IAsyncLifetime
{
    private const long Requests = 4000;
    private const ulong Seed = 20261126;

    private readonly TemporaryFolder _folder = new();
    private readonly WatchedLog _log = new();
    private Generations.Deployed _deployed = null!;
    private PredictionServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _deployed = await Generations.Deployed.WithChampionAsync();
        _server = await PredictionServer.StartAsync(_deployed.Logging with
        {
            GrpcPort = 0,
            ApiKeys = [new("fuzzer", RequestFuzzer.Key, int.MaxValue)],
            TrustLoopback = true,
            PredictionLog = new PredictionLogOptions { Folder = _folder.File("predictions") },
            Flags = new FlagOptions { Open = _deployed.OpenStore, LastKnown = _folder.File("known.json") },
            BatchJobs = new BatchJobOptions
            {
                Open = _deployed.OpenStore,
                Resolve = (reference, _) => throw new MetadataException(MetadataError.NotFound, $"There is no {reference}."),
                Locate = (_, _) => Task.FromResult(TestBundle.Directory),
                Home = new Home(_folder.File("home")),
                Paths = [_folder.File("data")],
            },
        }, _log, TestContext.Current.CancellationToken);
        await _server.Ready;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync();
        await _server.DisposeAsync();
        await _deployed.DisposeAsync();
        await _log.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Requests_WrongInEveryWay_NoneFailsTheServerAndNothingIsTold()
    {
        var run = new FuzzRun(At(_server.Address), At(_server.GrpcAddress!), Seed);
        await run.RunAsync(0, Requests, clients: 4);
        run.Failures.ShouldBeEmpty();
        _log.Faults.ShouldBeEmpty();
        run.Probes.ShouldBeGreaterThan(0);
        run.Statuses.Keys.ShouldBeSubsetOf([0, 100, 200, 304, 400, 401, 403, 404, 405, 408, 409, 411, 412, 413, 414, 415, 417, 428, 429, 431, 503, 505]);
        run.Statuses[200].ShouldBeGreaterThan(Requests / 100);
    }

    [Fact]
    public async Task ValidRequests_OfTheInterface_AreOfEveryRoute()
    {
        using var client = new HttpClient { BaseAddress = _server.Address };
        var paths = JsonDocument.Parse(await client.GetStringAsync("/openapi/v1.json", TestContext.Current.CancellationToken)).RootElement.GetProperty("paths");
        foreach (var path in paths.EnumerateObject())
        {
            var parts = path.Name.Split('/');
            foreach (var method in path.Value.EnumerateObject().Select(member => member.Name.ToUpperInvariant()).Where(name => name is "GET" or "POST" or "PUT" or "DELETE"))
                ValidRequests.All.ShouldContain(one => one.Method == method && IsOf(one.Path.Split('/'), parts), $"{method} {path.Name}");
        }
    }

    [Fact]
    public void Make_SameSeedAndNumber_SameBytes()
    {
        for (var number = 0; number < 500; number++)
        {
            new RequestFuzzer(Seed).Make(number).Bytes.ShouldBe(new RequestFuzzer(Seed).Make(number).Bytes);
            new GrpcFuzzer(Seed).Make(number).Bytes.ShouldBe(new GrpcFuzzer(Seed).Make(number).Bytes);
        }
    }

    private static bool IsOf(string[] path, string[] route) => path.Length == route.Length && path.Zip(route).All(pair => pair.First == pair.Second || pair.Second.StartsWith('{'));

    private static IPEndPoint At(Uri address) => new(IPAddress.Loopback, address.Port);
}
