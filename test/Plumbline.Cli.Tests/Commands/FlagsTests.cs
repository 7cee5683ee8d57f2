using Plumbline.Storage;

namespace Plumbline.Cli.Tests.Commands;

public sealed class FlagsTests
{
    [Fact]
    public async Task Flags_SetShownEnabledRemoved_ToldAsTheyStand()
    {
        using var folder = new TemporaryFolder();
        string[] home = ["--home", folder.Home, "--json"];
        await using (SqliteMetadataStore.Open(new Home(folder.Home).Database, TimeProvider.System))
        {
        }
        var set = (await Cli.RunAsync(["flags", "set", "new-page", "--user", "ann", "--group", "key:shop=50%", "--percentage", "5", "--random", "20", "--from", "2026-12-01", "--until", "2026-12-24T12:00:00+01:00", .. home])).ShouldSucceed().Json;
        (set.GetProperty("name").GetString(), set.GetProperty("revision").GetInt64(), set.GetProperty("source").GetString()).ShouldBe(("new-page", 1, "store"));
        var definition = set.GetProperty("flag");
        definition.GetProperty("requirement").GetString().ShouldBe("all");
        definition.GetProperty("filters")[0].GetProperty("targeting").GetProperty("groups")[0].GetProperty("rollout_percentage").GetDouble().ShouldBe(50);
        definition.GetProperty("filters")[2].GetProperty("time_window").GetProperty("start").GetString().ShouldBe("2026-12-01T00:00:00+00:00");

        var file = folder.Write("flag.json", (await Cli.RunAsync("flags", "show", "new-page", "--home", folder.Home)).ShouldSucceed().Out);
        (await Cli.RunAsync(["flags", "set", "copy", file, "--expect", "0", .. home])).ShouldSucceed().Json.GetProperty("flag").GetRawText().ShouldBe(definition.GetRawText());
        (await Cli.RunAsync("flags", "--home", folder.Home)).ShouldSucceed().Error.ShouldContain("ann, 50 % of key:shop, 5 % of users and 20 % of requests and from 2026-12-01 00:00Z until 2026-12-24 11:00Z");

        (await Cli.RunAsync(["flags", "disable", "copy", "--reason", "an incident", .. home])).ShouldSucceed().Json.GetProperty("flag").GetProperty("enabled").GetBoolean().ShouldBeFalse();
        (await Cli.RunAsync(["flags", "enable", "copy", .. home])).ShouldSucceed().Json.GetProperty("flag").GetRawText().ShouldBe(definition.GetRawText());
        (await Cli.RunAsync(["flags", "disable", "explanations", .. home])).ShouldSucceed();
        (await Cli.RunAsync(["flags", "list", .. home])).ShouldSucceed().Json.EnumerateArray().Select(flag => flag.GetProperty("name").GetString()).ShouldBe(["copy", "explanations", "new-page"]);
        (await Cli.RunAsync(["flags", "remove", "copy", .. home])).ShouldSucceed().Json.GetProperty("removed").GetBoolean().ShouldBeTrue();
        (await Cli.RunAsync(["flags", "remove", "copy", .. home])).ShouldSucceed().Json.GetProperty("removed").GetBoolean().ShouldBeFalse();

        (await Cli.RunAsync(["flags", "set", "new-page", "--expect", "9", .. home])).ShouldFail(5, "metadata", "has revision 1 by now, not 9");
        (await Cli.RunAsync(["flags", "set", "new-page", "--random", "101", .. home])).ShouldFail(5, "metadata", "filters[0].percentage: 101");
        (await Cli.RunAsync(["flags", "disable", "explanation", .. home])).ShouldFail(5, "metadata", "There is no flag explanation");
        (await Cli.RunAsync(["flags", "show", "shadow", .. home])).ShouldFail(5, "metadata", "is not defined, and so on for everybody");
        (await Cli.RunAsync(["flags", "set", "new-page", "--group", "shop", .. home])).ShouldFail(2, "usage", "such as key:shop=50%");
        (await Cli.RunAsync(["flags", "set", "new-page", "--from", "soon", .. home])).ShouldFail(2, "usage", "'soon' is no time");
        (await Cli.RunAsync(["flags", "set", "new-page", file, "--user", "ann", .. home])).ShouldFail(2, "usage", "FILE says all of a flag");
        (await Cli.RunAsync(["flags", "set", "new-page", folder.File("none.json"), .. home])).ShouldFail(2, "usage", "there is no such file");
        (await Cli.RunAsync(["flags", "set", "new-page", folder.Write("wrong.json", """{"filter": []}"""), .. home])).ShouldFail(5, "metadata", "filter");

        (await Cli.RunAsync(["audit", "list", "--subject", "flag:copy", .. home])).ShouldSucceed().Json.GetRawText().ShouldContain("an incident");
    }
}
