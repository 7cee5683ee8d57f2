using Plumbline.Datasets;
using Plumbline.Inference.Logging;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Inference.Logging;

public sealed class PredictionLogTests : IDisposable
{
    private static readonly PredictionQuery All = new(DateTimeOffset.UnixEpoch.AddDays(1), DateTimeOffset.UnixEpoch.AddYears(100));

    private readonly TemporaryFolder _folder = new();

    private PredictionLogOptions Options => new() { Folder = _folder.Path };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Append_Closed_InTheArchiveAsItWas(bool text)
    {
        await using (var log = Open(Options with { Text = text }))
        {
            var version = log.Register(LoggedEntries.Version);
            for (var i = 0; i < 500; i++)
                LoggedEntries.Append(log, version, i, LoggedEntries.Begin + i);
        }
        PredictionFolder.SegmentFiles(_folder.Path).ShouldBeEmpty();
        PredictionFolder.Files(_folder.Path, LoggedEntries.Begin / 3_600_000).Single().ShouldEndWith($"hour=2026-11-26T03/{LoggedEntries.Process}-000000.parquet");
        Read().ShouldBe(Enumerable.Range(0, 500).Select(i => LoggedEntries.Describe(LoggedEntries.Expected(i, LoggedEntries.Begin + i, text))));
    }

    [Fact]
    public async Task Append_LongTexts_ArchivedInTheMemoryThatThereIs()
    {
        const int Rows = 1200;
        const int AtOnce = 240;
        var more = new string('x', 25_000);
        await using (var log = Open(Options with { Text = true }))
        {
            var version = log.Register(LoggedEntries.Version);
            for (var i = 0; i < Rows; i++)
            {
                LoggedEntries.Append(log, version, i, LoggedEntries.Begin + i, more: more);
                if (i % AtOnce == AtOnce - 1)
                    await WaitForAsync(i + 1);
            }
        }
        PredictionFolder.SegmentFiles(_folder.Path).ShouldBeEmpty();
        PredictionLogReader.Read(_folder.Path, All).Count(prediction => prediction.Text!.EndsWith(more, StringComparison.Ordinal)).ShouldBe(Rows);
    }

    [Fact]
    public async Task Append_Open_ReadWithinASecond()
    {
        await using var log = Open(Options);
        var version = log.Register(LoggedEntries.Version);
        for (var i = 0; i < 100; i++)
            LoggedEntries.Append(log, version, i, LoggedEntries.Begin + i);
        await WaitForAsync(100);
        Read().ShouldBe(Enumerable.Range(0, 100).Select(i => LoggedEntries.Describe(LoggedEntries.Expected(i, LoggedEntries.Begin + i, text: false))));
        PredictionLogReader.Find(_folder.Path, [LoggedEntries.Id(LoggedEntries.Begin + 7, 7), LoggedEntries.Id(LoggedEntries.Begin + 8, 7)]).Keys.ShouldBe([LoggedEntries.Id(LoggedEntries.Begin + 7, 7)]);
    }

    [Fact]
    public async Task Append_SegmentsFullAndHoursPassed_EachRowOnceAndFoundById()
    {
        const int Rows = 2000;
        long Time(int i) => LoggedEntries.Begin - 1000 + i;
        await using (var log = Open(Options with { SegmentBytes = 20_000 }))
        {
            var (first, second) = (log.Register(LoggedEntries.Version), log.Register(LoggedEntries.Version with { Version = "reviews/4" }));
            for (var i = 0; i < Rows; i++)
            {
                LoggedEntries.Append(log, i % 2 == 0 ? first : second, i, Time(i));
                if (i % 400 == 399)
                    await WaitForAsync(i + 1);
            }
            log.Dropped.ShouldBe(0);
        }
        PredictionFolder.Hours(_folder.Path).ShouldBe([(LoggedEntries.Begin / 3_600_000) - 1, LoggedEntries.Begin / 3_600_000]);
        PredictionLogReader.Read(_folder.Path, All).Select(prediction => prediction.Id).Order().ShouldBe(Enumerable.Range(0, Rows).Select(i => LoggedEntries.Id(Time(i), i % 1000)).Order());
        var found = PredictionLogReader.Find(_folder.Path, [.. Enumerable.Range(900, 200).Select(i => LoggedEntries.Id(Time(i), i % 1000))]);
        found.Count.ShouldBe(200);
        found[LoggedEntries.Id(Time(1001), 1)].Version.ShouldBe("reviews/4");
        var query = new PredictionQuery(DateTimeOffset.FromUnixTimeMilliseconds(LoggedEntries.Begin), DateTimeOffset.FromUnixTimeMilliseconds(LoggedEntries.Begin + 100), "reviews/3");
        PredictionLogReader.Read(_folder.Path, query).Count().ShouldBe(50);
    }

    [Fact]
    public async Task Read_LogOfFormat1_WholeWithoutTraces()
    {
        await using (var log = Open(Options with { Text = true }))
        {
            var version = log.Register(LoggedEntries.Version);
            for (var i = 0; i < 70; i += 7)
                LoggedEntries.Append(log, version, i, LoggedEntries.Begin + i);
            await WaitForAsync(10);
            var segment = PredictionFolder.SegmentFiles(_folder.Path).Single();
            var written = await File.ReadAllBytesAsync(segment);
            SegmentBlock.FileHeader(1).CopyTo(written, 0);
            await File.WriteAllBytesAsync(segment, written);
            Read().ShouldBe(Expected());
        }
        var file = PredictionFolder.Files(_folder.Path, LoggedEntries.Begin / 3_600_000).Single();
        using (var session = new DuckSession(threads: 1, memoryMegabytes: 256))
            SegmentArchive.Publish(session, $"SELECT * EXCLUDE (trace_id) FROM read_parquet({DuckSession.FileLiteral(file)}, hive_partitioning = false)", Path.GetDirectoryName(file)!, Path.GetFileName(file), groupRows: 2048, default);
        Read().ShouldBe(Expected());

        static IEnumerable<string> Expected() => Enumerable.Range(0, 10).Select(i => LoggedEntries.Describe(LoggedEntries.Expected(i * 7, LoggedEntries.Begin + (i * 7), text: true)));
    }

    [Fact]
    public async Task Append_MoreThanFits_DroppedAndCounted()
    {
        await using (var log = Open(Options with { BufferBytes = 1000 }))
        {
            var version = log.Register(LoggedEntries.Version);
            for (var i = 0; i < 5000; i++)
                LoggedEntries.Append(log, version, i, LoggedEntries.Begin + i);
            log.Dropped.ShouldBeGreaterThan(0);
            await WaitForAsync(5000 - (int)log.Dropped);
        }
    }

    [Fact]
    public async Task Append_DiskFull_AnswersGoOnAndTheRestIsKept()
    {
        using var disk = Datasets.SmallDisk.Mount(1);
        await using (var log = PredictionLog.Open(Options with { Folder = disk.Path, BufferBytes = 200_000, RetentionDays = 3650 }, LoggedEntries.Node, TimeProvider.System))
        {
            var version = log.Register(LoggedEntries.Version);
            for (var i = 0; log.Fault is null && i < 1_000_000; i++)
            {
                LoggedEntries.Append(log, version, i, LoggedEntries.Begin + i);
                if (i % 1000 == 0)
                    await Task.Yield();
            }
            log.Fault.ShouldNotBeNull();
            for (var i = 0; i < 10_000; i++)
                LoggedEntries.Append(log, version, i, LoggedEntries.Begin + i);
            log.Dropped.ShouldBeGreaterThan(0);
        }
    }

    [Fact]
    public async Task Append_UsualAnswer_AllocatesNothing()
    {
        await using var log = Open(Options);
        var version = log.Register(LoggedEntries.Version);
        float[] probabilities = [0.5f, 0.5f], numeric = [1, 2];
        int[] categories = [0, 0];
        Append();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            Append();
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);

        void Append() => log.Append(new PredictionEntry
        {
            Version = version,
            Id = LoggedEntries.Id(LoggedEntries.Begin),
            Time = LoggedEntries.Begin * 1000,
            Label = 0,
            Probabilities = probabilities,
            Numeric = numeric,
            Categories = categories,
            User = "ann"u8,
        });
    }

    [Fact]
    public async Task Open_ProcessOfTheSameNode_Refused()
    {
        await using var log = Open(Options);
        Should.Throw<IOException>(() => PredictionLog.Open(Options, LoggedEntries.Node, TimeProvider.System)).Message.ShouldContain("another process");
    }

    [Fact]
    public async Task Open_FilesTooOld_Removed()
    {
        await using (var log = Open(Options))
            LoggedEntries.Append(log, log.Register(LoggedEntries.Version), 0, LoggedEntries.Begin);
        Read().Length.ShouldBe(1);
        var later = new ManualTime { UnixMilliseconds = LoggedEntries.Begin + (29L * 86_400_000) };
        await OpenAndCloseAsync("ffffffffffff");
        Read().Length.ShouldBe(1);
        later.UnixMilliseconds += 2L * 86_400_000;
        await OpenAndCloseAsync("eeeeeeeeeeee");
        Read().ShouldBeEmpty();

        async Task OpenAndCloseAsync(string node)
        {
            await using var log = PredictionLog.Open(Options, node, later);
        }
    }

    private static PredictionLog Open(PredictionLogOptions options) =>
        PredictionLog.Open(options with { RetentionDays = 3650 }, LoggedEntries.Node, TimeProvider.System, fault => Assert.Fail(fault));

    private string[] Read() => [.. PredictionLogReader.Read(_folder.Path, All).Select(LoggedEntries.Describe)];

    private async Task WaitForAsync(int rows)
    {
        while (PredictionLogReader.Read(_folder.Path, All).Count() < rows)
            await Task.Delay(10, TestContext.Current.CancellationToken);
    }
}
