using System.Security.Cryptography;
using System.Text;
using Plumbline.Datasets;
using Plumbline.Datasets.Sources;
using Plumbline.Tests.Parts;

namespace Plumbline.Tests.Datasets.Sources;

public sealed class S3SourceTests(S3Server store) : IDisposable
{
    private static readonly RetryOptions Fast = new() { Attempts = 4, FirstDelay = TimeSpan.FromMilliseconds(1), LongestDelay = TimeSpan.FromMilliseconds(20) };

    private readonly SourceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Ingest_ObjectPatternOrFolder_EqualsLocalFiles()
    {
        await FillAsync();
        foreach (var (key, files) in new[] { ("/day1.csv", 1), ("/day*.csv*", 2), ("/deep/**/*.jsonl", 1), ("/deep/", 2), ("/deep", 2), ("/", 4), ("", 4) })
        {
            var snapshot = _folder.Ingest($"s3://kinds{key}", source => source with { S3 = store.Options() });
            snapshot.Manifest.Sources.Select(source => source.Name).ShouldBe(snapshot.Manifest.Sources.Select(source => source.Name).Order(StringComparer.Ordinal), key);
            snapshot.Manifest.Sources.Count.ShouldBe(files, key);
            snapshot.Digest.ShouldBe(_folder.Ingest(Path.GetFullPath(Path.Combine(_folder.Home.Root, "../kinds" + key))).Digest, key);
        }
    }

    [Fact]
    public async Task Ingest_Parquet_IsFetchedAndReadLikeALocalOne()
    {
        await store.CreateBucketAsync("parquet");
        var path = _folder.Copy("a.parquet", "SELECT 'text ' || i AS text, CASE WHEN i % 2 = 0 THEN 'good' ELSE 'bad' END AS label FROM range(5000) t(i)", "FORMAT parquet");
        await store.PutAsync("parquet", "a.parquet", File.ReadAllBytes(path));
        var snapshot = _folder.Ingest("s3://parquet/a.parquet", source => source with { S3 = store.Options() });
        snapshot.Digest.ShouldBe(_folder.Ingest(path).Digest);
        snapshot.Manifest.Sources.Single().Sha256.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))));
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^100]);
        await store.PutAsync("parquet", "cut.parquet", File.ReadAllBytes(path));
        var message = Failure("s3://parquet/cut.parquet", store.Port);
        message.ShouldStartWith("s3://parquet/cut.parquet: the Parquet file cannot be read");
        message.ShouldNotContain("/proc/");
    }

    [Fact]
    public async Task Ingest_ConnectionsLostMidway_GoesOnFromTheByteReached()
    {
        await store.CreateBucketAsync("lossy");
        var content = Encoding.UTF8.GetBytes(SourceFolder.Reviews(60_000));
        await store.PutAsync("lossy", "a.csv", content);
        using var proxy = new FaultyProxy(store.Port, number => number < 3 ? 400_000 : null);
        var snapshot = _folder.Ingest("s3://lossy/a.csv", source => source with { S3 = store.Options(proxy.Port), Retry = Fast });
        proxy.Connections.ShouldBeGreaterThanOrEqualTo(4);
        var part = snapshot.Manifest.Sources.Single();
        (part.Name, part.Size, part.Sha256).ShouldBe(("s3://lossy/a.csv", content.Length, Convert.ToHexStringLower(SHA256.HashData(content))));
    }

    [Fact]
    public async Task Ingest_StoreGone_TellsWhatWasTried()
    {
        using var proxy = new FaultyProxy(store.Port, _ => 0);
        var message = Failure("s3://gone/a.csv", proxy.Port);
        message.ShouldStartWith("s3://gone/a.csv: tried 4 times in ");
        message.ShouldContain("the last answer: ");
        message.ShouldContain("data.retry");
        proxy.Connections.ShouldBe(4);
        await Task.CompletedTask;
    }

    [Fact]
    public async Task Read_ObjectReplacedMidway_SaysThatItChanged()
    {
        await store.CreateBucketAsync("changing");
        await store.PutAsync("changing", "a.csv", Encoding.UTF8.GetBytes(SourceFolder.Reviews(30_000)));
        var address = S3Address.Parse("s3://changing/a.csv");
        var token = TestContext.Current.CancellationToken;
        using var objects = new S3Store(store.Options(), Fast);
        var size = objects.Find(address, token).ShouldNotBeNull().Size;
        var (content, etag) = await objects.GetAsync(address, size, 0, null, token);
        await content.DisposeAsync();
        await store.PutAsync("changing", "a.csv", Encoding.UTF8.GetBytes(SourceFolder.Reviews(30_000).Replace("good", "fine", StringComparison.Ordinal)));
        (await Should.ThrowAsync<DatasetException>(() => objects.GetAsync(address, size, 1000, etag, token))).Message.ShouldContain("changed while it was read");
        (await Should.ThrowAsync<DatasetException>(() => objects.GetAsync(address, size + 1, 0, null, token))).Message.ShouldContain("changed while it was read");
    }

    [Fact]
    public async Task List_MoreThanAPage_HasAll()
    {
        await store.CreateBucketAsync("pages");
        string[] keys = ["in/a b+c.csv", "in/b.csv", "in/\u00E9.csv", "in/z.csv", "out.csv"];
        foreach (var key in keys)
            await store.PutAsync("pages", key, "text,label\n"u8.ToArray());
        using var objects = new S3Store(store.Options(), Fast);
        objects.List(S3Address.Parse("s3://pages/in/"), TestContext.Current.CancellationToken, pageSize: 2).Select(item => item.Key).Order(StringComparer.Ordinal)
            .ShouldBe(keys[..4].Order(StringComparer.Ordinal));
        objects.Find(S3Address.Parse("s3://pages/" + keys[0]), TestContext.Current.CancellationToken)!.Value.Size.ShouldBe(11);
    }

    [Fact]
    public async Task Ingest_NothingThere_SaysWhat()
    {
        await store.CreateBucketAsync("almost");
        await store.PutAsync("almost", "notes.txt", "hello"u8.ToArray());
        Failure("s3://nowhere/a.csv", store.Port).ShouldBe("s3://nowhere/a.csv/: there is no such bucket");
        Failure("s3://almost/a.csv", store.Port).ShouldContain("there is no such object");
        Failure("s3://almost/*.csv", store.Port).ShouldBe("s3://almost/*.csv: no object matches the pattern");
        Failure("s3://almost/", store.Port).ShouldContain("Their names end in .csv");
        Failure("s3://", store.Port).ShouldContain("names no bucket");
    }

    [Fact]
    public async Task Ingest_WrongSecret_IsRefusedAtOnceAndNotShown()
    {
        await store.CreateBucketAsync("closed");
        using var proxy = new FaultyProxy(store.Port, _ => null);
        var message = Should.Throw<DatasetException>(() => _folder.Ingest(
            "s3://closed/*.csv", source => source with { S3 = store.Options(proxy.Port) with { SecretKey = "hunter2hunter2" }, Retry = Fast })).Message;
        message.ShouldContain("the store refused it: 403");
        message.ShouldContain("data.s3");
        message.ShouldNotContain("hunter2");
        message.ShouldNotContain("tried");
    }

    private async Task FillAsync()
    {
        await store.CreateBucketAsync("kinds");
        foreach (var (key, content) in new[]
        {
            ("day1.csv", Encoding.UTF8.GetBytes(SourceFolder.Reviews(300))), ("day2.csv.gz", SourceFolder.Gzip(Encoding.UTF8.GetBytes(SourceFolder.Reviews(200)))),
            ("deep/er/a.jsonl", Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 100).Select(i => $"{{\"label\":\"{(i % 2 == 0 ? "good" : "bad")}\",\"text\":\"line {i}\"}}\n")))),
            ("deep/b.csv", Encoding.UTF8.GetBytes(SourceFolder.Reviews(100))), ("deep/_notes.txt", "not records"u8.ToArray()), ("deep/.hidden/c.csv", "text\n"u8.ToArray()),
        })
        {
            _folder.Write(Path.Combine("kinds", key), content);
            await store.PutAsync("kinds", key, content);
        }
    }

    private string Failure(string path, int port) =>
        Should.Throw<DatasetException>(() => _folder.Ingest(path, source => source with { S3 = store.Options(port), Retry = Fast })).Message;
}
