using System.Text;
using FsCheck.Fluent;
using Plumbline.Datasets.Aggregates;
using Plumbline.Features;
using Plumbline.Features.Online;
using Plumbline.Statistics;
using Plumbline.Tests.Datasets.Aggregates;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Features.Online;

/// <summary>What every feature store must do; each kind runs all of it.</summary>
public abstract class FeatureStoreContract
{
    private const long Day = 86_400_000_000;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    internal ManualTime Time { get; } = new() { UnixMilliseconds = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() };

    /// <summary>A store that is empty, and nobody else's.</summary>
    protected abstract Task<IFeatureStore> OpenAsync(TimeSpan? timeToLive = null);

    [Fact]
    public async Task LookUpAsync_NothingKnown_NotFoundNorComplete()
    {
        await using var store = await OpenAsync();
        var lookup = await FindAsync(store, (EntityKind.User, "u"), (EntityKind.Item, "i"));
        (lookup.IsFound(0), lookup.IsFound(1), lookup.IsComplete).ShouldBe((false, false, false));
        lookup.State(0).ShouldBe(default);
    }

    [Fact]
    public async Task ApplyAsync_ObservationAndLabel_StatesOfUserAndItem()
    {
        await using var store = await OpenAsync();
        (await store.ApplyAsync([Observation("1", "u", "i", 10, Day), Label("1", "u", "i", 5, 2 * Day), Observation("2", " u\t", null, 20, 3 * Day)], Token))
            .ShouldBe(new EventCounts(3, 0));
        var lookup = await FindAsync(store, (EntityKind.User, "u"), (EntityKind.Item, "i"), (EntityKind.Item, "u"));
        var (user, item) = (default(EntityState), default(EntityState));
        user.Observe(10, Day);
        user.ObserveLabel(5, 2 * Day);
        item = user;
        user.Observe(20, 3 * Day);
        lookup.State(0).ShouldBe(user);
        lookup.State(1).ShouldBe(item);
        lookup.IsFound(2).ShouldBeFalse();
    }

    [Fact]
    public async Task ApplyAsync_IdAgain_ChangesNothing()
    {
        await using var store = await OpenAsync();
        var first = Observation("1", "u", "i", 10, Day);
        (await store.ApplyAsync([first, first with { Value = 99 }], Token)).ShouldBe(new EventCounts(1, 1));
        (await store.ApplyAsync([first], Token)).ShouldBe(new EventCounts(0, 1));
        (await FindAsync(store, (EntityKind.User, "u"))).State(0).Characters.ShouldBe(10);
    }

    [Fact]
    public async Task ApplyAsync_ManyWritersOfOneEntity_NothingLost()
    {
        const int Writers = 8, Events = 20;
        await using var store = await OpenAsync();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(
            async () =>
            {
                for (var i = 0; i < Events; i++)
                    await store.ApplyAsync([Observation($"{writer}-{i}", "shared", $"item {writer}", i, (i * Day) + writer)], Token);
            },
            Token)));
        var lookup = await FindAsync(store, (EntityKind.User, "shared"), (EntityKind.Item, "item 3"));
        (lookup.State(0).Records, lookup.State(0).Characters, lookup.State(0).LastTime)
            .ShouldBe((Writers * Events, Writers * Events * (Events - 1) / 2, ((Events - 1) * Day) + Writers - 1));
        lookup.State(1).Records.ShouldBe(Events);
    }

    [Theory]
    [InlineData("", "u", 1, "needs an id")]
    [InlineData("1", " ", 1, "neither user nor item")]
    [InlineData("1", "u", -1, "-1 characters")]
    public async Task ApplyAsync_EventThatCannotBe_NoneApplied(string id, string user, long characters, string message)
    {
        await using var store = await OpenAsync();
        (await Should.ThrowAsync<ArgumentException>(() => store.ApplyAsync([Observation("0", "u", null, 1, Day), Observation(id, user, null, characters, Day)], Token)))
            .Message.ShouldContain(message);
        (await FindAsync(store, (EntityKind.User, "u"))).IsFound(0).ShouldBeFalse();
    }

    [Fact]
    public async Task ApplyAsync_CountsFull_OthersAppliedAndSaid()
    {
        await using var store = await OpenAsync();
        await store.LoadAsync([(EntityKind.User, "full"u8.ToArray(), Full())], replace: false, Token);
        (await Should.ThrowAsync<FeatureStoreException>(() => store.ApplyAsync([Observation("1", "full", "i", 1, Day), Observation("2", "u", null, 1, Day)], Token)))
            .Error.ShouldBe(FeatureStoreError.Overflow);
        var lookup = await FindAsync(store, (EntityKind.User, "full"), (EntityKind.Item, "i"), (EntityKind.User, "u"));
        lookup.State(0).ShouldBe(Full());
        lookup.IsFound(1).ShouldBeFalse();
        lookup.State(2).Records.ShouldBe(1);
    }

    [Fact]
    public async Task ApplyAsync_CountsFullAmongMany_LaterOnesApplied()
    {
        await using var store = await OpenAsync();
        await store.LoadAsync([(EntityKind.User, "full"u8.ToArray(), Full())], replace: false, Token);
        var events = Enumerable.Range(0, 200).Select(i => Observation($"{i}", i == 0 ? "full" : "u", null, 1, Day)).ToArray();
        (await Should.ThrowAsync<FeatureStoreException>(() => store.ApplyAsync(events, Token))).Error.ShouldBe(FeatureStoreError.Overflow);
        (await FindAsync(store, (EntityKind.User, "u"))).State(0).Records.ShouldBe(199);
    }

    [Fact]
    public async Task LookUpAsync_PastTimeToLive_AsIfItHadNeverBeen()
    {
        await using var store = await OpenAsync(TimeSpan.FromHours(1));
        var now = Time.UnixMilliseconds;
        await store.ApplyAsync([Observation("1", "fresh", null, 1, Day)], Token);
        // Redis takes the moment of expiry as it is told, and keeps to its own clock.
        Time.UnixMilliseconds = now - 7_200_000;
        await store.ApplyAsync([Observation("2", "stale", null, 1, Day)], Token);
        Time.UnixMilliseconds = now;
        var lookup = await FindAsync(store, (EntityKind.User, "fresh"), (EntityKind.User, "stale"));
        (lookup.IsFound(0), lookup.IsFound(1)).ShouldBe((true, false));
        await store.ApplyAsync([Observation("3", "stale", null, 1, Day)], Token);
        (await FindAsync(store, (EntityKind.User, "stale"))).State(0).Records.ShouldBe(1);
    }

    [Fact]
    public async Task LoadAsync_EmptyStore_CompleteWithItsEntities()
    {
        await using var store = await OpenAsync();
        var state = default(EntityState);
        state.Observe(7, Day);
        (await store.LoadAsync([(EntityKind.User, "a"u8.ToArray(), state), (EntityKind.Item, "ü"u8.ToArray(), state)], replace: false, Token)).ShouldBe(new LoadCounts(2, 0));
        var lookup = await FindAsync(store, (EntityKind.Item, "ü"), (EntityKind.Item, "a"));
        (lookup.State(0), lookup.IsFound(1), lookup.IsComplete).ShouldBe((state, false, true));
    }

    [Fact]
    public async Task LoadAsync_IdThatNobodyCanAskFor_PassedOverAndCounted()
    {
        await using var store = await OpenAsync();
        var longest = new string('x', EntityEvent.MostIdBytes);
        (await store.LoadAsync([(EntityKind.User, new byte[70_000], default), (EntityKind.User, Encoding.UTF8.GetBytes(longest), default)], replace: false, Token))
            .ShouldBe(new LoadCounts(1, 1));
        (await FindAsync(store, (EntityKind.User, longest))).IsFound(0).ShouldBeTrue();
    }

    [Fact]
    public async Task LoadAsync_StoreWithEntities_OnlyWithReplace()
    {
        await using var store = await OpenAsync();
        await store.ApplyAsync([Observation("1", "old", null, 1, Day)], Token);
        (await Should.ThrowAsync<FeatureStoreException>(() => store.LoadAsync([], replace: false, Token))).Error.ShouldBe(FeatureStoreError.NotEmpty);
        (await FindAsync(store, (EntityKind.User, "old"))).IsFound(0).ShouldBeTrue();
        await store.LoadAsync([], replace: true, Token);
        (await FindAsync(store, (EntityKind.User, "old"))).IsFound(0).ShouldBeFalse();
        (await store.ApplyAsync([Observation("1", "old", null, 1, Day)], Token)).Repeated.ShouldBe(1);
    }

    [Fact]
    public async Task LoadAsync_WithTimeToLive_NeverComplete()
    {
        await using var store = await OpenAsync(TimeSpan.FromDays(1));
        await store.LoadAsync([], replace: false, Token);
        (await FindAsync(store, (EntityKind.User, "u"))).IsComplete.ShouldBeFalse();
    }

    [Fact]
    public async Task ApplyAsync_AnyOrderAndRepeats_StatesOfTheNaiveModel()
    {
        await using var store = await OpenAsync();
        var round = 0;
        foreach (var rows in Gen.Sample(EventRows.Rows().Generator, 30, 25))
        {
            var random = new RandomSource((ulong)++round);
            var events = Events(rows, round);
            var sent = events.Concat(events.Where(_ => random.NextInt32(3) == 0)).ToArray();
            random.Shuffle<EntityEvent>(sent);
            await Task.WhenAll(sent.Chunk(7).Select(chunk => store.ApplyAsync(chunk, Token)));
            foreach (var (kind, id, expected) in NaiveStates(events))
                (await FindAsync(store, (kind, id))).State(0).ShouldBe(expected, $"round {round}: {kind} {id}");
        }
    }

    [Fact]
    public async Task FetchAsync_DataSetReplayedAsEvents_SameBitsAsOffline()
    {
        await using var store = await OpenAsync();
        await store.LoadAsync([], replace: false, Token);
        var contract = new FeatureContract(
            FeatureOptions.Default with { Numeric = new NumericOptions(Aggregates: [.. EntityFeature.All.Select(feature => feature.Name)]) }, 0, []);
        var online = new OnlineFeatures(contract, store, new Dictionary<string, double>());
        var round = 0;
        foreach (var rows in Gen.Sample(EventRows.Rows().Generator, 30, 8))
        {
            round++;
            using var offline = AsOfAggregatesTests.Compute(rows, labelsArriveLater: true, EntityFeature.All);
            var events = Events(rows, round).ToLookup(entityEvent => entityEvent.Time);
            foreach (var time in rows.Where(row => row.Time is not null).Select(row => row.Time!.Value).Concat(events.Select(group => group.Key)).Distinct().Order())
            {
                for (var row = 0; row < rows.Length; row++)
                {
                    if (rows[row].Time == time)
                        await CompareAsync(online, rows[row], round, offline.Row(row).ToArray());
                }
                if (events[time].Any())
                    await store.ApplyAsync([.. events[time]], Token);
            }
        }
    }

    internal static async Task<EntityLookup> FindAsync(IFeatureStore store, params (EntityKind Kind, string Id)[] entities)
    {
        var lookup = new EntityLookup();
        foreach (var (kind, id) in entities)
            lookup.Add(kind, Encoding.UTF8.GetBytes(id));
        await store.LookUpAsync(lookup, Token);
        return lookup;
    }

    internal static EntityEvent Observation(string id, string? user, string? item, long characters, long time) =>
        new(EntityEventKind.Observation, id, user, item, characters, time);

    internal static EntityEvent Label(string id, string? user, string? item, long value, long time) => new(EntityEventKind.Label, id, user, item, value, time);

    private static async Task CompareAsync(OnlineFeatures online, EventRow row, int round, double[] offline)
    {
        var batch = new AggregateBatch();
        batch.Add(Bytes(row.User, round), Bytes(row.Item, round), row.Time!.Value);
        (await online.FetchAsync(batch, Token)).ShouldBeNull();
        batch.Values(0).ToArray().Select(BitConverter.SingleToInt32Bits)
            .ShouldBe(offline.Select(value => BitConverter.SingleToInt32Bits((float)value)), $"round {round}: {row}");
    }

    private static byte[] Bytes(int? entity, int round) => entity is null ? [] : Encoding.UTF8.GetBytes($"{round}/{entity}");

    private static EntityEvent[] Events(EventRow[] rows, int round)
    {
        var events = new List<EntityEvent>();
        foreach (var (index, row) in rows.Index())
        {
            if (row.Time is not { } time || (row.User is null && row.Item is null))
                continue;
            var (user, item) = (row.User is null ? null : $"{round}/{row.User}", row.Item is null ? null : $"{round}/{row.Item}");
            events.Add(Observation($"{round}/{index}", user, item, row.Characters, time));
            if (row is { Label: { } label, LabelTime: { } arrival })
                events.Add(Label($"{round}/{index}", user, item, label, Math.Max(time, arrival)));
        }
        return [.. events];
    }

    private static IEnumerable<(EntityKind Kind, string Id, EntityState State)> NaiveStates(EntityEvent[] events) =>
        from entity in events.SelectMany(entityEvent => new[] { (Kind: EntityKind.User, Id: entityEvent.User), (Kind: EntityKind.Item, Id: entityEvent.Item) }).Distinct()
        where entity.Id is not null
        select (entity.Kind, entity.Id, NaiveState(events.Where(entityEvent => (entity.Kind == EntityKind.User ? entityEvent.User : entityEvent.Item) == entity.Id)));

    private static EntityState NaiveState(IEnumerable<EntityEvent> events)
    {
        var state = default(EntityState);
        foreach (var entityEvent in events.OrderBy(entityEvent => entityEvent.Time))
        {
            if (entityEvent.Kind == EntityEventKind.Observation)
                state.Observe((int)entityEvent.Value, entityEvent.Time);
            else
                state.ObserveLabel(entityEvent.Value, entityEvent.Time);
        }
        return state;
    }

    private static EntityState Full()
    {
        var bytes = new byte[EntityState.Size];
        BitConverter.TryWriteBytes(bytes, int.MaxValue);
        return EntityState.Read(bytes);
    }
}
