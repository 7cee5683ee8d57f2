using System.Text.Json;

namespace Plumbline.Cli.Tests.Commands;

public sealed class LineageTests(TrainedHome trained) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Lineage_ChampionUpAndSourceDown_SameThings()
    {
        var up = (await Cli.RunAsync("lineage", "reviews@champion", "--direction", "up", "--home", trained.Home, "--json")).ShouldSucceed().Json;
        // Another test may have trained the same bundle, by a run of its own.
        Kinds(up).Distinct().ShouldBe(["source", "snapshot", "run", "contract", "bundle", "version", "alias"], ignoreOrder: true);
        up.GetProperty("nodes").EnumerateArray().ShouldAllBe(node => !node.GetProperty("missing").GetBoolean());
        var down = (await Cli.RunAsync("lineage", trained.Data, "--direction", "down", "--home", trained.Home, "--json")).ShouldSucceed().Json;
        Ids(up).ShouldBeSubsetOf(Ids(down));
        up.GetProperty("edges").GetArrayLength().ShouldBeGreaterThanOrEqualTo(7);
    }

    [Fact]
    public async Task Lineage_Html_PageWithThePicture()
    {
        var page = Path.Combine(_folder.Path, "lineage.html");
        (await Cli.RunAsync("lineage", "reviews/1", "--html", page, "--home", trained.Home)).ShouldSucceed().Error.ShouldContain("reviews/1");
        (await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken)).ShouldContain("<svg");
    }

    [Fact]
    public async Task Lineage_Wrong_Told()
    {
        (await Cli.RunAsync("lineage", "nothing", "--home", trained.Home, "--json")).ShouldFail(5, "metadata", "'nothing' is in no lineage here");
        (await Cli.RunAsync("lineage", "x", "--depth", "-1", "--home", trained.Home, "--json")).ShouldFail(2, "usage", "--depth is 0 or more");
        (await Cli.RunAsync("lineage", "x", "--direction", "left", "--home", trained.Home, "--json")).ShouldFail(2, "usage", "'left' is not one of both, up, down");
    }

    public void Dispose() => _folder.Dispose();

    private static IEnumerable<string> Kinds(JsonElement graph) => graph.GetProperty("nodes").EnumerateArray().Select(node => node.GetProperty("kind").GetString()!);

    private static IEnumerable<string> Ids(JsonElement graph) => graph.GetProperty("nodes").EnumerateArray().Select(node => node.GetProperty("id").GetString()!);
}
