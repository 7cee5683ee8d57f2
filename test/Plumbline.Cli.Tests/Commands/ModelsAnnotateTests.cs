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

    [Fact]
    public async Task DescribeAndTag_ModelAndVersion_ShownAndFoundByThem()
    {
        using var folder = new TemporaryFolder();
        string[] home = ["--home", folder.Home];
        (await Cli.RunAsync(["quickstart", "--rows", "600", "--no-serve", .. home])).ShouldSucceed();
        (await Cli.RunAsync(["models", "describe", "reviews", "stars of a review", .. home])).ShouldSucceed();
        (await Cli.RunAsync(["models", "describe", "reviews@champion", "the first", .. home, "--json"])).ShouldSucceed().Json.GetProperty("version").GetInt64().ShouldBe(1);
        (await Cli.RunAsync(["models", "tag", "reviews", "team", "shop", .. home])).ShouldSucceed().Error.ShouldContain("reviews has team=shop");
        (await Cli.RunAsync(["models", "tag", "reviews/1", "reviewed", "yes", .. home])).ShouldSucceed();

        (await Cli.RunAsync(["models", "list", "--filter", "tags.team = 'shop'", .. home, "--json"])).ShouldSucceed().Json.GetArrayLength().ShouldBe(1);
        (await Cli.RunAsync(["models", "show", "reviews", .. home, "--json"])).ShouldSucceed().Json.GetProperty("description").GetString().ShouldBe("stars of a review");
        var version = (await Cli.RunAsync(["versions", "show", "reviews/1", .. home, "--json"])).ShouldSucceed().Json;
        version.GetProperty("tags").GetProperty("reviewed").GetString().ShouldBe("yes");
        version.GetProperty("signature").GetProperty("labels").EnumerateArray().Select(label => label.GetString()).ShouldBe(["1", "2", "3", "4", "5"]);
        var table = (await Cli.RunAsync(["versions", "show", "reviews/1", .. home])).ShouldSucceed().Error;
        table.ShouldContain("1, 2, 3, 4, 5");
        table.ShouldContain("the first");

        (await Cli.RunAsync(["models", "untag", "reviews/1", "reviewed", .. home])).ShouldSucceed();
        (await Cli.RunAsync(["versions", "show", "reviews/1", .. home, "--json"])).ShouldSucceed().Json.GetProperty("tags").EnumerateObject().ShouldBeEmpty();
        (await Cli.RunAsync(["models", "describe", "nothing", "x", .. home, "--json"])).ShouldFail(5, "metadata", "There is no model 'nothing'");
    }
}
