using Plumbline.Inference.Caching;
using Plumbline.Storage;
using Plumbline.Tests.Parts;
using StackExchange.Redis;

namespace Plumbline.Tests.Inference.Caching;

/// <summary>Against a real Redis.</summary>
public sealed class RedisAnswersTests(RedisServer redis)
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Find_AddedByAnother_BitEqual()
    {
        var options = await OptionsAsync(redis);
        await using var one = new RedisAnswers(options, Hour, TimeProvider.System);
        await using var two = new RedisAnswers(options, Hour, TimeProvider.System);
        float[] probabilities = [0.1f, MathF.BitIncrement(0.2f), 0.7f, float.Epsilon];
        await UntilAsync(async () =>
        {
            one.Add(Key("a"), new CachedAnswer(3, probabilities));
            return (await two.FindAsync([Key("b"), Key("a")], 4, Token))[1] is { } found && found.Label == 3
                && found.Probabilities.ToArray().Select(BitConverter.SingleToInt32Bits).SequenceEqual(probabilities.Select(BitConverter.SingleToInt32Bits));
        });
        (await two.FindAsync([Key("b")], 4, Token)).ShouldBe([null]);
        await using var other = new RedisAnswers(options with { Prefix = "other" }, Hour, TimeProvider.System);
        await UntilAsync(async () => (await one.FindAsync([Key("a")], 4, Token))[0] is not null);
        (await other.FindAsync([Key("a")], 4, Token)).ShouldBe([null]);
    }

    [Fact]
    public async Task Find_WhatIsNoAnswer_NotThere()
    {
        var options = await OptionsAsync(redis);
        await using var connection = await ConnectionMultiplexer.ConnectAsync(options.Address);
        await using var answers = new RedisAnswers(options, Hour, TimeProvider.System);
        await UntilAsync(async () =>
        {
            answers.Add(Key("a"), new CachedAnswer(1, [0.5f, 0.5f]));
            return (await answers.FindAsync([Key("a")], 2, Token))[0] is not null;
        });
        (await answers.FindAsync([Key("a")], 3, Token)).ShouldBe([null], "of a model with other labels");
        RedisKey key = connection.GetServers()[0].Keys(pattern: $"{options.Prefix}:prediction:1:*").Single();
        (await connection.GetDatabase().KeyTimeToLiveAsync(key))!.Value.ShouldBeInRange(TimeSpan.FromMinutes(59), Hour);
        byte[][] damaged = [[], [1, 0, 0, 0], [2, 0, 0, 0, 0, 0, 0, 63, 0, 0, 0, 63], [255, 255, 255, 255, 0, 0, 0, 63, 0, 0, 0, 63], [0, 0, 0, 0, 0, 0, 192, 127, 0, 0, 0, 63]];
        foreach (var value in damaged)
        {
            await connection.GetDatabase().StringSetAsync(key, value);
            (await answers.FindAsync([Key("a")], 2, Token)).ShouldBe([null]);
        }
    }

    [Fact]
    public async Task Find_RedisKilledMidway_NotThereAtOnceAndNeverAnError()
    {
        using var own = new RedisServer();
        await using var answers = new RedisAnswers(await OptionsAsync(own), Hour, TimeProvider.System);
        await UntilAsync(async () =>
        {
            answers.Add(Key("a"), new CachedAnswer(0, [1]));
            return (await answers.FindAsync([Key("a")], 1, Token))[0] is not null;
        });
        own.Kill();
        await UntilAsync(async () => (await answers.FindAsync([Key("a")], 1, Token))[0] is null && !answers.IsUp);
        for (var i = 0; i < 2000; i++)
        {
            answers.Add(Key("b"), new CachedAnswer(0, [1]));
            (await answers.FindAsync([Key("a"), Key("b")], 1, Token)).ShouldBe([null, null]);
        }
    }

    [Fact]
    public async Task IsUp_RedisThatGoesAndComes_KnownThoughNobodyAsks()
    {
        using var own = RedisProcess.Create();
        Assert.SkipWhen(own is null, "There is no redis-server (Debian's package of that name) on this machine.");
        await using var answers = new RedisAnswers(new RedisOptions { Address = own.Address }, Hour, TimeProvider.System);
        own.Stop();
        await UntilAsync(() => Task.FromResult(!answers.IsUp));
        own.StartAgain();
        await UntilAsync(() => Task.FromResult(answers.IsUp));
    }

    [Fact]
    public async Task Find_NobodyThere_NotThere()
    {
        await using var answers = new RedisAnswers(new RedisOptions { Address = "127.0.0.1:1" }, Hour, TimeProvider.System);
        answers.Add(Key("a"), new CachedAnswer(0, [1]));
        (await answers.FindAsync([Key("a")], 1, Token)).ShouldBe([null]);
    }

    private static async Task<RedisOptions> OptionsAsync(RedisServer redis) => new() { Address = await redis.AddressAsync(), Prefix = $"test-{Guid.NewGuid():N}", Timeout = TimeSpan.FromSeconds(5) };

    private static PredictionKey Key(string text) => PredictionKey.Of(System.Text.Encoding.UTF8.GetBytes(text));

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        while (!await condition())
            await Task.Delay(5, patience.Token);
    }
}
