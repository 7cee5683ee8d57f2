using Plumbline.Datasets.Aggregates;
using Plumbline.Features;
using Plumbline.Features.Online;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Features.Online;

public sealed class OnlineFeaturesTests : IAsyncDisposable
{
    private static readonly FeatureContract Contract = new(
        FeatureOptions.Default with { Numeric = new NumericOptions(Aggregates: ["item_review_count", "user_avg_len", "user_review_count"]) }, 0, []);

    private readonly TemporaryFolder _folder = new();
    private readonly EmbeddedFeatureStore _store;

    public OnlineFeaturesTests() => _store = EmbeddedFeatureStore.Open(_folder.Path, null, TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task FetchAsync_KnownAndNotSent_AsInTraining()
    {
        await _store.ApplyAsync([FeatureStoreContract.Observation("1", "u", null, 30, 5)], Token);
        var batch = await FetchAsync(_store, [], "u", "", 6);
        batch.Values(0).ToArray().ShouldBe([float.NaN, 30, 1]);
        (batch.Outcome(0, EntityKind.User), batch.Outcome(0, EntityKind.Item)).ShouldBe((EntityOutcome.Found, EntityOutcome.NotSent));
    }

    [Fact]
    public async Task FetchAsync_UnknownInStoreThatIsNotComplete_DefaultsAndNoCount()
    {
        var batch = await FetchAsync(_store, new() { ["user_avg_len"] = 80 }, "new", "new", 6);
        batch.Values(0).ToArray().ShouldBe([float.NaN, 80, float.NaN]);
        batch.Outcome(0, EntityKind.User).ShouldBe(EntityOutcome.Unknown);
    }

    [Fact]
    public async Task FetchAsync_UnknownInCompleteStore_CountIsATrueZero()
    {
        await _store.LoadAsync([], replace: false, Token);
        var batch = await FetchAsync(_store, new() { ["user_review_count"] = 9, ["item_review_count"] = 9 }, "new", "new", 6);
        batch.Values(0).ToArray().ShouldBe([0, float.NaN, 0]);
        batch.Outcome(0, EntityKind.User).ShouldBe(EntityOutcome.Unknown);
    }

    [Fact]
    public async Task FetchAsync_NoStore_Unavailable()
    {
        var batch = await FetchAsync(null, new() { ["user_review_count"] = 9 }, "u", "i", 6);
        batch.Values(0).ToArray().ShouldBe([float.NaN, float.NaN, 9]);
        batch.Outcome(0, EntityKind.Item).ShouldBe(EntityOutcome.Unavailable);
    }

    private static async Task<AggregateBatch> FetchAsync(IFeatureStore? store, Dictionary<string, double> defaults, string user, string item, long time)
    {
        var batch = new AggregateBatch();
        batch.Add(System.Text.Encoding.UTF8.GetBytes(user), System.Text.Encoding.UTF8.GetBytes(item), time);
        (await new OnlineFeatures(Contract, store, defaults).FetchAsync(batch, Token)).ShouldBeNull();
        return batch;
    }
}
