using Plumbline.Features.Online;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Features.Online;

public sealed class ServedFeatureLogTests
{
    [Fact]
    public async Task Record_Closed_ReadBackInOrder()
    {
        using var folder = new TemporaryFolder();
        await using (var log = new ServedFeatureLog(folder.Path, TimeProvider.System))
        {
            for (var i = 0; i < 100; i++)
                log.Record(Served(i));
        }
        var read = ServedFeatureLog.Read(folder.Path).ToArray();
        read.Select(served => served.ToJson()).ShouldBe(Enumerable.Range(0, 100).Select(i => Served(i).ToJson()));
        read[7].Values["user_avg_len"].ShouldBe(7.1f);
        read[7].Values["item_avg_len"].ShouldBeNull();
    }

    [Fact]
    public async Task Record_FilesFull_OldestGo()
    {
        using var folder = new TemporaryFolder();
        await using (var log = new ServedFeatureLog(folder.Path, TimeProvider.System, mostFileBytes: 1000, mostFiles: 3))
        {
            for (var i = 0; i < 200; i++)
                log.Record(Served(i));
        }
        Directory.GetFiles(folder.Path).Length.ShouldBe(3);
        var kept = ServedFeatureLog.Read(folder.Path).Select(served => served.AsOf).ToArray();
        kept.ShouldBe(Enumerable.Range(200 - kept.Length, kept.Length).Select(i => (long)i));
    }

    [Fact]
    public async Task Read_LineCut_PassedOver()
    {
        using var folder = new TemporaryFolder();
        await using (var log = new ServedFeatureLog(folder.Path, TimeProvider.System))
            log.Record(Served(1));
        await File.AppendAllTextAsync(Directory.GetFiles(folder.Path).Single(), """{"prediction_id":"0""", TestContext.Current.CancellationToken);
        ServedFeatureLog.Read(folder.Path).Count().ShouldBe(1);
    }

    [Fact]
    public async Task Record_FolderGone_AllCounted()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("served");
        var log = new ServedFeatureLog(path, TimeProvider.System);
        Directory.Delete(path);
        for (var i = 0; i < 100; i++)
            log.Record(Served(i));
        await log.DisposeAsync();
        log.Dropped.ShouldBe(100);
    }

    [Fact]
    public void Read_NothingServed_Empty() => ServedFeatureLog.Read("/nowhere").ShouldBeEmpty();

    private static ServedFeatures Served(int i) => new(
        new Guid(i, 0, 0, new byte[8]), "request", "reviews/3", "u", null, i, new Dictionary<string, float?> { ["user_avg_len"] = i + 0.1f, ["item_avg_len"] = null },
        EntityOutcome.Found, EntityOutcome.NotSent);
}
