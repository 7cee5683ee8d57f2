using System.Globalization;

namespace Plumbline.Cli.Tests.Commands;

public sealed class PromoteTests(TrainedHome trained)
{
    private const string Project = """
        model: {name: reviews}
        gates:
          min_metric: {macro_f1: 0.3}
          no_worse_than_champion: {margin: 0.02}
          class_floors: [{recall: 0}]
          slices: [{name: short, max_length: 100000, min_macro_f1: 0.1}]
          calibration: {max_excess_ece: 0.5}
          latency_us: 1000000
          size_mb: 100
          contract_compatible: true
        """;

    [Fact]
    public async Task Promote_TwoTrainings_GatesDecideAndEverythingIsToldAfterwards()
    {
        using var folder = new TemporaryFolder();
        string[] home = ["--home", folder.Home, "--json"], project = ["--project", folder.Write("plumbline.yaml", Project)];
        await TrainAsync(folder, "3000");
        await TrainAsync(folder, "10");

        var first = (await Cli.RunAsync(["promote", "reviews/1", .. project, .. home])).ShouldSucceed().Json;
        first.GetProperty("outcome").GetString().ShouldBe("promoted");
        first.GetProperty("gates").EnumerateArray().Count(gate => gate.GetProperty("passed").GetBoolean()).ShouldBe(first.GetProperty("gates").GetArrayLength());
        (await Cli.RunAsync(["promote", "reviews/1", .. project, .. home])).ShouldSucceed().Json.GetProperty("changed").GetBoolean().ShouldBeFalse();

        var refused = await Cli.RunAsync(["promote", "reviews/2", .. project, .. home]);
        refused.Code.ShouldBe(8);
        refused.Error.ShouldContain("error: reviews/2 was not promoted: ");
        refused.Error.ShouldContain("no_worse_than_champion: macro-F1 on test is -");
        refused.Json.GetProperty("error").GetProperty("code").GetString().ShouldBe("gates");
        (await Cli.RunAsync(["gates", "reviews/2", .. home])).ShouldSucceed().Json.GetProperty("outcome").GetString().ShouldBe("refused");
        (await Cli.RunAsync(["promote", "reviews/2", "--dry-run", .. project, .. home])).Code.ShouldBe(8);
        (await Cli.RunAsync(["promote", "reviews/2", "--override", .. project, .. home])).ShouldFail(2, "usage", "--override needs --reason");

        (await Cli.RunAsync(["promote", "reviews/2", "--override", "--reason", "a drill", .. project, .. home])).ShouldSucceed().Json.GetProperty("previous").GetInt64().ShouldBe(1);
        (await Cli.RunAsync(["rollback", "reviews", "--reason", "drilled", .. home])).ShouldSucceed().Json.GetProperty("version").GetInt64().ShouldBe(1);
        (await Cli.RunAsync(["rollback", "reviews", .. home])).ShouldFail(5, "metadata", "no version to go back to");
        (await Cli.RunAsync("alias", "history", "reviews@champion", "--home", folder.Home)).ShouldSucceed().Error.ShouldContain("overridden");
        (await Cli.RunAsync(["alias", "history", "reviews@champion", .. home])).ShouldSucceed().Json.GetArrayLength().ShouldBe(3);

        var page = folder.File("compare.html");
        var comparison = (await Cli.RunAsync(["compare", "reviews/2", "reviews@champion", "--html", page, .. home])).ShouldSucceed().Json;
        comparison.GetProperty("difference").GetProperty("paired").GetProperty("difference").GetDouble().ShouldBeLessThan(0);
        File.ReadAllText(page).ShouldContain("beyond noise");
        var run = (await Cli.RunAsync(["versions", "show", "reviews/2", .. home])).ShouldSucceed().Json.GetProperty("run").GetString()!;
        (await Cli.RunAsync("compare", run, "reviews/1", "--home", folder.Home)).ShouldSucceed().Error.ShouldContain("on the same rows; McNemar p = ");
        (await Cli.RunAsync(["versions", "list", "reviews", .. home])).ShouldSucceed().Json.EnumerateArray().Select(version => version.GetProperty("version").GetInt64()).ShouldBe([2, 1]);
        (await Cli.RunAsync(["versions", "list", "--filter", $"run_id = '{run}'", .. home])).ShouldSucceed().Json.EnumerateArray().Single().GetProperty("version").GetInt64().ShouldBe(2);
        (await Cli.RunAsync(["versions", "list", "reviews", "--filter", "version_number > 1", .. home])).ShouldSucceed().Json.GetArrayLength().ShouldBe(1);
        (await Cli.RunAsync(["models", "list", "--filter", "name LIKE 'rev%'", .. home])).ShouldSucceed().Json.GetArrayLength().ShouldBe(1);
        (await Cli.RunAsync(["models", "list", "--filter", "name = 'x'", .. home])).ShouldSucceed().Json.GetArrayLength().ShouldBe(0);
        (await Cli.RunAsync(["versions", "list", "x", .. home])).ShouldFail(5, "metadata", "There is no model 'x'");
    }

    [Fact]
    public async Task Promote_EvidenceDeleted_FailsUntilMeasuredAgain()
    {
        using var folder = new TemporaryFolder();
        string[] home = ["--home", folder.Home, "--json"], project = ["--project", folder.Write("plumbline.yaml", Project)];
        await TrainAsync(folder, "500");
        var run = Directory.GetDirectories(Path.Combine(folder.Home, "runs")).Single();
        File.Delete(Path.Combine(run, "test-predictions.json.gz"));
        File.Delete(Path.Combine(run, "evaluation.json"));
        var refused = await Cli.RunAsync(["promote", "reviews/1", .. project, .. home]);
        refused.Code.ShouldBe(8);
        refused.Error.ShouldContain("reviews/1 has no test-predictions.json.gz. Measure it: plumbline evaluate --bundle reviews/1 --input DATA --evidence");
        (await Cli.RunAsync(["evaluate", "--bundle", "reviews/1", "--input", trained.Data, "--evidence", .. home])).ShouldSucceed();
        (await Cli.RunAsync(["promote", "reviews/1", .. project, .. home])).ShouldSucceed();
        var other = folder.File("other.csv");
        (await Cli.RunAsync("generate", other, "--rows", "600", "--seed", "9")).ShouldSucceed();
        (await Cli.RunAsync(["evaluate", "--bundle", "reviews/1", "--input", other, "--evidence", .. home])).ShouldFail(3, "data", "is not the snapshot");
    }

    [Fact]
    public async Task Promote_TwoProcessesAtOnce_OneWinsAndTheOtherIsTold()
    {
        using var folder = new TemporaryFolder();
        await TrainAsync(folder, "3000");
        await TrainAsync(folder, "2000");
        await TrainAsync(folder, "1000");
        folder.Write("plumbline.yaml", "model: {name: reviews}");
        (await Cli.RunAsync("alias", "set", "reviews", "champion", "1", "--home", folder.Home)).ShouldSucceed();
        var answers = await Task.WhenAll(new[] { 2, 3 }.Select(version => Cli.RunProcessAsync(
            folder.Path, "promote", string.Create(CultureInfo.InvariantCulture, $"reviews/{version}"), "--home", folder.Home, "--json")));
        // They may also have run one after another, each against what it saw.
        answers.Select(answer => answer.Code).ShouldAllBe(code => code == 0 || code == 5);
        answers.ShouldContain(answer => answer.Code == 0);
        foreach (var loser in answers.Where(answer => answer.Code == 5))
            loser.ShouldFail(5, "metadata", "as when this was decided");
        var history = (await Cli.RunAsync("alias", "history", "reviews@champion", "--home", folder.Home, "--json")).ShouldSucceed().Json.EnumerateArray().ToArray();
        history.Length.ShouldBe(1 + answers.Count(answer => answer.Code == 0));
        for (var i = 1; i < history.Length; i++)
            history[i].GetProperty("detail").GetProperty("previous").GetInt64().ShouldBe(history[i - 1].GetProperty("detail").GetProperty("version").GetInt64());
    }

    [Fact]
    public async Task SignOff_GateAsksForIt_PassesOnceSigned()
    {
        using var folder = new TemporaryFolder();
        string[] home = ["--home", folder.Home, "--json"], project = ["--project", folder.Write("plumbline.yaml", "model: {name: reviews}\ngates: {signed_off_by: [risk]}")];
        await TrainAsync(folder, "500");
        (await Cli.RunAsync(["promote", "reviews/1", .. project, .. home])).Error.ShouldContain("risk has not signed reviews/1");
        (await Cli.RunAsync(["sign-off", "reviews/1", "--by", "risk", "--note", "read it", .. home])).ShouldSucceed().Json.GetProperty("changed").GetBoolean().ShouldBeTrue();
        (await Cli.RunAsync(["promote", "reviews/1", .. project, .. home])).ShouldSucceed();
        (await Cli.RunAsync(["gates", "reviews/1", .. home])).ShouldSucceed().Json.GetProperty("outcome").GetString().ShouldBe("promoted");
    }

    [Fact]
    public async Task Promote_ProjectOfAnotherModel_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var project = folder.Write("plumbline.yaml", "model: {name: tickets}");
        var model = (await Cli.RunAsync("models", "--home", trained.Home, "--json")).ShouldSucceed().Json[0].GetProperty("name").GetString();
        (await Cli.RunAsync("promote", $"{model}/1", "--project", project, "--home", trained.Home, "--json")).ShouldFail(2, "usage", "is of the model 'tickets'");
        (await Cli.RunAsync("gates", $"{model}/1", "--home", trained.Home, "--json")).ShouldFail(5, "metadata", "--dry-run says what the gates say");
    }

    [Fact]
    public async Task Experiments_FilterAndOrder_AsMlflowWritesThem()
    {
        var all = (await Cli.RunAsync("experiments", "--home", trained.Home, "--json")).ShouldSucceed().Json;
        all.GetArrayLength().ShouldBe(2);
        var name = all.EnumerateArray().Select(experiment => experiment.GetProperty("name").GetString()!).Single(found => found != "Default");
        var found = (await Cli.RunAsync("experiments", "list", "--filter", $"name = '{name}'", "--order-by", "name ASC", "--home", trained.Home, "--json")).ShouldSucceed().Json;
        found.EnumerateArray().Single().GetProperty("name").GetString().ShouldBe(name);
        (await Cli.RunAsync("experiments", "show", name, "--home", trained.Home, "--json")).ShouldSucceed().Json.GetProperty("runs").GetArrayLength().ShouldBe(1);
        (await Cli.RunAsync("experiments", "list", "--filter", "color = 'red'", "--home", trained.Home, "--json")).ShouldFail(5, "metadata", "experiments have no 'color'");
        (await Cli.RunAsync("experiments", "show", "none", "--home", trained.Home, "--json")).ShouldFail(5, "metadata", "There is no experiment 'none'");
    }

    private async Task TrainAsync(TemporaryFolder folder, string maxFeatures) =>
        (await Cli.RunAsync("train", trained.Data, "--families", "logistic", "--max-features", maxFeatures, "--register", "reviews", "--home", folder.Home, "--json")).ShouldSucceed();
}
