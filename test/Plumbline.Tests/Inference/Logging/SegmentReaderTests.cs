using FsCheck.Xunit;
using Plumbline.Inference.Logging;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Inference.Logging;

public sealed class SegmentReaderTests : IDisposable
{
    private const int RowsOfABlock = 3;

    private static readonly Lazy<(byte[] Segment, List<int> Ends)> Four = new(() => Written(4));

    private readonly TemporaryFolder _folder = new();

    private string SegmentPath => _folder.File("a.segment");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Next_CutAnywhere_AllWholeBlocksAreThere()
    {
        var (whole, ends) = Write(blocks: 4);
        for (var length = 0; length <= whole.Length; length++)
        {
            File.WriteAllBytes(SegmentPath, whole[..length]);
            Read(out var damaged).ShouldBe(Enumerable.Range(0, RowsOfABlock * ends.Count(end => end <= length)).Select(Id), $"{length} bytes");
            damaged.ShouldBe(0, $"{length} bytes");
        }
    }

    [Property(MaxTest = 300)]
    public void Next_ByteFlippedAnywhere_NoRowIsWrongAndThoseBeforeItAreThere(uint place, byte bits)
    {
        if (bits == 0)
            return;
        var (whole, ends) = Write(blocks: 4);
        var at = (int)(place % (uint)whole.Length);
        whole[at] ^= bits;
        File.WriteAllBytes(SegmentPath, whole);
        var read = Read(out _);
        var before = RowsOfABlock * ends.Count(end => end <= at);
        read.Take(before).ShouldBe(Enumerable.Range(0, at < SegmentBlock.FileHeaderBytes ? 0 : before).Select(Id));
        read.ShouldBe(read.Distinct().Order());
        read.Except(Enumerable.Range(0, RowsOfABlock * 4).Select(Id)).ShouldBeEmpty();
    }

    [Fact]
    public void Next_GarbageBehind_NotSeen()
    {
        var (whole, _) = Write(blocks: 1);
        File.WriteAllBytes(SegmentPath, [.. whole, .. new byte[4096]]);
        Read(out var damaged).Count.ShouldBe(RowsOfABlock);
        damaged.ShouldBe(0);
    }

    [Fact]
    public void Next_BlockDamaged_PassedOverAndCounted()
    {
        var (whole, ends) = Write(blocks: 3);
        whole[ends[1] - 1] ^= 1;
        File.WriteAllBytes(SegmentPath, whole);
        Read(out var damaged).ShouldBe(Enumerable.Range(0, RowsOfABlock).Concat(Enumerable.Range(2 * RowsOfABlock, RowsOfABlock)).Select(Id));
        damaged.ShouldBe(1);
    }

    [Fact]
    public void Next_OtherTimesWanted_NotRead()
    {
        var (whole, _) = Write(blocks: 3);
        File.WriteAllBytes(SegmentPath, whole);
        using var reader = SegmentReader.TryOpen(SegmentPath)!;
        reader.Next((first, last) => first <= LoggedEntries.Begin + 4 && last >= LoggedEntries.Begin + 4).ShouldBeTrue();
        Ids(reader).ShouldBe([Id(3), Id(4), Id(5)]);
        reader.Next((_, _) => false).ShouldBeFalse();
    }

    private static Guid Id(int i) => LoggedEntries.Id(LoggedEntries.Begin + i, i);

    /// <summary>A segment, and where each of its blocks of rows ends.</summary>
    private static (byte[] Segment, List<int> Ends) Write(int blocks) => blocks == 4 ? ([.. Four.Value.Segment], Four.Value.Ends) : Written(blocks);

    private static (byte[] Segment, List<int> Ends) Written(int blocks)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.segment");
        var ends = new List<int>();
        using (var writer = SegmentWriter.Create(path))
        {
            for (var block = 0; block < blocks; block++)
            {
                writer.Append(Rows(block * RowsOfABlock), [LoggedEntries.Version]);
                ends.Add((int)writer.Length);
            }
        }
        return (File.ReadAllBytes(path), ends);
    }

    private static byte[] Rows(int first)
    {
        var rows = new List<byte>();
        for (var i = first; i < first + RowsOfABlock; i++)
        {
            var entry = new PredictionEntry { Version = LoggedEntries.Version, Id = Id(i), Time = i, Label = 0, Probabilities = [0.5f, 0.5f], Numeric = [1, 2], Categories = [0, 0], User = "ann"u8 };
            var row = new byte[PredictionRow.LengthOf(entry, keepsText: false)];
            PredictionRow.Write(entry, keepsText: false, row);
            rows.AddRange(row);
        }
        return [.. rows];
    }

    private List<Guid> Read(out int damaged)
    {
        using var reader = SegmentReader.TryOpen(SegmentPath)!;
        var ids = new List<Guid>();
        while (reader.Next())
            ids.AddRange(Ids(reader));
        damaged = reader.DamagedBlocks;
        return ids;
    }

    private static List<Guid> Ids(SegmentReader reader)
    {
        var ids = new List<Guid>();
        var rows = reader.Rows;
        while (PredictionRow.TryTake(ref rows, out var row))
        {
            row.Fits(reader.Versions[row.Version]).ShouldBeTrue();
            ids.Add(row.Id);
        }
        return ids;
    }
}
