using Amazon.S3.Model;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;
using Plumbline.Tests.Parts;

namespace Plumbline.Tests.Storage.Artifacts;

public sealed class S3ArtifactStoreTests(S3Server server) : ArtifactStoreContract
{
    // The least that S3 takes, so that more than one part is sent.
    private const int PartBytes = 5 << 20;

    private readonly string _bucket = $"artifacts-{Guid.NewGuid():N}";
    private bool _isMade;

    private protected override async Task<IObjectStore> ConnectAsync()
    {
        if (!_isMade)
            await server.CreateBucketAsync(_bucket);
        _isMade = true;
        return Connect(server.Options());
    }

    [Fact]
    public async Task Put_ConnectionsLost_IsSentAgain()
    {
        await ConnectAsync();
        // An upload has few bytes of answers; every third connection is cut at once, others after the first answer.
        using var proxy = new FaultyProxy(server.Port, number => number % 3 == 0 ? 0 : number % 3 == 1 ? 300 : null);
        using var store = await ArtifactStore.OpenAsync(Connect(server.Options(proxy.Port)), TimeProvider.System, Token);
        var bytes = Bytes((11 << 20) + 3);
        var blob = await store.PutAsync(new MemoryStream(bytes), Token);
        using var direct = await OpenAsync();
        (await ReadAsync(await direct.OpenReadAsync(blob, Token))).AsSpan().SequenceEqual(bytes).ShouldBeTrue();
    }

    [Fact]
    public async Task Put_ServerStoppedAndStartedAmidTheUpload_Succeeds()
    {
        _ = server.Port;
        using var own = S3Process.Create()!;
        await own.Client.PutBucketAsync(_bucket, Token);
        var isAmid = new TaskCompletionSource();
        using var proxy = new FaultyProxy(own.Port, number =>
        {
            // Those before open the store, look for the blob and begin the upload.
            if (number == 3)
                isAmid.TrySetResult();
            return null;
        });
        using var store = await ArtifactStore.OpenAsync(Connect(server.Options(proxy.Port)), TimeProvider.System, Token);
        var bytes = Bytes(44 << 20);
        var putting = store.PutAsync(new MemoryStream(bytes), Token);
        await Task.WhenAny(isAmid.Task, putting);
        putting.IsCompleted.ShouldBeFalse();
        own.Stop();
        own.StartAgain();
        var blob = await putting;
        using var direct = Connect(server.Options(own.Port));
        (await direct.FindAsync(blob.Key, Token))!.Value.Size.ShouldBe(bytes.Length);
        (await ReadAsync(await store.OpenReadAsync(blob, Token))).AsSpan().SequenceEqual(bytes).ShouldBeTrue();
    }

    [Fact]
    public async Task Collect_MultipartUploadBrokenOff_GoesAfterADay()
    {
        using var store = await OpenAsync();
        using var client = S3Client.Create(server.Options());
        await client.InitiateMultipartUploadAsync(new InitiateMultipartUploadRequest { BucketName = _bucket, Key = "some/prefix/blobs/ab/x" }, Token);
        (await store.CollectAsync(dryRun: false, Token)).Uploads.ShouldBe(0);
        using var later = await OpenAsync(Later);
        (await later.CollectAsync(dryRun: true, Token)).Uploads.ShouldBe(1);
        (await later.CollectAsync(dryRun: false, Token)).Uploads.ShouldBe(1);
        (await later.CollectAsync(dryRun: false, Token)).Uploads.ShouldBe(0);
    }

    [Fact]
    public async Task Read_ConnectionsLostMidway_GoesOnFromTheByteReached()
    {
        using var direct = await OpenAsync();
        var bytes = Bytes(3_000_000);
        var blob = await direct.PutAsync(new MemoryStream(bytes), Token);
        using var proxy = new FaultyProxy(server.Port, number => number is 1 or 2 or 3 ? 700_000 : null);
        using var store = await ArtifactStore.OpenAsync(Connect(server.Options(proxy.Port)), TimeProvider.System, Token);
        (await ReadAsync(await store.OpenReadAsync(blob, Token))).AsSpan().SequenceEqual(bytes).ShouldBeTrue();
    }

    [Fact]
    public async Task Open_WrongSecretOrNoBucket_SaysWhatWithoutTheSecret()
    {
        await ConnectAsync();
        var denied = await Should.ThrowAsync<MetadataException>(() => ArtifactStore.OpenAsync(Connect(server.Options() with { SecretKey = "hunter2hunter2" }), TimeProvider.System, Token));
        denied.Message.ShouldContain("secret_key");
        denied.Message.ShouldNotContain("hunter2");
        var absent = await Should.ThrowAsync<MetadataException>(
            () => ArtifactStore.OpenAsync(new S3ObjectStore(server.Options(), "no-such-bucket-here", "", Folder.Path), TimeProvider.System, Token));
        absent.Message.ShouldContain("no such bucket");
    }

    [Fact]
    public async Task Find_KeyBeyondWhatS3Takes_Invalid()
    {
        using var store = await OpenAsync();
        string[] path = [.. Enumerable.Repeat(new string('ä', 100), 6)];
        (await Should.ThrowAsync<MetadataException>(() => store.PutAsync(Run, path, new MemoryStream(), Token))).Error.ShouldBe(MetadataError.Invalid);
    }

    private S3ObjectStore Connect(S3Options options) => new(options, _bucket, "some/prefix", Folder.File("spool"), PartBytes);
}
