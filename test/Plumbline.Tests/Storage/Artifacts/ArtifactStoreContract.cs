using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Plumbline.Statistics;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;

namespace Plumbline.Tests.Storage.Artifacts;

/// <summary>What every artifact store must do, whatever its objects are in.</summary>
public abstract partial class ArtifactStoreContract : IDisposable
{
    protected static readonly ArtifactTree Run = new(ArtifactKind.Runs, "0123456789abcdef0123456789abcdef");

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected TemporaryFolder Folder { get; } = new();

    /// <summary>What stored things are a day and an hour later than they were written.</summary>
    protected TimeProvider Later { get; } = new ManualTime { UnixMilliseconds = TimeProvider.System.GetUtcNow().AddHours(25).ToUnixTimeMilliseconds() };

    /// <summary>A fresh place, or the one that the test has already.</summary>
    private protected abstract Task<IObjectStore> ConnectAsync();

    private protected async Task<ArtifactStore> OpenAsync(TimeProvider? time = null) => await ArtifactStore.OpenAsync(await ConnectAsync(), time ?? TimeProvider.System, Token);

    public void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData((1 << 20) - 1)]
    [InlineData(1 << 20)]
    [InlineData((6 << 20) + 7)]
    public async Task Put_AnySize_ComesBackAndTwiceIsOnce(int size)
    {
        using var store = await OpenAsync();
        var bytes = Bytes(size);
        var blob = await store.PutAsync(new TrickleStream(bytes), Token);
        blob.ShouldBe(new Blob(Convert.ToHexStringLower(SHA256.HashData(bytes)), size));
        (await store.PutAsync(new MemoryStream(bytes), Token)).ShouldBe(blob);
        (await ReadAsync(await store.OpenReadAsync(blob, Token))).AsSpan().SequenceEqual(bytes).ShouldBeTrue();
        var path = Folder.File("fetched");
        await store.FetchAsync(blob, path, Token);
        File.ReadAllBytes(path).AsSpan().SequenceEqual(bytes).ShouldBeTrue();
    }

    [Fact]
    public async Task OpenRange_AnyPart_IsThatPart()
    {
        using var store = await OpenAsync();
        var bytes = Bytes(300_000);
        var blob = await store.PutAsync(new MemoryStream(bytes), Token);
        foreach (var (offset, length) in ((int, int)[])[(0, 300_000), (0, 1), (299_999, 1), (70_001, 130_003), (300_000, 0)])
            (await ReadAsync(await store.OpenRangeAsync(blob, offset, length, Token))).AsSpan().SequenceEqual(bytes.AsSpan(offset, length)).ShouldBeTrue();
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => store.OpenRangeAsync(blob, 299_999, 2, Token));
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => store.OpenRangeAsync(blob, -1, 2, Token));
    }

    [Fact]
    public async Task OpenRead_NotThere_NotFound()
    {
        using var store = await OpenAsync();
        var blob = new Blob(new string('a', 64), 3);
        (await Should.ThrowAsync<MetadataException>(async () => await ReadAsync(await store.OpenReadAsync(blob, Token)))).Error.ShouldBe(MetadataError.NotFound);
    }

    [Fact]
    public async Task Put_SourceFails_LeavesNothing()
    {
        using var store = await OpenAsync();
        await Should.ThrowAsync<InvalidOperationException>(() => store.PutAsync(new TrickleStream(Bytes(3_000_000), failAt: 2_500_000), Token));
        (await BlobsAsync()).ShouldBeEmpty();
        await Should.ThrowAsync<InvalidOperationException>(() => store.PutAsync(Run, ["a"], new TrickleStream(Bytes(3_000), failAt: 2_500), Token));
        (await store.ListAsync(Run, [], Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Put_ManyWritersOfOneContent_AllSucceedWithOneBlob()
    {
        using var store = await OpenAsync();
        var bytes = Bytes(2_000_000);
        var blobs = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => store.PutAsync(new MemoryStream(bytes), Token))));
        var blob = blobs.Distinct().ShouldHaveSingleItem();
        (await BlobsAsync()).ShouldBe([blob.Sha256]);
        (await ReadAsync(await store.OpenReadAsync(blob, Token))).AsSpan().SequenceEqual(bytes).ShouldBeTrue();
    }

    [Fact]
    public async Task Seal_Folder_IsFetchedWholeByAnother()
    {
        using var store = await OpenAsync();
        var (tree, folder) = await FolderOfAsync("content");
        (await store.HasAsync(tree, Token)).ShouldBeFalse();
        (await store.FetchAsync(tree, Folder.File("none"), Token)).ShouldBeFalse();
        await store.SealAsync(tree, folder, Token);
        await store.SealAsync(tree, folder, Token);
        (await store.HasAsync(tree, Token)).ShouldBeTrue();
        var ids = new List<string>();
        await foreach (var id in store.ListAsync(ArtifactKind.Bundles, Token))
            ids.Add(id);
        ids.ShouldBe([tree.Id]);

        using var other = await OpenAsync();
        (await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => other.FetchAsync(tree, Folder.File("there"), Token)))).ShouldAllBe(fetched => fetched);
        var fetched = Folder.File(Path.Combine("there", tree.Id));
        Directory.GetFileSystemEntries(Folder.File("there")).ShouldBe([fetched]);
        Files(fetched).ShouldBe(Files(folder));
        Files(fetched).Count.ShouldBe(3);
        await store.RemoveAsync(tree, Token);
        await store.RemoveAsync(tree, Token);
        (await store.HasAsync(tree, Token)).ShouldBeFalse();
    }

    [Fact]
    public async Task Files_OfAnOpenTree_ComeAreReplacedAndGo()
    {
        using var store = await OpenAsync();
        (await store.ListAsync(Run, [], Token)).ShouldBeEmpty();
        foreach (var text in (string[])["old", "newer"])
            await PutAsync(store, "model dir/ä 100%+.txt", text);
        await PutAsync(store, "b", "");
        await PutAsync(store, "model dir/deep/er", "x");
        (await store.ListAsync(Run, [], Token)).Select(file => (file.Name, file.Blob?.Size)).ShouldBe([("b", 0L), ("model dir", null)]);
        (await store.ListAsync(Run, ["model dir"], Token)).Select(file => (file.Name, file.Blob?.Size)).ShouldBe([("deep", null), ("ä 100%+.txt", 5L)]);
        var blob = (await store.FindAsync(Run, ["model dir", "ä 100%+.txt"], Token)).ShouldNotBeNull();
        Encoding.UTF8.GetString(await ReadAsync(await store.OpenReadAsync(blob, Token))).ShouldBe("newer");
        (await store.FindAsync(Run, ["model dir"], Token)).ShouldBeNull();
        (await store.FindAsync(Run, ["b", "c"], Token)).ShouldBeNull();

        await store.DeleteAsync(Run, ["b"], Token);
        await store.DeleteAsync(Run, ["model dir"], Token);
        (await store.ListAsync(Run, [], Token)).ShouldBeEmpty();
        (await Should.ThrowAsync<MetadataException>(() => store.DeleteAsync(Run, ["b"], Token))).Error.ShouldBe(MetadataError.NotFound);
    }

    [Fact]
    public async Task Put_WhereAFolderOrFileIs_Invalid()
    {
        using var store = await OpenAsync();
        await PutAsync(store, "a/b", "x");
        foreach (var path in (string[])["a", "a/b/c", "a/b/c/d"])
            (await Should.ThrowAsync<MetadataException>(() => PutAsync(store, path, "y"))).Error.ShouldBe(MetadataError.Invalid, path);
        (await Should.ThrowAsync<MetadataException>(() => store.PutAsync(Run, [], new MemoryStream(), Token))).Error.ShouldBe(MetadataError.Invalid);
    }

    [Fact]
    public async Task List_MoreThanAPage_HasAll()
    {
        using var objects = await ConnectAsync();
        using var store = await ArtifactStore.OpenAsync(objects, TimeProvider.System, Token);
        foreach (var name in (string[])["a", "a-b", "a b", "e/1", "e/2", "é", "z"])
            await PutAsync(store, name, name);
        var (names, pages) = (new List<string>(), 0);
        for (string? page = null; pages == 0 || page is not null; pages++)
        {
            var answer = await objects.ListAsync(Run.Key, page, 2, Token);
            answer.Entries.Count.ShouldBeLessThanOrEqualTo(2);
            names.AddRange(answer.Entries.Select(entry => entry.Name));
            page = answer.Next;
        }
        pages.ShouldBeGreaterThanOrEqualTo(3);
        names.Order(StringComparer.Ordinal).ShouldBe(["a", "a b", "a-b", "e", "z", "é"]);
    }

    [Fact]
    public async Task Open_NewerFormat_Refused()
    {
        (await OpenAsync()).Dispose();
        await OverwriteAsync(ArtifactStore.FormatKey, "{\"format\":2}"u8.ToArray());
        (await Should.ThrowAsync<MetadataException>(async () => await OpenAsync())).Error.ShouldBe(MetadataError.SchemaMismatch);
    }

    [Fact]
    public async Task Fetch_TreeThatLeadsElsewhere_Refused()
    {
        using var store = await OpenAsync();
        var (tree, folder) = await FolderOfAsync("evil");
        await store.SealAsync(tree, folder, Token);
        var blob = await store.PutAsync(new MemoryStream([1]), Token);
        foreach (var path in (string[])["../out", "/out", "a/../../out", "a\\\\b", "%2e%2e/out", ""])
        {
            await OverwriteAsync(tree.Key, Encoding.UTF8.GetBytes($$"""{"files":[{"path":"{{path}}","sha256":"{{blob.Sha256}}","size":1}]}"""));
            (await Should.ThrowAsync<MetadataException>(() => store.FetchAsync(tree, Folder.File("there"), Token))).Error.ShouldBe(MetadataError.Damaged, path);
        }
        Directory.GetFileSystemEntries(Folder.Path, "out", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    protected static byte[] Bytes(int count)
    {
        var random = new RandomSource((ulong)count);
        var bytes = new byte[count];
        foreach (ref var word in MemoryMarshal.Cast<byte, ulong>(bytes.AsSpan()))
            word = random.NextUInt64();
        return bytes;
    }

    protected static async Task<byte[]> ReadAsync(Stream stream)
    {
        await using (stream)
        {
            var bytes = new MemoryStream();
            await stream.CopyToAsync(bytes, Token);
            return bytes.ToArray();
        }
    }

    private protected static Task<Blob> PutAsync(ArtifactStore store, string path, string text) =>
        store.PutAsync(Run, ArtifactPath.Split(path), new MemoryStream(Encoding.UTF8.GetBytes(text)), Token);

    /// <summary>A tree, and a folder that holds its files.</summary>
    protected async Task<(ArtifactTree Tree, string Folder)> FolderOfAsync(string content)
    {
        var folder = Folder.File($"of {content}");
        Directory.CreateDirectory(Path.Combine(folder, "inner"));
        await File.WriteAllTextAsync(Path.Combine(folder, "manifest.json"), content, Token);
        await File.WriteAllBytesAsync(Path.Combine(folder, "large.bin"), Bytes(1_500_000 + content.Length), Token);
        await File.WriteAllTextAsync(Path.Combine(folder, "inner", "empty"), "", Token);
        return (new ArtifactTree(ArtifactKind.Bundles, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)))), folder);
    }

    private protected async Task OverwriteAsync(string key, byte[] bytes)
    {
        using var objects = await ConnectAsync();
        await using var upload = objects.Begin();
        await upload.WriteAsync(bytes, Token);
        await upload.CommitAsync(key, Token);
    }

    private async Task<List<string>> BlobsAsync()
    {
        using var objects = await ConnectAsync();
        var found = new List<string>();
        foreach (var folder in (await objects.ListAsync("blobs", null, 1000, Token)).Entries)
            found.AddRange((await objects.ListAsync($"blobs/{folder.Name}", null, 1000, Token)).Entries.Select(entry => entry.Name));
        return found;
    }

    private static List<(string, string)> Files(string folder) => [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
        .Select(file => (Path.GetRelativePath(folder, file), Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file))))).Order()];
}
