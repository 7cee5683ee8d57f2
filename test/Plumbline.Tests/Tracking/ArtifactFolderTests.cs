using System.Text;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;
using Plumbline.Tests.Storage;
using Plumbline.Tracking;

namespace Plumbline.Tests.Tracking;

public sealed class ArtifactFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ArtifactFolder Artifacts => new(_folder.File("run"));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Write_Again_ReplacesAndLists()
    {
        Artifacts.List([]).ShouldBeEmpty();
        foreach (var text in (string[])["old", "newer"])
            await WriteAsync("model dir/a.txt", text);
        await WriteAsync("b", "");
        Artifacts.List([]).ShouldBe([new ArtifactEntry("b", 0), new ArtifactEntry("model dir", null)]);
        Artifacts.List(["model dir"]).ShouldBe([new ArtifactEntry("a.txt", 5)]);
        using var reader = new StreamReader(Artifacts.OpenRead(["model dir", "a.txt"]));
        (await reader.ReadToEndAsync(Token)).ShouldBe("newer");
        Artifacts.Delete(["model dir"]);
        Artifacts.List([]).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Write_ContentEndsEarly_LeavesNothing()
    {
        await Should.ThrowAsync<InvalidOperationException>(() => Artifacts.WriteAsync(["a"], new FailingStream(), Token));
        Directory.GetFileSystemEntries(_folder.File("run")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Write_WhereAFolderOrFileIs_Invalid()
    {
        await WriteAsync("a/b", "x");
        (await Should.ThrowAsync<MetadataException>(() => WriteAsync("a", "y"))).Error.ShouldBe(MetadataError.Invalid);
        (await Should.ThrowAsync<MetadataException>(() => WriteAsync("a/b/c", "y"))).Error.ShouldBe(MetadataError.Invalid);
        Should.Throw<MetadataException>(() => Artifacts.OpenRead(["a"])).Error.ShouldBe(MetadataError.NotFound);
        Should.Throw<MetadataException>(() => Artifacts.OpenRead(["nope", "x"])).Error.ShouldBe(MetadataError.NotFound);
        Should.Throw<MetadataException>(() => Artifacts.Delete(["nope"])).Error.ShouldBe(MetadataError.NotFound);
    }

    [Fact]
    public async Task Any_SymbolicLinkOnTheWay_Refused()
    {
        await WriteAsync("a", "x");
        File.WriteAllText(_folder.File("secret"), "s");
        File.CreateSymbolicLink(Path.Combine(_folder.File("run"), "link"), _folder.File("secret"));
        Directory.CreateSymbolicLink(Path.Combine(_folder.File("run"), "out"), _folder.Path);
        File.CreateSymbolicLink(Path.Combine(_folder.File("run"), "dangling"), _folder.File("nowhere"));
        Artifacts.List([]).ShouldBe([new ArtifactEntry("a", 1)]);
        foreach (var path in (string[][])[["link"], ["out", "secret"], ["dangling"]])
        {
            Should.Throw<MetadataException>(() => Artifacts.OpenRead(path)).Error.ShouldBe(MetadataError.Invalid);
            Should.Throw<MetadataException>(() => Artifacts.Delete(path)).Error.ShouldBe(MetadataError.Invalid);
            (await Should.ThrowAsync<MetadataException>(() => WriteAsync(string.Join('/', path), "y"))).Error.ShouldBe(MetadataError.Invalid);
        }
        File.ReadAllText(_folder.File("secret")).ShouldBe("s");
    }

    [Theory]
    [InlineData("..")]
    [InlineData("a/../b")]
    [InlineData("/etc/passwd")]
    [InlineData("a//b")]
    [InlineData("a/./b")]
    [InlineData("%2e%2e/b")]
    [InlineData("%252e%252e")]
    [InlineData("a%2f..%2fb")]
    [InlineData("a\\b")]
    [InlineData("a\0b")]
    [InlineData("a%00b")]
    [InlineData(".0123.tmp")]
    public void Split_LeadsElsewhere_Refused(string path) => Should.Throw<MetadataException>(() => ArtifactPath.Split(path)).Error.ShouldBe(MetadataError.Invalid);

    [Fact]
    public void Split_Oversize_Refused()
    {
        Should.Throw<MetadataException>(() => ArtifactPath.Split(new string('é', 128)));
        Should.Throw<MetadataException>(() => ArtifactPath.Split(string.Join('/', Enumerable.Repeat("abcdefghij", 200))));
        ArtifactPath.Split("dir/100% done.txt/").ShouldBe(["dir", "100% done.txt"]);
        ArtifactPath.Split("").ShouldBeEmpty();
    }

    private Task WriteAsync(string path, string text) => Artifacts.WriteAsync(path.Split('/'), new MemoryStream(Encoding.UTF8.GetBytes(text)), Token);

    private sealed class FailingStream : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new InvalidOperationException("gone");
    }
}
