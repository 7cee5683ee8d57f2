using Plumbline.Storage;

namespace Plumbline.Tests.Storage;

public sealed class AtomicDirectoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Parent => _folder.File("a/bundles");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Publish_NewName_WholeTreeAppears()
    {
        using (var directory = AtomicDirectory.Create(Parent))
        {
            File.WriteAllText(Path.Combine(directory.Path, "one"), "1");
            Directory.CreateDirectory(Path.Combine(directory.Path, "inner"));
            File.WriteAllText(Path.Combine(directory.Path, "inner", "two"), "2");
            Directory.Exists(Path.Combine(Parent, "digest")).ShouldBeFalse();
            directory.Publish("digest").ShouldBeTrue();
        }
        File.ReadAllText(Path.Combine(Parent, "digest", "inner", "two")).ShouldBe("2");
        Directory.GetFileSystemEntries(Parent).ShouldHaveSingleItem();
    }

    [Fact]
    public void Publish_NameTaken_FirstStays()
    {
        Publish("first").ShouldBeTrue();
        Publish("second").ShouldBeFalse();
        File.ReadAllText(Path.Combine(Parent, "digest", "content")).ShouldBe("first");
        Directory.GetFileSystemEntries(Parent).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Publish_ManyAtOnce_OneWins()
    {
        var won = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(() => Publish($"{i}"), TestContext.Current.CancellationToken)));
        won.Count(first => first).ShouldBe(1);
        Directory.GetFileSystemEntries(Parent).ShouldHaveSingleItem();
    }

    [Fact]
    public void Dispose_NotPublished_NothingLeft()
    {
        using (var directory = AtomicDirectory.Create(Parent))
            File.WriteAllText(Path.Combine(directory.Path, "content"), "half");
        Directory.GetFileSystemEntries(Parent).ShouldBeEmpty();
    }

    private bool Publish(string content)
    {
        using var directory = AtomicDirectory.Create(Parent);
        File.WriteAllText(Path.Combine(directory.Path, "content"), content);
        return directory.Publish("digest");
    }
}
