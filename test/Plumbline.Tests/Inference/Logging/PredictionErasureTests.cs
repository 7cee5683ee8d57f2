using Plumbline.Datasets.Aggregates;
using Plumbline.Inference.Logging;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Inference.Logging;

public sealed class PredictionErasureTests : IDisposable
{
    private const string OtherNode = "ffffffffffff";
    private static readonly PredictionQuery All = new(DateTimeOffset.UnixEpoch.AddDays(1), DateTimeOffset.UnixEpoch.AddYears(100));

    private readonly TemporaryFolder _folder = new();
    private readonly ManualTime _time = new() { UnixMilliseconds = LoggedEntries.Begin + 3_600_000 };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Erase_InArchiveAndSegment_GoneFromBoth()
    {
        await using (var archived = Open(LoggedEntries.Node))
            Append(archived, LoggedEntries.Node, 0, 20);
        await using (var open = Open(OtherNode))
        {
            Append(open, OtherNode, 20, 20);
            while (PredictionLogReader.Read(_folder.Path, All).Count() < 40)
                await Task.Delay(10, TestContext.Current.CancellationToken);
            PredictionErasure.Erase(_folder.Path, EntityKind.User, "ann 4", _time).ShouldBe(1);
            PredictionErasure.Erase(_folder.Path, EntityKind.User, "ann 24", _time).ShouldBe(0, "it is in a segment");
            PredictionErasure.Erase(_folder.Path, EntityKind.Item, "ann 6", _time).ShouldBe(0, "no user is an item");
            Users().ShouldBe(Expected(4, 24));
            PredictionErasure.Erase(_folder.Path, EntityKind.User, "ann 4", _time).ShouldBe(0);
        }
        PredictionFolder.SegmentFiles(_folder.Path).ShouldBeEmpty();
        Users().ShouldBe(Expected(4, 24));
    }

    [Fact]
    public async Task Erase_AllOfAFile_AnEmptyTableStaysAndWhatComesLaterIsKept()
    {
        await using (var log = Open(LoggedEntries.Node))
            Append(log, LoggedEntries.Node, 3, 1);
        PredictionErasure.Erase(_folder.Path, EntityKind.Item, "B'00", _time).ShouldBe(1);
        PredictionLogReader.Read(_folder.Path, All).ShouldBeEmpty();
        PredictionFolder.Files(_folder.Path, LoggedEntries.Begin / 3_600_000).Length.ShouldBe(1);
        await using (var log = Open(OtherNode))
            LoggedEntries.Append(log, log.Register(LoggedEntries.Version), 3, _time.UnixMilliseconds + 1, OtherNode);
        PredictionLogReader.Read(_folder.Path, All).Single().Item.ShouldBe("B'00");
    }

    private static IEnumerable<string> Expected(params int[] erased) => Enumerable.Range(0, 40).Where(i => i % 2 == 0).Except(erased).Select(i => $"ann {i}").Order(StringComparer.Ordinal);

    private static void Append(PredictionLog log, string node, int first, int count)
    {
        var version = log.Register(LoggedEntries.Version);
        for (var i = first; i < first + count; i++)
            LoggedEntries.Append(log, version, i, LoggedEntries.Begin + i, node);
    }

    private IEnumerable<string> Users() => PredictionLogReader.Read(_folder.Path, All).Select(prediction => prediction.User).OfType<string>().Order(StringComparer.Ordinal);

    private PredictionLog Open(string node) => PredictionLog.Open(new PredictionLogOptions { Folder = _folder.Path, RetentionDays = 3650 }, node, TimeProvider.System, fault => Assert.Fail(fault));
}
