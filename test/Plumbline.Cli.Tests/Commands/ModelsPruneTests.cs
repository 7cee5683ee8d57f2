namespace Plumbline.Cli.Tests.Commands;

public sealed class ModelsPruneTests
{
    [Fact]
    public async Task Prune_DryThenApplied_KeepsTheChampionAndRemovesTheOthersBundle()
    {
        using var folder = new TemporaryFolder();
        var home = folder.Home;
        for (var seed = 1; seed <= 2; seed++)
            (await Cli.RunAsync("quickstart", "--rows", "600", "--seed", $"{seed}", "--no-serve", "--home", home)).ShouldSucceed();
        Directory.GetDirectories(Path.Combine(home, "bundles")).Length.ShouldBe(2);

        var kept = (await Cli.RunAsync("models", "prune", "reviews", "--keep", "0", "--home", home, "--json")).ShouldSucceed().Json;
        kept.GetProperty("versions").EnumerateArray().Select(version => version.GetProperty("reason").GetString()!.Split(" until")[0]).ShouldBe(["deployed as champion", "was champion"]);
        string[] longAgo = ["--keep", "0", "--served-within", "0d"];
        var plan = (await Cli.RunAsync(["models", "prune", "reviews", .. longAgo, "--home", home, "--json"])).ShouldSucceed().Json;
        plan.GetProperty("applied").GetBoolean().ShouldBeFalse();
        plan.GetProperty("versions").EnumerateArray().Count(version => version.GetProperty("removed").GetBoolean()).ShouldBe(1);
        Directory.GetDirectories(Path.Combine(home, "bundles")).Length.ShouldBe(2);

        var done = (await Cli.RunAsync(["models", "prune", "reviews", .. longAgo, "--apply", "--home", home, "--json"])).ShouldSucceed().Json;
        var removed = done.GetProperty("bundles_removed")[0].GetString()!;
        Directory.Exists(Path.Combine(home, "bundles", removed)).ShouldBeFalse();
        Directory.GetDirectories(Path.Combine(home, "bundles")).Length.ShouldBe(1);
        var show = (await Cli.RunAsync("models", "show", "reviews", "--home", home, "--json")).ShouldSucceed().Json;
        show.GetProperty("versions").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task Prune_WrongCountOrModel_SaysSo()
    {
        using var folder = new TemporaryFolder();
        (await Cli.RunAsync("models", "prune", "reviews", "--keep", "-1", "--home", folder.Home, "--json")).ShouldFail(2, "usage", "--keep");
        (await Cli.RunAsync("models", "prune", "reviews", "--keep", "1", "--served-within", "-1d", "--home", folder.Home, "--json")).ShouldFail(2, "usage", "'-1d' is no time");
        (await Cli.RunAsync("models", "prune", "reviews", "--keep", "1", "--home", folder.Home, "--json")).ShouldFail(5, "metadata", "holds nothing yet");
    }
}
