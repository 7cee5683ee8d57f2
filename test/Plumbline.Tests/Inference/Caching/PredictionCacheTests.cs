using Plumbline.Inference.Caching;

namespace Plumbline.Tests.Inference.Caching;

public sealed class PredictionCacheTests
{
    private static readonly PredictionKey Key = PredictionKey.Of("a"u8);

    [Fact]
    public async Task Find_AThousandAtOnce_OneComputes()
    {
        await using var cache = new PredictionCache(new PredictionCacheOptions(), TimeProvider.System);
        var computations = 0;
        var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var asking = Enumerable.Range(0, 1000).Select(async _ =>
        {
            await begin.Task;
            return await AnswerAsync(cache, Key, () => Interlocked.Increment(ref computations));
        }).ToArray();
        begin.SetResult();
        (await Task.WhenAll(asking)).ShouldAllBe(label => label == 1);
        computations.ShouldBe(1);
    }

    [Fact]
    public async Task Abandon_OthersWait_OneOfThemComputes()
    {
        await using var cache = new PredictionCache(new PredictionCacheOptions(), TimeProvider.System);
        cache.Find(Key, out var first, out var leads).ShouldBeNull();
        leads.ShouldBeTrue();
        var computations = 0;
        var waiting = Enumerable.Range(0, 20).Select(_ => AnswerAsync(cache, Key, () => Interlocked.Increment(ref computations))).ToArray();
        waiting.ShouldAllBe(one => !one.IsCompleted);
        cache.Abandon(first!);
        (await Task.WhenAll(waiting)).ShouldAllBe(label => label == 1);
        computations.ShouldBe(1);
    }

    [Fact]
    public async Task Complete_WithoutMemory_ThoseWhoWaitAreAnswered()
    {
        await using var cache = new PredictionCache(new PredictionCacheOptions { MemoryBytes = 0 }, TimeProvider.System);
        cache.Find(Key, out var computation, out _);
        cache.Find(Key, out var other, out var leads);
        leads.ShouldBeFalse();
        other.ShouldBeSameAs(computation);
        cache.Complete(computation!, new CachedAnswer(2, [0, 0, 1]), isShared: false);
        (await other!.Done)!.Label.ShouldBe(2);
        cache.Find(Key, out _, out leads).ShouldBeNull();
        leads.ShouldBeTrue("nothing is kept");
    }

    [Theory]
    [InlineData(-1, 60, "127.0.0.1:1", "server.cache.memory_mib")]
    [InlineData(1, 0, "127.0.0.1:1", "server.cache.ttl_seconds")]
    [InlineData(1, 60, "", "server.cache.redis.address")]
    [InlineData(1, 60, "127.0.0.1:1,password=x", "server.cache.redis.address")]
    public void Options_Wrong_NamedByTheirKey(long memory, double seconds, string address, string key)
    {
        var options = new PredictionCacheOptions { MemoryBytes = memory, TimeToLive = TimeSpan.FromSeconds(seconds), Redis = new Plumbline.Storage.RedisOptions { Address = address } };
        Should.Throw<ArgumentException>(options.Validate).Message.ShouldStartWith(key);
    }

    private static async Task<int> AnswerAsync(PredictionCache cache, PredictionKey key, Func<int> compute)
    {
        while (true)
        {
            if (cache.Find(key, out var computation, out var leads) is { } kept)
                return kept.Label;
            if (!leads)
            {
                if (await computation!.Done is { } given)
                    return given.Label;
                continue;
            }
            await Task.Yield();
            var answer = new CachedAnswer(compute(), [0, 1]);
            cache.Complete(computation!, answer, isShared: false);
            return answer.Label;
        }
    }
}
