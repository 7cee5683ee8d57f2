using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Plumbline.Inference.Flags;
using Plumbline.Inference.Routing;
using Plumbline.Server.Flags;
using Plumbline.Server.Hosting;
using Plumbline.Server.Predictions;
using Plumbline.Server.Security;
using Plumbline.Server.Telemetry;
using Plumbline.Server.Tests.Generations;
using Plumbline.Storage;

namespace Plumbline.Server.Tests.Flags;

public sealed class ServedFlagsTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("{}")]
    [InlineData("""{"enabled": false}""")]
    public async Task IsOn_NoneDefinedOrTheSameForEverybody_AllocatesNothing(string? definition)
    {
        using var gate = new AccessGate(RunningServer.Options);
        var defaults = definition is null ? [] : new Dictionary<string, FlagDefinition> { ["shadow"] = FlagDefinition.Parse(definition) };
        await using var flags = new ServedFlags(new FlagOptions { Defaults = defaults }, gate, "reviews", new ServerMetrics(new ServerState(TimeProvider.System)), NullLogger.Instance, TimeProvider.System);
        var context = new DefaultHttpContext();
        using var call = new PredictionCall();
        var isOn = await flags.IsOnAsync(ServerFeature.Shadow, context, call);
        isOn.ShouldBe(definition is null or "{}");
        for (var i = 0; i < 100; i++)
            await flags.IsOnAsync(ServerFeature.Shadow, context, call);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            await flags.IsOnAsync(ServerFeature.Shadow, context, call);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    [Fact]
    public async Task Warnings_StoreThatDoesNotAnswer_ToldBeforeItIsGivenUp()
    {
        using var gate = new AccessGate(RunningServer.Options);
        using var givenUp = new ManualResetEventSlim();
        var options = new FlagOptions
        {
            Open = () =>
            {
                givenUp.Wait();
                throw new MetadataException(MetadataError.Unavailable, "The store does not answer.");
            },
        };
        await using var flags = new ServedFlags(options, gate, "reviews", new ServerMetrics(new ServerState(TimeProvider.System)), NullLogger.Instance, TimeProvider.System);
        await Deployed.UntilAsync(() => Task.FromResult(flags.IsStale));
        flags.Warnings().ShouldHaveSingleItem().ShouldContain("the flags have not been known since");
        givenUp.Set();
    }

    [Fact]
    public async Task Shadow_Off_ShadowsAnswerNothing()
    {
        await using var deployed = await Deployed.WithChampionAsync();
        await deployed.PlanAsync(new TrafficPlan { Shadows = [new("2", 1)] });
        var off = new FlagOptions { Defaults = new Dictionary<string, FlagDefinition> { ["shadow"] = FlagDefinition.Parse("""{"filters": [{"targeting": {"users": ["ann"]}}]}""") } };
        await using var server = await RunningServer.StartAsync(deployed.Options with { Flags = off });
        await Deployed.UntilAsync(async () => (await server.GetAsync("/v1/traffic")).Json.GetProperty("shadows").GetArrayLength() == 1);
        for (var i = 0; i < 20; i++)
            (await server.PredictAsync("""{"text": "a", "entities": {"user": "bob"}}""")).Status.ShouldBe(200);
        (await server.GetAsync("/metrics")).Body.ShouldNotContain("plumbline_shadow_requests_total{");
        await Deployed.UntilAsync(async () =>
        {
            (await server.PredictAsync("""{"text": "a", "entities": {"user": "ann"}}""")).Status.ShouldBe(200);
            return (await server.GetAsync("/metrics")).Body.Contains("plumbline_shadow_requests_total{version=\"reviews/2\",outcome=\"compared\"}", StringComparison.Ordinal);
        });
    }
}
