using Plumbline.Datasets;
using Plumbline.Statistics;
using Plumbline.Storage;

namespace Plumbline.Tests.Datasets;

/// <summary>What an ingest leaves behind on a disk that is full or may not be written.</summary>
public sealed class IngestFaultTests : IDisposable
{
    private readonly SourceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0)] // the spooled texts fill it
    [InlineData(512)] // the rows do
    public void Ingest_DiskFull_SaysSoAndLeavesWhatWasThere(int memoryMegabytes)
    {
        using var disk = SmallDisk.Mount(megabytes: 8);
        var home = new Home(Path.Combine(disk.Path, "home"));
        var earlier = Ingest(_folder.Write("small.csv", SourceFolder.Reviews(300)), home);
        var free = disk.FreeBytes;

        var large = _folder.Write("large.csv", Incompressible(bytes: 12_000_000));
        var message = Should.Throw<IOException>(() => Ingest(large, home, memoryMegabytes)).Message;
        message.ShouldStartWith(home.Root);
        message.ShouldContain("No space left on device");
        message.ShouldContain("--home");
        message.ShouldNotContain("\n");
        Directory.GetFileSystemEntries(home.Snapshots).ShouldBe([earlier.Directory]);
        Snapshot.Open(earlier.Directory).Digest.ShouldBe(earlier.Digest);
        disk.FreeBytes.ShouldBeGreaterThan(free - 65_536);
    }

    [Fact]
    public void Ingest_DiskReadOnly_SaysSo()
    {
        using var disk = SmallDisk.Mount(megabytes: 8);
        var home = new Home(Path.Combine(disk.Path, "home"));
        var earlier = Ingest(_folder.Write("a.csv", SourceFolder.Reviews(300)), home);
        disk.MakeReadOnly();
        var message = Should.Throw<IOException>(() => Ingest(_folder.Write("b.csv", SourceFolder.Reviews(400)), home)).Message;
        message.ShouldStartWith(home.Root);
        message.ShouldContain("Read-only file system");
        message.ShouldContain("--home");
        Snapshot.Open(earlier.Directory).Digest.ShouldBe(earlier.Digest);
    }

    [Fact]
    public void Ingest_HomeIsAFile_SaysSo()
    {
        var home = new Home(_folder.Write("home.txt", "not a folder"));
        Should.Throw<IOException>(() => Ingest(_folder.Write("a.csv", SourceFolder.Reviews(300)), home)).Message.ShouldStartWith(home.Root);
    }

    [Fact]
    public async Task Ingest_ManyWritersOfOneContent_AllSucceedWithOneSnapshot()
    {
        var path = _folder.Write("a.csv", SourceFolder.Reviews(3_000));
        var digests = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => Ingest(path, _folder.Home).Digest, TestContext.Current.CancellationToken)));
        digests.Distinct().ShouldHaveSingleItem();
        Directory.GetFileSystemEntries(_folder.Snapshots).Select(Path.GetFileName).ShouldBe([digests[0]]);
        Snapshot.Open(Path.Combine(_folder.Snapshots, digests[0])).Digest.ShouldBe(digests[0]);
    }

    private static Snapshot Ingest(string path, Home home, int memoryMegabytes = 512) => Snapshot.Ingest(
        new IngestOptions { Source = new SourceOptions { Path = path }, MemoryMegabytes = memoryMegabytes, Threads = 2 }, home, stop: TestContext.Current.CancellationToken);

    private static string Incompressible(int bytes)
    {
        var random = new RandomSource(5);
        var csv = new System.Text.StringBuilder("text,label\n");
        var line = new byte[3_000];
        for (var i = 0; csv.Length < bytes; i++)
        {
            for (var at = 0; at < line.Length; at++)
                line[at] = (byte)random.NextInt32(256);
            csv.Append(Convert.ToBase64String(line)).Append(i % 2 == 0 ? ",good\n" : ",bad\n");
        }
        return csv.ToString();
    }
}
