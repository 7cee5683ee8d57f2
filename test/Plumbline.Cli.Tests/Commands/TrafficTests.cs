using System.Text.Json;

namespace Plumbline.Cli.Tests.Commands;

public sealed class TrafficTests
{
    private static readonly object[] Steps = [new { weight = 0.2 }, new { weight = 0.5, needs_approval = true }];

    [Fact]
    public async Task TrafficAndRollout_TwoVersions_ToldAsTheyStand()
    {
        using var folder = new TemporaryFolder();
        string[] home = ["--home", folder.Home, "--json"];
        (await Cli.RunAsync(["quickstart", "--rows", "600", "--no-serve", .. home])).ShouldSucceed();
        (await Cli.RunAsync(["quickstart", "--rows", "500", "--no-serve", .. home])).ShouldSucceed();
        (await Cli.RunAsync(["alias", "set", "reviews", "champion", "1", .. home])).ShouldSucceed();

        var traffic = (await Cli.RunAsync(["traffic", "set", "reviews", "--candidate", "2=10%", "--shadow", "2=0.5", "--unit", "user", .. home])).ShouldSucceed().Json;
        traffic.GetProperty("revision").GetInt64().ShouldBe(1);
        traffic.GetProperty("versions").EnumerateArray().Select(row => row.GetProperty("role").GetString()).ShouldBe(["stable", "candidate", "shadow"]);
        traffic.GetProperty("versions")[0].GetProperty("share").GetDouble().ShouldBe(0.9, 1e-9);
        (await Cli.RunAsync(["traffic", "reviews", "--home", folder.Home])).ShouldSucceed().Error.ShouldContain("10.0 %");
        (await Cli.RunAsync(["traffic", "set", "reviews", "--expect", "0", .. home])).ShouldFail(5, "metadata", "has revision 1 by now");
        (await Cli.RunAsync(["traffic", "set", "reviews", "--candidate", "two", .. home])).ShouldFail(2, "usage", "write a version and its share");
        (await Cli.RunAsync(["traffic", "set", "reviews", "--candidate", "9=1", .. home])).ShouldFail(5, "metadata", "no version 9");

        var file = folder.Write("canary.json", JsonSerializer.Serialize(new
        {
            name = "reviews-2",
            kind = "canary",
            stable = "reviews/1",
            candidates = new[] { new { version = "reviews/2" } },
            gates = new[] { new { kind = "error_rate", most = 0.05 } },
            steps = Steps,
        }));
        (await Cli.RunAsync(["rollout", "start", file, .. home])).ShouldSucceed().Json.GetProperty("phase").GetString().ShouldBe("running");
        (await Cli.RunAsync(["traffic", "set", "reviews", .. home])).ShouldFail(5, "metadata", "Rollout reviews-2 decides the traffic of reviews");
        (await Cli.RunAsync(["rollout", "approve", "reviews-2", "2", .. home])).ShouldFail(5, "metadata", "is not in step 2");
        (await Cli.RunAsync(["rollout", "--home", folder.Home])).ShouldSucceed().Error.ShouldContain("in step 1 of 2");
        (await Cli.RunAsync(["rollout", "promote", "reviews-2", "reviews/2", "--reason", "a drill", .. home])).ShouldSucceed().Json.GetProperty("words").GetString().ShouldBe("promoted reviews/2");
        (await Cli.RunAsync(["rollout", "show", "reviews-2", "--home", folder.Home])).ShouldSucceed().Error.ShouldContain("a drill");
        (await Cli.RunAsync(["rollout", "abort", "reviews-2", .. home])).ShouldSucceed().Json.GetProperty("phase").GetString().ShouldBe("promoted");
        (await Cli.RunAsync(["versions", "show", "reviews@champion", .. home])).ShouldSucceed().Json.GetProperty("version").GetInt64().ShouldBe(2);
        (await Cli.RunAsync(["rollout", "start", folder.Write("wrong.json", """{"name":"x","kind":"canary","stabel":"reviews/1"}"""), .. home])).ShouldFail(5, "metadata", "stabel");
        (await Cli.RunAsync(["rollout", "start", folder.File("none.json"), .. home])).ShouldFail(2, "usage", "there is no such file");
        (await Cli.RunAsync(["rollout", "start", file, "--candidate", "1", .. home])).ShouldFail(2, "usage", "leave out --model, --name and --candidate");

        folder.Write("plumbline.yaml", "project: reviews\nmodel: {name: reviews}\ntraffic: {unit: item}\nrollout: {kind: canary, gates: [{kind: error_rate, most: 0.1}], steps: [{weight: 0.1}]}\n");
        (await Cli.RunProcessAsync(folder.Path, ["traffic", "set", "reviews", .. home])).ShouldSucceed().Json.GetProperty("plan").GetProperty("unit").GetString().ShouldBe("item");
        (await Cli.RunProcessAsync(folder.Path, ["rollout", "start", .. home])).ShouldFail(2, "usage", "--candidate");
        var started = (await Cli.RunProcessAsync(folder.Path, ["rollout", "start", "--candidate", "1", "--step", "5%:10m", "--step", "0.5", "--replay", "24h", .. home])).ShouldSucceed().Json;
        started.GetProperty("name").GetString().ShouldBe("reviews-1");
        var definition = started.GetProperty("definition");
        (definition.GetProperty("stable").GetString(), definition.GetProperty("replay").GetString(), definition.GetProperty("gates").GetArrayLength()).ShouldBe(("reviews/2", "1.00:00:00", 1));
        definition.GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("weight").GetDouble()).ShouldBe([0.05, 0.5]);
    }
}
