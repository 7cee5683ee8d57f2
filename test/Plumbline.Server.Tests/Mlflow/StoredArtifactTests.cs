using System.Net;
using Plumbline.Statistics;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;

namespace Plumbline.Server.Tests.Mlflow;

/// <summary>The artifacts proxy over an artifact store.</summary>
public sealed class StoredArtifactTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Store => Path.Combine(_folder.Path, "store");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Upload_OneServer_AnotherListsAndGivesIt()
    {
        await using var tracker = await StartAsync();
        var run = await tracker.CreateRunAsync();
        var root = $"{RunningTracker.Artifacts}/0/{run}/artifacts";
        var bytes = Bytes();
        (await tracker.Client.PutAsync($"{root}/dir/naïve file.bin", new ByteArrayContent(bytes), Token)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await tracker.Client.GetByteArrayAsync($"{root}/dir/naïve file.bin", Token)).AsSpan().SequenceEqual(bytes).ShouldBeTrue();
        Directory.Exists(tracker.Home.Runs).ShouldBeFalse();

        var files = (await tracker.OkAsync("GET", $"artifacts/list?run_id={run}&path=dir")).GetProperty("files");
        files[0].GetProperty("path").GetString().ShouldBe("dir/naïve file.bin");
        files[0].GetProperty("file_size").GetInt64().ShouldBe(bytes.Length);
        (await tracker.GetAsync($"{root}/dir")).Status.ShouldBe(404);
        (await tracker.SendAsync("PUT", $"{root}/dir", "x")).Status.ShouldBe(400);
        (await tracker.SendAsync("DELETE", $"{root}/dir", null)).Status.ShouldBe(200);
        (await tracker.OkAsync("GET", $"artifacts/list?run_id={run}")).TryGetProperty("files", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Download_ByteFlipped_NeverLooksWhole()
    {
        await using var tracker = await StartAsync();
        var address = $"{RunningTracker.Artifacts}/0/{await tracker.CreateRunAsync()}/artifacts/a.bin";
        (await tracker.Client.PutAsync(address, new ByteArrayContent(Bytes()), Token)).StatusCode.ShouldBe(HttpStatusCode.OK);
        var blob = Directory.GetFiles(Path.Combine(Store, "blobs"), "*", SearchOption.AllDirectories).ShouldHaveSingleItem();
        await using (var file = File.Open(blob, FileMode.Open))
        {
            file.Position = 2_000_000;
            file.WriteByte((byte)~Bytes()[2_000_000]);
        }
        using var response = await tracker.Client.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, Token);
        await Should.ThrowAsync<HttpRequestException>(() => response.Content.ReadAsByteArrayAsync(Token));
    }

    private Task<RunningTracker> StartAsync() =>
        RunningTracker.StartAsync(options => options with { Home = new Home(options.Home.Root) { Artifacts = ArtifactStoreOptions.Parse(Store, "test", _folder.Path) } });

    private static byte[] Bytes()
    {
        var random = new RandomSource(1);
        return [.. Enumerable.Range(0, 3_000_001).Select(_ => (byte)random.NextUInt64())];
    }
}
