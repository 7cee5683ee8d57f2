using Plumbline.Storage;
using Plumbline.Storage.Artifacts;
using Plumbline.Tests.Datasets;

namespace Plumbline.Tests.Storage.Artifacts;

public sealed class FileArtifactStoreTests : ArtifactStoreContract
{
    private string Root => Folder.File("store");

    private protected override Task<IObjectStore> ConnectAsync() => Task.FromResult<IObjectStore>(new FileObjectStore(Root));

    [Fact]
    public async Task Any_SymbolicLinkOnTheWay_Refused()
    {
        using var store = await OpenAsync();
        await PutAsync(store, "a", "x");
        var secret = Folder.File("secret");
        await File.WriteAllTextAsync(secret, "s", Token);
        var folder = Path.Combine(Root, "files", "runs", Run.Id);
        File.CreateSymbolicLink(Path.Combine(folder, "link"), secret);
        Directory.CreateSymbolicLink(Path.Combine(folder, "out"), Folder.Path);
        (await store.ListAsync(Run, [], Token)).Select(file => file.Name).ShouldBe(["a"]);
        foreach (var path in (string[])["link", "out/secret"])
        {
            (await Should.ThrowAsync<MetadataException>(() => store.FindAsync(Run, path.Split('/'), Token))).Error.ShouldBe(MetadataError.Invalid);
            (await Should.ThrowAsync<MetadataException>(() => PutAsync(store, path, "y"))).Error.ShouldBe(MetadataError.Invalid);
            (await Should.ThrowAsync<MetadataException>(() => store.DeleteAsync(Run, path.Split('/'), Token))).Error.ShouldBe(MetadataError.Invalid);
        }
        File.ReadAllText(secret).ShouldBe("s");
    }

    [Fact]
    public async Task Delete_LastOfAFolder_TakesItAlongWhileOthersPut()
    {
        using var store = await OpenAsync();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(async () =>
        {
            for (var i = 0; i < 40; i++)
            {
                await PutAsync(store, $"folder/{worker}", $"{i}");
                await store.DeleteAsync(Run, ["folder", $"{worker}"], Token);
            }
        })));
        Directory.Exists(Path.Combine(Root, "files")).ShouldBeFalse();
    }

    [Fact]
    public async Task Collect_AbandonedUpload_GoesAfterADay()
    {
        using var store = await OpenAsync();
        var left = Path.Combine(Root, "uploads", ".0123.tmp");
        await File.WriteAllTextAsync(left, "half", Token);
        (await store.CollectAsync(dryRun: false, Token)).Uploads.ShouldBe(0);
        File.SetLastWriteTimeUtc(left, TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(-25));
        (await store.CollectAsync(dryRun: true, Token)).Uploads.ShouldBe(1);
        (await store.CollectAsync(dryRun: false, Token)).Uploads.ShouldBe(1);
        File.Exists(left).ShouldBeFalse();
    }

    [Fact]
    public async Task Put_DiskFull_SaysSoAndLeavesWhatWasThere()
    {
        using var disk = SmallDisk.Mount(megabytes: 8);
        using var store = await ArtifactStore.OpenAsync(new FileObjectStore(Path.Combine(disk.Path, "store")), TimeProvider.System, Token);
        var earlier = await store.PutAsync(new MemoryStream(Bytes(100_000)), Token);
        var free = disk.FreeBytes;
        var failure = await Should.ThrowAsync<MetadataException>(() => store.PutAsync(new MemoryStream(Bytes(9_000_000)), Token));
        failure.Error.ShouldBe(MetadataError.Unavailable);
        failure.Message.ShouldContain(disk.Path);
        failure.Message.ShouldContain("No space left on device");
        disk.FreeBytes.ShouldBeGreaterThan(free - 65_536);
        (await ReadAsync(await store.OpenReadAsync(earlier, Token))).AsSpan().SequenceEqual(Bytes(100_000)).ShouldBeTrue();

        using var source = await OpenAsync();
        var (tree, folder) = await FolderOfAsync("does not fit");
        await File.WriteAllBytesAsync(Path.Combine(folder, "larger.bin"), Bytes(8_500_000), Token);
        await source.SealAsync(tree, folder, Token);
        var home = Path.Combine(disk.Path, "bundles");
        (await Should.ThrowAsync<MetadataException>(() => source.FetchAsync(tree, home, Token))).Message.ShouldContain("No space left on device");
        Directory.GetFileSystemEntries(home).ShouldBeEmpty();
    }

    [Fact]
    public async Task Put_DiskReadOnly_SaysSoAndReads()
    {
        using var disk = SmallDisk.Mount(megabytes: 8);
        var root = Path.Combine(disk.Path, "store");
        Blob blob;
        using (var writable = await ArtifactStore.OpenAsync(new FileObjectStore(root), TimeProvider.System, Token))
            blob = await writable.PutAsync(new MemoryStream(Bytes(1000)), Token);
        disk.MakeReadOnly();
        using var store = await ArtifactStore.OpenAsync(new FileObjectStore(root), TimeProvider.System, Token);
        var failure = await Should.ThrowAsync<MetadataException>(() => store.PutAsync(new MemoryStream(Bytes(2000)), Token));
        (failure.Error, failure.Message.Contains("Read-only file system", StringComparison.Ordinal)).ShouldBe((MetadataError.Unavailable, true));
        (await ReadAsync(await store.OpenReadAsync(blob, Token))).AsSpan().SequenceEqual(Bytes(1000)).ShouldBeTrue();
    }
}
