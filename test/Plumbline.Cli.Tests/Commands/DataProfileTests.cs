using System.Text;

namespace Plumbline.Cli.Tests.Commands;

public sealed class DataProfileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Profile_File_WritesThePageAndPublishesNothing()
    {
        var page = _folder.File("page.html");
        var answer = (await Cli.RunAsync("data", "profile", Reviews(), "--out", page, "--json", "--home", _folder.Home)).ShouldSucceed();
        answer.Json.GetProperty("rows").GetInt64().ShouldBe(200);
        answer.Json.GetProperty("columns")[0].GetProperty("type").GetString().ShouldBe("Text");
        File.ReadAllText(page).ShouldContain("<h1 dir=\"auto\">reviews.csv</h1>");
        Directory.Exists(Path.Combine(_folder.Home, "snapshots")).ShouldBeFalse();
    }

    [Fact]
    public async Task Profile_SnapshotByPrefix_ShowsTheStoredProfile()
    {
        var digest = (await Cli.RunAsync("ingest", Reviews(), "--json", "--home", _folder.Home)).ShouldSucceed().Json.GetProperty("snapshot").GetString()!;
        var answer = (await Cli.RunAsync("data", "profile", digest[..8], "--json", "--home", _folder.Home)).ShouldSucceed();
        var stored = File.ReadAllText(Path.Combine(_folder.Home, "snapshots", digest, "profile.json"));
        System.Text.Json.Nodes.JsonNode.DeepEquals(System.Text.Json.Nodes.JsonNode.Parse(answer.Out), System.Text.Json.Nodes.JsonNode.Parse(stored)).ShouldBeTrue();
        answer.Error.ShouldNotContain("Page");
    }

    [Fact]
    public async Task Profile_NoSuchSnapshot_IsRefused() =>
        (await Cli.RunAsync("data", "profile", "abcdef12", "--json", "--home", _folder.Home)).ShouldFail(3, "data", "There is no snapshot abcdef12");

    private string Reviews()
    {
        var csv = new StringBuilder("text,label\n");
        for (var i = 0; i < 200; i++)
            csv.Append("review number ").Append(i).Append(" of some length,").Append(i % 2 == 0 ? "good" : "bad").Append('\n');
        return _folder.Write("reviews.csv", csv.ToString());
    }
}
