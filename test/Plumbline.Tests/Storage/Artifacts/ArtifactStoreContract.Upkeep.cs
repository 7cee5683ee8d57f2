using System.Security.Cryptography;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;

namespace Plumbline.Tests.Storage.Artifacts;

public abstract partial class ArtifactStoreContract
{
    [Fact]
    public async Task Collect_WhatNothingNames_GoesWhenItIsOld()
    {
        using (var store = await OpenAsync())
        {
            var (tree, folder) = await FolderOfAsync("kept");
            await store.SealAsync(tree, folder, Token);
            await PutAsync(store, "replaced", "first");
            await PutAsync(store, "replaced", "second");
            await store.PutAsync(new MemoryStream(Bytes(1000)), Token);
            (await store.CollectAsync(dryRun: false, Token)).ShouldBe(new CollectedArtifacts(0, 0, 0));
        }
        using var later = await OpenAsync(Later);
        var before = await BlobsAsync();
        (await later.CollectAsync(dryRun: true, Token)).ShouldBe(new CollectedArtifacts(2, 1005, 0));
        (await BlobsAsync()).ShouldBe(before);
        (await later.CollectAsync(dryRun: false, Token)).Blobs.ShouldBe(2);
        (await BlobsAsync()).Count.ShouldBe(before.Count - 2);
        (await later.CheckAsync(remove: false, Token)).Faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task Collect_ReferenceUnreadable_RemovesNothing()
    {
        using (var store = await OpenAsync())
            await PutAsync(store, "a", "x");
        await OverwriteAsync($"{Run.Key}/a", "{\"sha256\":\"../../x\",\"size\":1}"u8.ToArray());
        using var later = await OpenAsync(Later);
        (await Should.ThrowAsync<MetadataException>(() => later.CollectAsync(dryRun: false, Token))).Error.ShouldBe(MetadataError.Damaged);
        (await BlobsAsync()).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Read_ByteFlipped_NeverEndsAndCanBeMended()
    {
        using var store = await OpenAsync();
        var (tree, folder) = await FolderOfAsync("flipped");
        await store.SealAsync(tree, folder, Token);
        var bytes = File.ReadAllBytes(Path.Combine(folder, "large.bin"));
        var blob = new Blob(Convert.ToHexStringLower(SHA256.HashData(bytes)), bytes.Length);
        bytes[^100_000] ^= 1;
        await OverwriteAsync(blob.Key, bytes);

        var read = new MemoryStream();
        var failure = await Should.ThrowAsync<MetadataException>(async () => await (await store.OpenReadAsync(blob, Token)).CopyToAsync(read, Token));
        failure.Error.ShouldBe(MetadataError.Damaged);
        failure.Message.ShouldContain("plumbline artifacts check --remove");
        read.Length.ShouldBeLessThan(bytes.Length);
        (await Should.ThrowAsync<MetadataException>(() => store.FetchAsync(tree, Folder.File("there"), Token))).Error.ShouldBe(MetadataError.Damaged);
        Directory.GetFileSystemEntries(Folder.File("there")).ShouldBeEmpty();

        var fault = (await store.CheckAsync(remove: true, Token)).Faults.ShouldHaveSingleItem();
        (fault.Blob, fault.IsDamaged).ShouldBe((blob, true));
        fault.NamedBy.ShouldBe([$"{tree}/large.bin"]);
        (await store.CheckAsync(remove: false, Token)).Faults.ShouldHaveSingleItem().IsDamaged.ShouldBeFalse();
        await store.SealAsync(tree, folder, Token);
        (await store.CheckAsync(remove: false, Token)).Faults.ShouldBeEmpty();
        (await store.FetchAsync(tree, Folder.File("there"), Token)).ShouldBeTrue();
    }
}
