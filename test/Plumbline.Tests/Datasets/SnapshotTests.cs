using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Plumbline.Datasets;

namespace Plumbline.Tests.Datasets;

public sealed class SnapshotTests : IDisposable
{
    private readonly SourceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_AllSplits_EveryRecordOnceInFileOrder()
    {
        var snapshot = _folder.Ingest(_folder.Write("a.csv", SourceFolder.Reviews(20_000)));
        var seen = new SortedDictionary<long, (string Text, string Label)>();
        foreach (var split in Enum.GetValues<Split>())
        {
            long last = -1, count = 0;
            foreach (var batch in snapshot.Read(split, 1_000, TestContext.Current.CancellationToken))
                for (var i = 0; i < batch.Count; i++, count++)
                {
                    batch.Row(i).ShouldBeGreaterThan(last);
                    last = batch.Row(i);
                    seen.Add(last, (Encoding.UTF8.GetString(batch.Text(i)), snapshot.Labels[batch.Label(i)]));
                }
            count.ShouldBe(snapshot.Count(split));
        }
        seen.Count.ShouldBe(20_000);
        foreach (var (row, (text, label)) in seen)
        {
            text.ShouldBe(row % 3 == 0 ? $"He said \"no {row}\",\ntwice" : $"review number {row}");
            label.ShouldBe(row % 2 == 0 ? "good" : "bad");
        }
    }

    [Fact]
    public void Digest_SameContent_SameWhateverThePathThreadsOrFormat()
    {
        var csv = SourceFolder.Reviews(3_000);
        var expected = _folder.Ingest(_folder.Write("a.csv", csv)).Digest;
        _folder.Ingest(_folder.Write("sub/it's [b]?.csv", csv)).Digest.ShouldBe(expected);
        _folder.Ingest(_folder.Write("bom.csv", "\uFEFF" + csv)).Digest.ShouldBe(expected);
        _folder.Ingest(_folder.WriteGzip("c.csv.gz", csv), change: options => options with { Threads = 1 }).Digest.ShouldBe(expected);
        var rows = $"SELECT text, label FROM read_csv('{Path.Combine(Path.GetDirectoryName(_folder.Home.Root)!, "a.csv")}', all_varchar = true, quote = '\"', escape = '\"', header = true)";
        _folder.Ingest(_folder.Copy("[d] *.parquet", rows, "FORMAT parquet")).Digest.ShouldBe(expected);
        _folder.Ingest(_folder.Copy("e.jsonl", rows, "FORMAT json")).Digest.ShouldBe(expected);
        _folder.Ingest(_folder.Copy("f.csv.zst", rows, "FORMAT csv, HEADER, COMPRESSION zstd")).Digest.ShouldBe(expected);
        _folder.Ingest(_folder.Copy("g.jsonl.zst", rows, "FORMAT json, COMPRESSION zstd")).Digest.ShouldBe(expected);
        Directory.EnumerateDirectories(_folder.Snapshots).Count().ShouldBe(1);
    }

    [Fact]
    public void Digest_OfAllKindsOfColumns_IsAsSpecified()
    {
        var path = _folder.Write("a.csv", "text,label,split,user,item,time,price\nüber, a ,train,u1,i1,2010-09-02,1.5\n\"b\0\",c,valid,,i2,never,x\nd,a,test,u1,,,-0\n");
        var snapshot = _folder.Ingest(path, source => source with { Numeric = ["price"] });
        using var bytes = new MemoryStream();
        void Bytes(params ReadOnlySpan<byte> value) => bytes.Write(value);
        void Number(long value, int size)
        {
            Span<byte> buffer = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(buffer, value);
            Bytes(buffer[..size]);
        }
        void Str(string? value)
        {
            Number(value is null ? uint.MaxValue : Encoding.UTF8.GetByteCount(value), 4);
            Bytes(Encoding.UTF8.GetBytes(value ?? ""));
        }
        void Row(string text, string label, string? user, string? item, long time, long price)
        {
            Bytes(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
            Str(label);
            Str(user);
            Str(item);
            Number(time, 8);
            Number(price, 8);
        }
        Bytes("plumbline-snapshot-1\n"u8);
        Number(6, 4);
        foreach (var (name, type) in new[] { ("text", 0), ("label", 1), ("user", 1), ("item", 1), ("time", 2), ("price", 3) })
        {
            Str(name);
            Number(type, 1);
        }
        Row("über", "a", "u1", "i1", 1283385600000000, BitConverter.DoubleToInt64Bits(1.5));
        Row("b\uFFFD", "c", null, "i2", long.MinValue, 0x7FF8000000000000);
        Row("d", "a", "u1", null, long.MinValue, BitConverter.DoubleToInt64Bits(-0.0));
        Number(3, 8);
        Bytes(0, 1, 2);
        snapshot.Digest.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(bytes.ToArray())));
        snapshot.Manifest.TextsWithNul.ShouldBe(1);
        snapshot.Manifest.Unreadable.Select(column => (column.Column, column.Values)).ShouldBe([("time", 1), ("price", 1)]);
        snapshot.Manifest.Unreadable[0].FirstRows.ShouldBe([2]);
        var valid = Read(snapshot, Split.Valid).Single();
        float.IsNaN(valid.Inputs(0)[0]).ShouldBeTrue();
        Read(snapshot, Split.Train).Single().Inputs(0)[0].ShouldBe(1.5f);
    }

    [Fact]
    public void Ingest_NumbersThatBinary32CannotHold_AreUnreadableAndMissing()
    {
        var path = _folder.Write("a.csv", "text,label,split,price\none,a,train,1e39\ntwo,b,train,-1e300\nthree,a,train,3e38\nfour,b,valid,inf\nfive,a,test,2\n");
        var snapshot = _folder.Ingest(path, source => source with { Numeric = ["price"] });
        snapshot.Manifest.Unreadable.Select(column => (column.Column, column.Values)).ShouldBe([("price", 3)]);
        // What is read of them goes into moments: one infinity made the mean of all infinite, which no bundle can be written with.
        var train = Read(snapshot, Split.Train).Single();
        Enumerable.Range(0, train.Count).Select(record => train.Inputs(record)[0]).ShouldBe([float.NaN, float.NaN, 3e38f]);
        float.IsNaN(Read(snapshot, Split.Valid).Single().Inputs(0)[0]).ShouldBeTrue();
    }

    [Fact]
    public void Digest_OtherSplit_Differs()
    {
        var path = _folder.Write("a.csv", SourceFolder.Reviews(500));
        var digests = new ulong[] { 0, 1 }.Select(seed => _folder.Ingest(path, source => source with { Split = new SplitOptions { Seed = seed } }).Digest);
        digests.Distinct().Count().ShouldBe(2);
    }

    [Fact]
    public void Ingest_RecordsWithoutTextOrLabel_AreDroppedAndCounted()
    {
        var snapshot = _folder.Ingest(_folder.Write("a.csv", SourceFolder.Reviews(300) + ",good\nx, \n\" \n\",bad\n,\n"));
        snapshot.Manifest.Counts.Total.ShouldBe(300);
        snapshot.Manifest.Dropped.Select(dropped => (dropped.Reason, dropped.Rows)).ShouldBe([("no text", 3), ("no label", 1)]);
        snapshot.Manifest.Dropped[0].FirstRows.ShouldBe([301, 303, 304]);
    }

    [Fact]
    public void Labels_AllNumbers_AreInOrderOfValue()
    {
        var csv = "text,label\n" + string.Concat(Enumerable.Range(0, 200).Select(i => $"text {i},{new[] { "10", "9", "-1", "2.5" }[i % 4]}\n"));
        _folder.Ingest(_folder.Write("a.csv", csv)).Labels.ShouldBe(["-1", "2.5", "9", "10"]);
    }

    [Fact]
    public void Ingest_EqualTexts_StandOnOneSide()
    {
        var csv = "text,label\n" + string.Concat(Enumerable.Range(0, 600).Select(i => $"text {i % 200},{i % 2}\n"));
        var snapshot = _folder.Ingest(_folder.Write("a.csv", csv));
        Enum.GetValues<Split>().SelectMany(split => Texts(snapshot, split).Distinct()).Count().ShouldBe(200);
    }

    [Fact]
    public void Ingest_ByUser_KeepsEachOnOneSide()
    {
        var csv = "text,label,user\n" + string.Concat(Enumerable.Range(0, 600).Select(i => $"u{i % 60} says {i},{i % 2},u{i % 60}\n"));
        var snapshot = _folder.Ingest(_folder.Write("a.csv", csv), source => source with { Split = new SplitOptions { By = SplitBy.User } });
        Enum.GetValues<Split>().SelectMany(split => Texts(snapshot, split).Select(text => text.Split(' ')[0]).Distinct()).Count().ShouldBe(60);
    }

    [Fact]
    public void Ingest_ByTime_WritesTheMovedSplits()
    {
        var csv = "text,label,time\n" + string.Concat(Enumerable.Range(0, 100).Select(i => $"{i},{i % 2},{1_300_000_000 + i}\n"));
        var snapshot = _folder.Ingest(_folder.Write("a.csv", csv), source => source with { Split = new SplitOptions { By = SplitBy.Time } });
        Texts(snapshot, Split.Train).ShouldBe(Enumerable.Range(0, 70).Select(i => $"{i}"));
        Texts(snapshot, Split.Test).ShouldBe(Enumerable.Range(85, 15).Select(i => $"{i}"));
    }

    [Fact]
    public void Open_Published_HasTheSameManifest()
    {
        var snapshot = _folder.Ingest(_folder.Write("a.csv", SourceFolder.Reviews(300)));
        var opened = Snapshot.Open(snapshot.Directory);
        opened.Labels.ShouldBe(["bad", "good"]);
        opened.Manifest.Sources[0].Name.ShouldEndWith("a.csv");
        opened.Manifest.Classes.Sum(@class => @class.Counts.Total).ShouldBe(300);
        Directory.EnumerateFileSystemEntries(_folder.Snapshots).ShouldBe([snapshot.Directory]);
    }

    [Fact]
    public void Open_Tampered_SaysWhat()
    {
        var directory = _folder.Ingest(_folder.Write("a.csv", SourceFolder.Reviews(300))).Directory;
        var rows = Path.Combine(directory, "rows-00000.parquet");
        var manifest = Path.Combine(directory, "manifest.json");
        var (rowBytes, json) = (File.ReadAllBytes(rows), File.ReadAllText(manifest));

        File.WriteAllBytes(rows, [.. rowBytes[..100], (byte)(rowBytes[100] ^ 1), .. rowBytes[101..]]);
        Opening(directory).ShouldContain("rows-00000.parquet is damaged");
        File.WriteAllBytes(rows, rowBytes[..^1]);
        Opening(directory).ShouldContain("bytes");
        File.Delete(rows);
        Opening(directory).ShouldContain("missing");
        File.WriteAllText(manifest, json.Replace("\"formatVersion\": 2", "\"formatVersion\": 3", StringComparison.Ordinal));
        Opening(directory).ShouldContain("of format 3");
        File.WriteAllText(manifest, json[..^10]);
        Opening(directory).ShouldContain("manifest.json is damaged");
        File.WriteAllText(manifest, json);
        Directory.Move(directory, directory + "x");
        Opening(directory + "x").ShouldContain("renamed");
        Opening(_folder.Snapshots).ShouldContain("is no snapshot");
    }

    [Fact]
    public void Ingest_TextsBeyondMemory_SameDigest()
    {
        var path = _folder.Write("a.csv", "text,label\n" + string.Concat(Enumerable.Range(0, 200).Select(i => $"{i}{new string('x', 100_000)},{i % 2}\n")));
        var digest = _folder.Ingest(path).Digest;
        foreach (var megabytes in new[] { 0, 9 })
            _folder.Ingest(path, change: options => options with { MemoryMegabytes = megabytes }).Digest.ShouldBe(digest);
    }

    [Fact]
    public void Ingest_Cancelled_LeavesNothing()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        var path = _folder.Write("a.csv", SourceFolder.Reviews(20_000));
        Should.Throw<OperationCanceledException>(() => Snapshot.Ingest(new IngestOptions { Source = new SourceOptions { Path = path } }, _folder.Home, null, stop.Token));
        (Directory.Exists(_folder.Snapshots) ? Directory.EnumerateFileSystemEntries(_folder.Snapshots) : []).ShouldBeEmpty();
    }

    private static string Opening(string directory) => Should.Throw<DatasetException>(() => Snapshot.Open(directory)).Message;

    private static IEnumerable<RecordBatch> Read(Snapshot snapshot, Split split) => snapshot.Read(split, stop: TestContext.Current.CancellationToken);

    private static List<string> Texts(Snapshot snapshot, Split split)
    {
        var texts = new List<string>();
        foreach (var batch in Read(snapshot, split))
            for (var i = 0; i < batch.Count; i++)
                texts.Add(Encoding.UTF8.GetString(batch.Text(i)));
        return texts;
    }
}
