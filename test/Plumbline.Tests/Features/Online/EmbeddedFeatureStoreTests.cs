using Plumbline.Datasets.Aggregates;
using Plumbline.Features.Online;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Features.Online;

public sealed class EmbeddedFeatureStoreTests : FeatureStoreContract, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string LogPath => _folder.File("events.log");

    private string StatesPath => _folder.File("states.bin");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Open_AfterUpdates_StatesAndIdsAsTheyWere()
    {
        await using (var store = Open())
            await store.ApplyAsync([Observation("1", "u", "i", 10, 5), Label("1", "u", null, 3, 6)], Token);
        await using var again = Open();
        var lookup = await FindAsync(again, (EntityKind.User, "u"), (EntityKind.Item, "i"));
        (lookup.State(0).Characters, lookup.State(0).LabelSum, lookup.State(1).Records).ShouldBe((10, 3, 1));
        (await again.ApplyAsync([Observation("1", "u", "i", 10, 5)], Token)).ShouldBe(new EventCounts(0, 1));
    }

    [Fact]
    public async Task Open_LogCutAnywhere_WholeRecordsAreThere()
    {
        await using (var store = Open())
        {
            await store.ApplyAsync([Observation("1", "u", "i", 1, 1)], Token);
            await store.ApplyAsync([Observation("2", "u", "i", 1, 2)], Token);
        }
        var whole = await File.ReadAllBytesAsync(LogPath, Token);
        var record = (whole.Length - 32) / 2;
        for (var length = 0; length < whole.Length; length++)
        {
            await File.WriteAllBytesAsync(LogPath, whole[..length], Token);
            await using var store = Open();
            var expected = length < 32 ? 0 : (length - 32) / record;
            (await FindAsync(store, (EntityKind.User, "u"))).State(0).Records.ShouldBe(expected, $"{length} bytes");
            (await store.ApplyAsync([Observation("3", "u", null, 1, 3)], Token)).Applied.ShouldBe(1);
        }
    }

    [Fact]
    public async Task Open_GarbageBehindTheLog_PutAside()
    {
        await using (var store = Open())
            await store.ApplyAsync([Observation("1", "u", null, 1, 1)], Token);
        await File.AppendAllTextAsync(LogPath, new string('\0', 4096), Token);
        await using var again = Open();
        again.TornBytes.ShouldBe(4096);
        new FileInfo(LogPath + ".torn").Length.ShouldBe(4096);
        (await FindAsync(again, (EntityKind.User, "u"))).State(0).Records.ShouldBe(1);
    }

    [Theory]
    [InlineData(32 + 20)]
    [InlineData(32 + 1)]
    [InlineData(32 + 20, 32 + 52 + 20)]
    [InlineData(3)]
    [InlineData(24)]
    public async Task Open_LogDamagedBeforeWholeRecords_RefusedAndLeftAlone(params int[] places)
    {
        await using (var store = Open())
        {
            for (var i = 0; i < 3; i++)
                await store.ApplyAsync([Observation($"{i}", "u", null, 1, i)], Token);
        }
        foreach (var at in places)
            await FlipAsync(LogPath, at);
        var damaged = await File.ReadAllBytesAsync(LogPath, Token);
        Should.Throw<FeatureStoreException>(Open).Error.ShouldBe(FeatureStoreError.Damaged);
        (await File.ReadAllBytesAsync(LogPath, Token)).ShouldBe(damaged);
    }

    [Fact]
    public async Task Open_StatesDamaged_Refused()
    {
        await using (var store = Open())
            await store.LoadAsync([(EntityKind.User, "u"u8.ToArray(), default)], replace: false, Token);
        await FlipAsync(StatesPath, 60);
        var failure = Should.Throw<FeatureStoreException>(Open);
        failure.Error.ShouldBe(FeatureStoreError.Damaged);
        failure.Message.ShouldContain("plumbline features load");
    }

    [Fact]
    public async Task Open_OpenElsewhere_InUse()
    {
        await using var store = Open();
        Should.Throw<FeatureStoreException>(Open).Error.ShouldBe(FeatureStoreError.InUse);
    }

    [Fact]
    public async Task ApplyAsync_LogGrown_StatesWrittenAndLogShort()
    {
        await using (var store = EmbeddedFeatureStore.Open(_folder.Path, null, Time, mostLogBytes: 300))
        {
            for (var i = 0; i < 50; i++)
                await store.ApplyAsync([Observation($"{i}", $"u{i % 3}", "i", i, i)], Token);
        }
        new FileInfo(LogPath).Length.ShouldBeLessThan(500);
        await using var again = Open();
        (await FindAsync(again, (EntityKind.Item, "i"))).State(0).Records.ShouldBe(50);
        (await again.ApplyAsync([Observation("0", "u0", "i", 0, 0)], Token)).Repeated.ShouldBe(1);
    }

    [Fact]
    public async Task Open_CrashBetweenNewStatesAndNewLog_NothingCountedTwice()
    {
        await using (var store = Open())
            await store.ApplyAsync([Observation("1", "u", null, 1, 1)], Token);
        var log = await File.ReadAllBytesAsync(LogPath, Token);
        await using (var store = EmbeddedFeatureStore.Open(_folder.Path, null, Time, mostLogBytes: 1))
            await store.ApplyAsync([Observation("2", "u", null, 1, 2)], Token);
        await File.WriteAllBytesAsync(LogPath, log, Token);
        await using var again = Open();
        (await FindAsync(again, (EntityKind.User, "u"))).State(0).Records.ShouldBe(2);
    }

    [Fact]
    public async Task ApplyAsync_FolderGone_SaidAndLookupsGoOn()
    {
        await using var store = EmbeddedFeatureStore.Open(_folder.Path, null, Time, mostLogBytes: 1);
        await store.ApplyAsync([Observation("1", "u", null, 1, 1)], Token);
        Directory.Delete(_folder.Path, recursive: true);
        await File.WriteAllTextAsync(_folder.Path, "", Token);
        (await Should.ThrowAsync<FeatureStoreException>(() => store.ApplyAsync([Observation("2", "u", null, 1, 1)], Token))).Error.ShouldBe(FeatureStoreError.Unavailable);
        (await FindAsync(store, (EntityKind.User, "u"))).IsFound(0).ShouldBeTrue();
        File.Delete(_folder.Path);
        Directory.CreateDirectory(_folder.Path);
    }

    [Fact]
    public async Task ApplyAsync_StatesCannotBeWritten_AcknowledgedAndSaidUntilTheyCan()
    {
        Directory.CreateDirectory(StatesPath);
        await using (var store = EmbeddedFeatureStore.Open(_folder.Path, null, Time, mostLogBytes: 1))
        {
            for (var i = 0; i < 3; i++)
                (await store.ApplyAsync([Observation($"{i}", "u", null, 1, i)], Token)).Applied.ShouldBe(1);
            store.Fault!.ShouldContain("states.bin");
            Directory.Delete(StatesPath);
            await store.ApplyAsync([Observation("3", "u", null, 1, 3)], Token);
            File.Exists(StatesPath).ShouldBeFalse("it waits before it tries again");
            Time.UnixMilliseconds += 60_000;
            await store.ApplyAsync([Observation("4", "u", null, 1, 4)], Token);
            (store.Fault, File.Exists(StatesPath)).ShouldBe((null, true));
            await store.ApplyAsync([Observation("5", "u", null, 1, 5)], Token);
        }
        await using var again = Open();
        (await FindAsync(again, (EntityKind.User, "u"))).State(0).Records.ShouldBe(6);
    }

    [Fact]
    public async Task ApplyAsync_StatesNotThoseOfTheLogAfterAFailure_NothingAcknowledgedUntilTheyAre()
    {
        await using (var store = EmbeddedFeatureStore.Open(_folder.Path, null, Time, mostLogBytes: 1))
        {
            await store.ApplyAsync([Observation("1", "u", null, 1, 1)], Token);
            File.Delete(StatesPath);
            Directory.CreateDirectory(StatesPath);
            for (var i = 2; i < 4; i++)
                (await Should.ThrowAsync<FeatureStoreException>(() => store.ApplyAsync([Observation($"{i}", "u", null, 1, 1)], Token))).Error.ShouldBe(FeatureStoreError.Unavailable);
            Directory.Delete(StatesPath);
            // The second came before anything of it was taken in.
            (await store.ApplyAsync([Observation("2", "u", null, 1, 1), Observation("3", "u", null, 1, 1)], Token)).ShouldBe(new EventCounts(1, 1));
        }
        await using var again = Open();
        (await FindAsync(again, (EntityKind.User, "u"))).State(0).Records.ShouldBe(3);
    }

    [Fact]
    public async Task Open_SomebodyWasForgotten_NotCompleteAnyMore()
    {
        await using (var store = Open())
            await store.LoadAsync([(EntityKind.User, "u"u8.ToArray(), default)], replace: false, Token);
        Time.UnixMilliseconds += 60_000;
        await using (var store = EmbeddedFeatureStore.Open(_folder.Path, TimeSpan.FromSeconds(30), Time, mostLogBytes: 1))
            await store.ApplyAsync([Observation("1", "v", null, 1, 1)], Token);
        await using var again = Open();
        var lookup = await FindAsync(again, (EntityKind.User, "u"));
        (lookup.IsFound(0), lookup.IsComplete).ShouldBe((false, false));
    }

    [Fact]
    public async Task LookUpAsync_Warm_AllocatesNothing()
    {
        await using var store = Open();
        await store.ApplyAsync([Observation("1", "u", "i", 1, 1)], Token);
        var lookup = new EntityLookup();
        long allocated = 0;
        for (var round = 0; round < 100; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            lookup.Clear();
            lookup.Add(EntityKind.User, "u"u8);
            lookup.Add(EntityKind.Item, "i"u8);
            var answer = store.LookUpAsync(lookup, Token);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            answer.IsCompletedSuccessfully.ShouldBeTrue();
        }
        allocated.ShouldBe(0);
        lookup.IsFound(1).ShouldBeTrue();
    }

    [Fact]
    public void TryAdd_MoreThanFit_OldestForgotten()
    {
        var ids = new RememberedIds(most: 3);
        for (var id = 0; id < 4; id++)
            ids.TryAdd((UInt128)id, id).ShouldBeTrue();
        ids.Count.ShouldBe(3);
        ids.TryAdd(3, 4).ShouldBeFalse();
        ids.TryAdd(0, 4).ShouldBeTrue();
        ids.TryAdd(3, 4 + (long)IFeatureStore.RememberIds.TotalMilliseconds).ShouldBeTrue();
        ids.Count.ShouldBe(1);
    }

    protected override Task<IFeatureStore> OpenAsync(TimeSpan? timeToLive = null) => Task.FromResult<IFeatureStore>(EmbeddedFeatureStore.Open(_folder.Path, timeToLive, Time));

    private EmbeddedFeatureStore Open() => EmbeddedFeatureStore.Open(_folder.Path, null, Time);

    private static async Task FlipAsync(string path, int at)
    {
        var bytes = await File.ReadAllBytesAsync(path, Token);
        bytes[at] ^= 0x40;
        await File.WriteAllBytesAsync(path, bytes, Token);
    }
}
