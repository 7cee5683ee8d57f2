using Plumbline.Storage;

namespace Plumbline.Tests.Storage;

public sealed class HomeTests
{
    [Theory]
    [InlineData("given", "variable", "/work/given")]
    [InlineData("/given", "variable", "/given")]
    [InlineData(null, "/variable", "/variable")]
    [InlineData("", "variable", "/work/variable")]
    [InlineData(null, null, "/work/.plumbline")]
    [InlineData(" ", " ", "/work/.plumbline")]
    public void Resolve_OptionThenVariableThenDefault(string? option, string? variable, string expected) =>
        Home.Resolve(option, variable, "/work").Root.ShouldBe(Path.GetFullPath(expected));

    [Fact]
    public void Paths_UnderRoot()
    {
        var home = new Home("/state");
        new[] { home.Database, home.Snapshots, home.Bundles, home.Runs }
            .ShouldBe(new[] { "plumbline.db", "snapshots", "bundles", "runs" }.Select(name => Path.Combine(home.Root, name)));
    }
}
