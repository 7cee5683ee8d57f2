namespace Plumbline.Cli.Tests.Commands;

public sealed class ModelsAnnotateTests
{
    [Fact]
    public async Task Annotate_ModelAndVersion_ShownWithBoth()
    {
        using var folder = new TemporaryFolder();
        string[] home = ["--home", folder.Home];
        (await Cli.RunAsync(["quickstart", "--rows", "600", "--no-serve", .. home])).ShouldSucceed();
        var note = (await Cli.RunAsync(["models", "annotate", "reviews@champion", "weak on irony", .. home, "--json"])).ShouldSucceed().Json;
        (note.GetProperty("name").GetString(), note.GetProperty("version").GetInt64(), note.GetProperty("author").GetString()).ShouldBe(("reviews", 1, Environment.UserName));
        (await Cli.RunAsync(["models", "annotate", "reviews", "owned by the shop", .. home])).ShouldSucceed().Error.ShouldContain("Noted on reviews by");

        var model = (await Cli.RunAsync(["models", "show", "reviews", .. home, "--json"])).ShouldSucceed().Json;
        model.GetProperty("annotations").EnumerateArray().Select(one => one.GetProperty("text").GetString()).ShouldBe(["weak on irony", "owned by the shop"]);
        model.GetProperty("versions")[0].GetProperty("run").GetString()!.Length.ShouldBe(32);
        var version = (await Cli.RunAsync(["versions", "show", "reviews/1", .. home, "--json"])).ShouldSucceed().Json;
        version.GetProperty("annotations").EnumerateArray().Single().GetProperty("text").GetString().ShouldBe("weak on irony");
        version.GetProperty("stage").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);
        version.GetProperty("tags").EnumerateObject().ShouldBeEmpty();
        (await Cli.RunAsync(["models", "show", "reviews", .. home])).ShouldSucceed().Error.ShouldContain("reviews/1");
        (await Cli.RunAsync(["models", "annotate", "reviews/9", "x", .. home, "--json"])).ShouldFail(5, "metadata", "its last is 1");
        (await Cli.RunAsync(["models", "annotate", "nothing", "x", .. home, "--json"])).ShouldFail(5, "metadata", "There is no model 'nothing'");
    }
}
