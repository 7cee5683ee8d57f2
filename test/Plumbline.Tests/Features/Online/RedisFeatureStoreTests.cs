using Plumbline.Datasets.Aggregates;
using Plumbline.Features;
using Plumbline.Features.Online;
using Plumbline.Tests.Parts;

namespace Plumbline.Tests.Features.Online;

public sealed class RedisFeatureStoreTests(RedisServer redis) : FeatureStoreContract
{
    [Fact]
    public async Task ApplyAsync_TwoProcessesOfOneStore_NothingLost()
    {
        var options = await OptionsAsync(redis);
        await using var one = FeatureStore.Open(options, Time);
        await using var two = FeatureStore.Open(options, Time);
        IFeatureStore[] stores = [one, two];
        await Task.WhenAll(Enumerable.Range(0, 6).Select(writer => Task.Run(
            async () =>
            {
                for (var i = 0; i < 10; i++)
                    await stores[writer % 2].ApplyAsync([.. Enumerable.Range(0, 5).Select(part => Observation($"{writer}-{i}-{part}", "shared", null, 1, i))], Token);
            },
            Token)));
        (await FindAsync(one, (EntityKind.User, "shared"))).State(0).Records.ShouldBe(300);
    }

    [Fact]
    public async Task LookUpAsync_RedisGone_UnavailableWithoutTheSecret()
    {
        await using var own = new RedisServer();
        await using var store = FeatureStore.Open(await OptionsAsync(own), Time);
        await store.ApplyAsync([Observation("1", "u", null, 1, 1)], Token);
        await own.KillAsync();
        var failure = await Should.ThrowAsync<FeatureStoreException>(() => FindAsync(store, (EntityKind.User, "u")));
        failure.Error.ShouldBe(FeatureStoreError.Unavailable);
        failure.Message.ShouldContain("127.0.0.1");
        (await Should.ThrowAsync<FeatureStoreException>(() => store.ApplyAsync([Observation("2", "u", null, 1, 1)], Token))).Error.ShouldBe(FeatureStoreError.Unavailable);
    }

    [Fact]
    public async Task FetchAsync_RedisGone_DefaultsAndUnavailable()
    {
        await using var own = new RedisServer();
        await using var store = FeatureStore.Open(await OptionsAsync(own), Time);
        await own.KillAsync();
        var contract = new FeatureContract(FeatureOptions.Default with { Numeric = new NumericOptions(Aggregates: ["user_avg_len", "item_review_count"]) }, 0, []);
        var online = new OnlineFeatures(contract, store, new Dictionary<string, double> { ["user_avg_len"] = 120 });
        for (var attempt = 0; attempt < 20; attempt++)
        {
            var batch = new AggregateBatch();
            batch.Add("u"u8, "i"u8, 1);
            (await online.FetchAsync(batch, Token))!.Error.ShouldBe(FeatureStoreError.Unavailable);
            batch.Values(0).ToArray().ShouldBe([120, float.NaN]);
            batch.Outcome(0, EntityKind.User).ShouldBe(EntityOutcome.Unavailable);
        }
    }

    protected override async Task<IFeatureStore> OpenAsync(TimeSpan? timeToLive = null) => FeatureStore.Open(await OptionsAsync(redis) with { TimeToLive = timeToLive }, Time);

    /// <summary>Patient, because the machine may have more to do than to answer.</summary>
    private static async Task<FeatureStoreOptions> OptionsAsync(RedisServer redis) => new()
    {
        Kind = FeatureStoreKind.Redis,
        Address = await redis.AddressAsync(),
        Prefix = $"test-{Guid.NewGuid():N}",
        LookupTimeout = TimeSpan.FromSeconds(20),
    };
}
