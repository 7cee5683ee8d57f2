using Plumbline.Datasets;

namespace Plumbline.Tests.Datasets;

public sealed class SnapshotStoreTests : IDisposable
{
    private readonly SourceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void List_Several_NewestFirstAndWithoutTemporaries()
    {
        var old = _folder.Ingest(_folder.Write("a.csv", SourceFolder.Reviews(100)));
        var young = _folder.Ingest(_folder.Write("b.csv", SourceFolder.Reviews(200)));
        File.SetLastWriteTimeUtc(Path.Combine(old.Directory, "manifest.json"), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Directory.CreateDirectory(Path.Combine(_folder.Snapshots, $".{Guid.NewGuid():N}.tmp"));
        var list = new SnapshotStore(_folder.Home).List();
        list.Select(stored => stored.Digest).ShouldBe([young.Digest, old.Digest]);
        list[1].Created.Year.ShouldBe(2020);
        (list[1].Used > list[1].Created).ShouldBeTrue();
        list.ShouldAllBe(stored => stored.Problem == null && stored.Snapshot!.Digest == stored.Digest);
    }

    [Fact]
    public void List_DamagedManifest_SaysWhat()
    {
        var snapshot = _folder.Ingest(_folder.Write("a.csv", SourceFolder.Reviews(100)));
        File.WriteAllText(Path.Combine(snapshot.Directory, "manifest.json"), "{");
        var stored = new SnapshotStore(_folder.Home).List().ShouldHaveSingleItem();
        stored.Snapshot.ShouldBeNull();
        stored.Problem!.ShouldContain("damaged");
    }

    [Fact]
    public void List_ManifestThatMayNotBeRead_SaysSo()
    {
        var snapshot = _folder.Ingest(_folder.Write("a.csv", SourceFolder.Reviews(100)));
        Forbid(snapshot);
        var stored = new SnapshotStore(_folder.Home).List().ShouldHaveSingleItem();
        stored.Snapshot.ShouldBeNull();
        stored.Problem!.ShouldContain("manifest.json may not be read by this user");
        Should.Throw<DatasetException>(() => Snapshot.Open(snapshot.Directory)).Message.ShouldBe(stored.Problem);
    }

    /// <summary>Opening a folder as a file is refused like a file of another user, and to root as well.</summary>
    internal static void Forbid(Snapshot snapshot)
    {
        var manifest = Path.Combine(snapshot.Directory, "manifest.json");
        File.Delete(manifest);
        Directory.CreateDirectory(manifest);
    }

    [Fact]
    public void List_NoHome_IsEmpty() => new SnapshotStore(_folder.Home).List().ShouldBeEmpty();

    [Fact]
    public void Find_DigestPrefixFolderOrDataSet_FindsTheFolder()
    {
        var snapshot = _folder.Ingest(_folder.Write("a.csv", SourceFolder.Reviews(100)));
        _folder.Write("home/datasets/reviews.json", $$"""{"snapshot":"{{snapshot.Digest}}"}""");
        _folder.Write("home/datasets/broken.json", "[]");
        var store = new SnapshotStore(_folder.Home);
        foreach (var name in new[] { snapshot.Digest, snapshot.Digest[..6], snapshot.Directory, "reviews" })
            store.Find(name).ShouldBe(snapshot.Directory);
        foreach (var name in new[] { snapshot.Digest[..5], "none", "../reviews", "", new string('0', 64) })
            Should.Throw<DatasetException>(() => store.Find(name)).Message.ShouldContain("is no snapshot");
        Should.Throw<DatasetException>(() => store.Find("broken")).Message.ShouldContain("broken.json is damaged");
    }

    [Theory]
    [InlineData("Reviews of May")]
    [InlineData("отзывы")]
    [InlineData("team/reviews")]
    [InlineData("what?")]
    [InlineData(".hidden")]
    [InlineData(null)]
    public void Find_AnyNameOfADataSet_FindsItsLastSnapshot(string? name)
    {
        var path = _folder.Write("a.csv", SourceFolder.Reviews(100));
        var snapshot = _folder.Ingest(path, change: options => options with { Name = name });
        new SnapshotStore(_folder.Home).Find(name ?? path).ShouldBe(snapshot.Directory);
        new SnapshotStore(_folder.Home).Find(name ?? Path.GetRelativePath(Directory.GetCurrentDirectory(), path)).ShouldBe(snapshot.Directory);
    }

    [Fact]
    public void Find_LongNameOfADataSet_FindsItsLastSnapshot()
    {
        var name = new string('r', 81);
        var snapshot = _folder.Ingest(_folder.Write("a.csv", SourceFolder.Reviews(100)), change: options => options with { Name = name });
        new SnapshotStore(_folder.Home).TryFind(name).ShouldBe(snapshot.Directory);
    }

    [Fact]
    public void TryFind_SourceThatWasIngested_IsAFileToBeRead()
    {
        var path = _folder.Write("a.csv", SourceFolder.Reviews(100));
        _folder.Ingest(path);
        new SnapshotStore(_folder.Home).TryFind(path).ShouldBeNull();
    }

    [Fact]
    public void Find_AmbiguousPrefix_AsksForMoreDigits()
    {
        foreach (var last in "ab")
            Directory.CreateDirectory(Path.Combine(_folder.Snapshots, new string('0', 63) + last));
        Should.Throw<DatasetException>(() => new SnapshotStore(_folder.Home).Find("000000")).Message.ShouldContain("give more digits");
    }
}
