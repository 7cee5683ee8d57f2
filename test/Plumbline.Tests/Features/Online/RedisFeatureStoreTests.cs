using System.Text;
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
        using var own = new RedisServer();
        await using var store = FeatureStore.Open(await OptionsAsync(own), Time);
        await store.ApplyAsync([Observation("1", "u", null, 1, 1)], Token);
        own.Kill();
        var failure = await Should.ThrowAsync<FeatureStoreException>(() => FindAsync(store, (EntityKind.User, "u")));
        failure.Error.ShouldBe(FeatureStoreError.Unavailable);
        failure.Message.ShouldContain("127.0.0.1");
        (await Should.ThrowAsync<FeatureStoreException>(() => store.ApplyAsync([Observation("2", "u", null, 1, 1)], Token))).Error.ShouldBe(FeatureStoreError.Unavailable);
    }

    [Fact]
    public async Task FetchAsync_RedisGone_DefaultsAndUnavailable()
    {
        using var own = new RedisServer();
        await using var store = FeatureStore.Open(await OptionsAsync(own), Time);
        own.Kill();
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

    [Fact]
    public async Task LoadAsync_AskedMeanwhile_NotCompleteAndTakesNoEvents()
    {
        var options = await OptionsAsync(redis);
        await using var store = FeatureStore.Open(options, Time);
        await using var other = FeatureStore.Open(options, Time);
        await store.LoadAsync([(EntityKind.User, "old"u8.ToArray(), default)], replace: false, Token);
        var asked = 0;
        (await store.LoadAsync(AskingBetween(other, () => asked++), replace: true, Token)).ShouldBe(new LoadCounts(600, 0));
        asked.ShouldBe(1);
        (await FindAsync(other, (EntityKind.User, "old"))).IsComplete.ShouldBeTrue();
        (await other.ApplyAsync([Observation("1", "0", null, 1, 1)], Token)).Applied.ShouldBe(1);
    }

    [Fact]
    public async Task LoadAsync_Fails_NotCompleteAndTakesEvents()
    {
        await using var store = await OpenAsync();
        await store.LoadAsync([(EntityKind.User, "old"u8.ToArray(), default)], replace: false, Token);
        await Should.ThrowAsync<InvalidDataException>(() => store.LoadAsync(
            Enumerable.Range(0, 1).Select<int, (EntityKind, byte[], EntityState)>(_ => throw new InvalidDataException()), replace: true, Token));
        (await FindAsync(store, (EntityKind.User, "old"))).IsComplete.ShouldBeFalse();
        (await store.ApplyAsync([Observation("1", "old", null, 1, 1)], Token)).Applied.ShouldBe(1);
    }

    [Fact]
    public async Task ApplyAsync_WithTimeToLive_NotCompleteAnyMore()
    {
        var options = await OptionsAsync(redis);
        await using var store = FeatureStore.Open(options, Time);
        await store.LoadAsync([], replace: false, Token);
        await using (var forgetful = FeatureStore.Open(options with { TimeToLive = TimeSpan.FromDays(1) }, Time))
            await forgetful.ApplyAsync([Observation("1", "u", null, 1, 1)], Token);
        (await FindAsync(store, (EntityKind.User, "v"))).IsComplete.ShouldBeFalse();
    }

    protected override async Task<IFeatureStore> OpenAsync(TimeSpan? timeToLive = null) => FeatureStore.Open(await OptionsAsync(redis) with { TimeToLive = timeToLive }, Time);

    private static IEnumerable<(EntityKind Kind, byte[] Id, EntityState State)> AskingBetween(IFeatureStore other, Action asked)
    {
        for (var i = 0; i < 600; i++)
        {
            if (i == 599)
            {
                FindAsync(other, (EntityKind.User, "old")).GetAwaiter().GetResult().IsComplete.ShouldBeFalse();
                Should.Throw<FeatureStoreException>(() => other.ApplyAsync([Observation("1", "0", null, 1, 1)], Token)).Message.ShouldContain("is being loaded");
                Should.Throw<FeatureStoreException>(() => other.LoadAsync([], replace: true, Token)).Error.ShouldBe(FeatureStoreError.InUse);
                asked();
            }
            yield return (EntityKind.User, Encoding.UTF8.GetBytes($"{i}"), default);
        }
    }

    /// <summary>Patient, because the machine may have more to do than to answer.</summary>
    private static async Task<FeatureStoreOptions> OptionsAsync(RedisServer redis) => new()
    {
        Kind = FeatureStoreKind.Redis,
        Address = await redis.AddressAsync(),
        Prefix = $"test-{Guid.NewGuid():N}",
        LookupTimeout = TimeSpan.FromSeconds(20),
    };
}
