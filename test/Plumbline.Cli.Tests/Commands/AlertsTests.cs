using Plumbline.Monitoring.Alerts;
using Plumbline.Storage;
using Plumbline.Tests.Parts;

namespace Plumbline.Cli.Tests.Commands;

public sealed class AlertsTests
{
    private const string Model = "reviews";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Alerts_RaisedShownAndSent_ToldAsTheyStand()
    {
        using var folder = new TemporaryFolder();
        using var receiver = new HttpReceiver();
        string[] home = ["--home", folder.Home, "--json"];
        string id;
        await using (var store = SqliteMetadataStore.Open(new Home(folder.Home).Database, TimeProvider.System))
            id = (await new AlertStore(store, TimeProvider.System).RaiseAsync(Model, "RolledBack", AlertSeverity.Critical, "reviews/4 was rolled back", "r/1", new Dictionary<string, string> { ["rollout"] = "r" }, "look why", Token)).Id;

        var listed = (await Cli.RunAsync(["alerts", "list", .. home])).ShouldSucceed().Json;
        listed.GetProperty("alerts")[0].GetProperty("id").GetString().ShouldBe(id);
        listed.GetProperty("undelivered").GetArrayLength().ShouldBe(0);
        (await Cli.RunAsync(["alerts", .. home])).ShouldSucceed().Json.GetProperty("alerts").GetArrayLength().ShouldBe(0, "it is no condition that goes on");
        (await Cli.RunAsync("alerts", "list", "--home", folder.Home)).ShouldSucceed().Error.ShouldContain("reviews/4 was rolled back");
        (await Cli.RunAsync("alerts", "show", id, "--home", folder.Home)).ShouldSucceed().Error.ShouldContain("look why");
        (await Cli.RunAsync(["alerts", "ack", id, .. home])).ShouldFail(5, "metadata", "is raised; only one that fires can be acknowledged");
        (await Cli.RunAsync(["alerts", "show", "nobody", .. home])).ShouldFail(5, "metadata", "There is no alert nobody");
        (await Cli.RunAsync(["alerts", "send", .. home])).ShouldFail(2, "usage", "name somebody in alerts.notifiers");
        (await Cli.RunAsync(["alerts", "test", "chat", .. home])).ShouldFail(2, "usage", "There is no notifier chat");

        File.WriteAllText(folder.File("plumbline.yaml"), $"project: {Model}\nalerts:\n  rules: [{{name: Mine, metric: plumbline_ready, below: 1}}]\n  notifiers:\n    - {{name: hook, kind: webhook, url: '{receiver.Address}'}}\n    - {{name: gone, kind: slack, url: 'http://127.0.0.1:1/hidden'}}\n");
        var tested = (await Cli.RunProcessAsync(folder.Path, ["alerts", "test", "hook", .. home])).ShouldSucceed().Json;
        tested.GetProperty("message").GetString().ShouldBe(receiver.Received.ShouldHaveSingleItem().Json.GetProperty("id").GetString());
        var failed = await Cli.RunProcessAsync(folder.Path, ["alerts", "send", .. home]);
        failed.ShouldFail(6, "network", "1 messages wait: gone:");
        failed.Error.ShouldNotContain("hidden");
        receiver.Received.Last().Json.GetProperty("notices")[0].GetProperty("alert").GetProperty("why").GetString().ShouldBe("reviews/4 was rolled back");
        var waiting = (await Cli.RunAsync(["alerts", .. home])).ShouldSucceed().Json.GetProperty("undelivered")[0];
        (waiting.GetProperty("notifier").GetString(), waiting.GetProperty("attempts").GetInt32()).ShouldBe(("gone", 1));
        (await Cli.RunAsync("alerts", "--home", folder.Home)).ShouldSucceed().Error.ShouldContain("RolledBack, raised");

        (await Cli.RunProcessAsync(folder.Path, "alerts", "rules")).ShouldSucceed().Out.ShouldContain("- alert: Mine\n        expr: >-\n          max without (instance, pod) (plumbline_ready) < 1\n".Replace("max", "min", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Ack_FiringAlert_SaysWhoLooksAfterIt()
    {
        using var folder = new TemporaryFolder();
        var options = new AlertOptions { Rules = [new AlertRule("High", "load", 10)] };
        await using (var store = SqliteMetadataStore.Open(new Home(folder.Home).Database, TimeProvider.System))
        {
            var evaluator = new AlertEvaluator(store, Model, options, TimeProvider.System);
            (await evaluator.HoldAsync("tests", TimeSpan.FromMinutes(1), Token)).ShouldBeTrue();
            await evaluator.EvaluateAsync([new AlertObservation("load", 12)], [], Token);
        }
        var firing = (await Cli.RunAsync("alerts", "--home", folder.Home, "--json")).ShouldSucceed().Json.GetProperty("alerts")[0];
        (firing.GetProperty("state").GetString(), firing.GetProperty("why").GetString()).ShouldBe(("firing", "load is 12, above 10"));
        var id = firing.GetProperty("id").GetString()!;
        (await Cli.RunAsync("alerts", "ack", id, "--reason", "looking", "--home", folder.Home)).ShouldSucceed().Error.ShouldContain($"firing, acknowledged by {Environment.UserName}");
        (await Cli.RunAsync("audit", "list", "--subject", $"alert:{id}", "--home", folder.Home, "--json")).ShouldSucceed().Json.GetRawText().ShouldContain("looking");
    }

    [Fact]
    public async Task Rules_WithoutProject_ThoseThatHoldWithout()
    {
        (await Cli.RunAsync("alerts", "rules")).ShouldSucceed().Out.ShouldBe(PrometheusRules.Write(new AlertOptions()));
        (await Cli.RunAsync("alerts", "config", "alertmanager")).ShouldSucceed().Out.ShouldContain("inhibit_rules:");
        (await Cli.RunAsync("alerts", "rules", "--json")).ShouldFail(2, "usage", "leave out --json");
        (await Cli.RunAsync("alerts", "config", "other")).Code.ShouldBe(2);
    }
}
