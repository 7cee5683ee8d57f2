using System.Text.Json;

namespace Plumbline.Cli.Tests.Commands;

public sealed class PipelinesTests(TrainedHome trained)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_Training_TunesRegistersAndPromotes()
    {
        using var folder = new TemporaryFolder();
        var project = Project(folder, "contest: {trials: 2}\n  families: [logistic, complement_nb]");
        var run = (await RunAsync(folder, "run", "training", "--project", project)).ShouldSucceed().Json;
        run.GetProperty("state").GetString().ShouldBe("succeeded");
        States(run).ShouldBe([
            "ingest succeeded", "validate succeeded", "families succeeded", "tune succeeded", "tune succeeded", "choose succeeded", "evaluate succeeded", "register succeeded", "gates succeeded",
            "promote succeeded", "watch skipped",
        ]);
        var outputs = run.GetProperty("outputs");
        outputs.GetProperty("register").GetProperty("version").GetInt64().ShouldBe(1);
        outputs.GetProperty("gates").GetProperty("passed").GetBoolean().ShouldBeTrue();
        outputs.GetProperty("evaluate").GetProperty("no_comparison").GetString().ShouldBe("reviews@champion is no version yet");
        (await Cli.RunAsync("versions", "show", "reviews@champion", "--home", folder.Home, "--json")).ShouldSucceed().Json
            .GetProperty("bundle").GetString()!.ShouldContain(outputs.GetProperty("choose").GetProperty("bundle").GetString()!);

        var again = (await RunAsync(folder, "run", "training", "--project", project, "--reason", "once more")).ShouldSucceed().Json;
        States(again).Where(state => state.EndsWith(" cached", StringComparison.Ordinal)).ShouldBe(["tune cached", "tune cached", "choose cached"]);
        again.GetProperty("outputs").GetProperty("evaluate").GetProperty("no_comparison").GetString().ShouldBe("reviews/1 is the same bundle");

        var forced = (await RunAsync(folder, "run", "training", "--project", project, "--param", "training.seed=7", "--force", "tune")).ShouldSucceed().Json;
        forced.GetProperty("outputs").GetProperty("register").GetProperty("version").GetInt64().ShouldBe(2);
        forced.GetProperty("outputs").GetProperty("evaluate").GetProperty("champion").GetString().ShouldBe("reviews/1");
        var id = forced.GetProperty("id").GetString()!;
        (await RunAsync(folder, "logs", id[..20], "register")).ShouldSucceed().Json.GetProperty("log").GetString()!.ShouldContain("registered reviews/2");
        (await RunAsync(folder, "runs", "training")).ShouldSucceed().Json.GetArrayLength().ShouldBe(3);
        (await RunAsync(folder, "prune", "--keep", "0", "--keep-days", "0", "--dry-run", "--project", project)).ShouldSucceed().Json.GetProperty("runs").GetArrayLength().ShouldBe(0, "within an hour none goes");
        (await RunAsync(folder, "prune", "--keep", "-1", "--project", project)).ShouldFail(2, "usage", "--keep is -1; it must be at least 0");
    }

    [Fact]
    public async Task Run_GateThatFails_RegistersAndPromotesNothing()
    {
        using var folder = new TemporaryFolder();
        var project = Project(folder, "seed: 1", "gates: {min_metric: {macro_f1: 0.999}}");
        var run = (await RunAsync(folder, "run", "training", "--project", project)).ShouldSucceed().Json;
        States(run)[^3..].ShouldBe(["gates succeeded", "promote skipped", "watch skipped"]);
        States(run)[3].ShouldBe("tune skipped");
        run.GetProperty("outputs").GetProperty("gates").GetProperty("failures").EnumerateArray().ShouldHaveSingleItem().GetString()!.ShouldContain("macro_f1");
        (await Cli.RunAsync("gates", "reviews/1", "--home", folder.Home, "--json")).ShouldSucceed().Json.GetProperty("outcome").GetString().ShouldBe("refused");
    }

    [Fact]
    public async Task Run_WrongData_FailsAndResumesOnceItIsRight()
    {
        using var folder = new TemporaryFolder();
        var data = folder.File("later.csv");
        var project = Project(folder, "seed: 1", data: data);
        var failed = await RunAsync(folder, "run", "training", "--project", project);
        failed.Code.ShouldBe(9);
        var id = failed.Json.GetProperty("id").GetString()!;
        States(failed.Json)[..2].ShouldBe(["ingest failed", "validate upstream_failed"]);
        File.Copy(trained.Data, data);
        (await RunAsync(folder, "resume", id, "--project", project)).ShouldSucceed().Json.GetProperty("state").GetString().ShouldBe("succeeded");
    }

    [Fact]
    public async Task Run_WhatCannotBe_IsNamed()
    {
        using var folder = new TemporaryFolder();
        var project = Project(folder, "seed: 1");
        (await RunAsync(folder, "run", "trainings", "--project", project)).ShouldFail(5, "metadata", "There is no pipeline 'trainings'; there are training");
        (await RunAsync(folder, "run", "training", "--project", project, "--param", "training.sead=7")).ShouldFail(2, "usage", "'training.sead' is no parameter of it");
        (await RunAsync(folder, "run", "training", "--project", project, "--force", "tuning")).ShouldFail(2, "usage", "training has no step 'tuning'");
        (await RunAsync(folder, "show", "nothing")).ShouldFail(5, "metadata", "There is no run 'nothing'");
        (await RunAsync(folder, "schedule", "set", "nightly", "training", "--cron", "61 * * * *", "--project", project)).ShouldFail(2, "usage", "cron: '61 * * * *' cannot be read");
    }

    [Fact]
    public async Task Schedule_SetPausedRemoved_IsListedSo()
    {
        using var folder = new TemporaryFolder();
        var project = Project(folder, "seed: 1");
        (await RunAsync(folder, "schedule", "set", "nightly", "training", "--cron", "0 3 * * *", "--time-zone", "Europe/Berlin", "--param", "promote=false", "--project", project)).ShouldSucceed();
        var set = (await RunAsync(folder, "schedule", "list", "--project", project)).ShouldSucceed().Json.EnumerateArray().ShouldHaveSingleItem();
        (set.GetProperty("time_zone").GetString(), set.GetProperty("catch_up").GetString(), set.GetProperty("parameters").GetProperty("promote").GetBoolean()).ShouldBe(("Europe/Berlin", "latest", false));
        set.GetProperty("why_not_yet").ValueKind.ShouldBe(JsonValueKind.Null);
        (await RunAsync(folder, "list", "--project", project)).ShouldSucceed().Json[0].GetProperty("schedules")[0].GetProperty("name").GetString().ShouldBe("nightly");
        (await RunAsync(folder, "schedule", "pause", "nightly", "--project", project)).ShouldSucceed().Json[0].GetProperty("paused").GetBoolean().ShouldBeTrue();
        (await RunAsync(folder, "schedule", "remove", "nightly", "--project", project)).ShouldSucceed();
        (await RunAsync(folder, "schedule", "list", "--project", project)).ShouldSucceed().Json.GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Backfill_OfASchedule_StartsWhatItHasNotRunWithItsParameters()
    {
        using var folder = new TemporaryFolder();
        var project = Project(folder, "seed: 1");
        string[] range = ["backfill", "training", "--project", project, "--schedule", "nightly", "--until", "2999-01-01", "--from"];
        (await RunAsync(folder, "schedule", "set", "nightly", "training", "--cron", "0 3 1 * *", "--param", "promote=false", "--project", project)).ShouldSucceed();
        var runs = (await RunAsync(folder, [.. range, "2026-01-01"])).ShouldSucceed().Json.EnumerateArray().ToArray();
        runs.Length.ShouldBeInRange(1, 999, "those of months that are not over are the schedule's");
        runs.ShouldAllBe(run => !run.GetProperty("parameters").GetProperty("promote").GetBoolean() && run.GetProperty("trigger").GetProperty("kind").GetString() == "backfill");
        (await RunAsync(folder, [.. range, "2026-01-01"])).ShouldSucceed().Json.GetArrayLength().ShouldBe(runs.Length);
        (await RunAsync(folder, "runs")).ShouldSucceed().Json.GetArrayLength().ShouldBe(runs.Length);
        (await RunAsync(folder, [.. range, "2998-01-01"])).ShouldFail(2, "usage", "No interval that is over begins in that range");
    }

    [Fact]
    public async Task Worker_AsAProcess_WorksAndTellsHowItIsAndStopsGracefully()
    {
        using var folder = new TemporaryFolder();
        var project = Project(folder, "seed: 1");
        using var worker = Cli.Start(folder.Path, "worker", "--project", project, "--home", folder.Home, "--port", "0", "--json");
        var told = JsonDocument.Parse((await worker.StandardOutput.ReadLineAsync(Token))!).RootElement;
        using var client = new HttpClient { BaseAddress = new Uri(told.GetProperty("url").GetString()!) };
        (await client.GetStringAsync("/health", Token)).ShouldBe("""{"status":"alive"}""");
        var id = (await RunAsync(folder, "run", "training", "--project", project, "--detach")).ShouldSucceed().Json.GetProperty("id").GetString()!;
        string state;
        do
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, Token);
            state = (await RunAsync(folder, "show", id)).ShouldSucceed().Json.GetProperty("state").GetString()!;
        }
        while (state == "running");
        state.ShouldBe("succeeded");
        JsonDocument.Parse(await client.GetStringAsync("/readiness", Token)).RootElement.GetProperty("status").GetString().ShouldBe("ready");
        var metrics = await client.GetStringAsync("/metrics", Token);
        metrics.ShouldContain("plumbline_pipeline_attempts_total{pipeline=\"training\",node=\"choose\",state=\"succeeded\"} 1");
        metrics.ShouldContain("plumbline_pipeline_failed{pipeline=\"training\"} 0");
        metrics.ShouldContain("plumbline_retraining_cycles{outcome=\"promoted\"} 0");
        await Cli.SignalAsync(worker, "TERM");
        await worker.WaitForExitAsync(Token);
        worker.ExitCode.ShouldBe(0);
    }

    private string Project(TemporaryFolder folder, string train, string more = "", string? data = null)
    {
        folder.Write("plumbline.yaml", $"project: reviews\ndata: {{path: {data ?? trained.Data}}}\ntrain:\n  {train}\n{more}\n");
        return folder.File("plumbline.yaml");
    }

    private static Task<Answer> RunAsync(TemporaryFolder folder, params string[] args) => Cli.RunAsync(["pipelines", .. args, "--home", folder.Home, "--json"]);

    private static string[] States(JsonElement run) => [.. run.GetProperty("tasks").EnumerateArray().Select(task => $"{task.GetProperty("node").GetString()} {task.GetProperty("state").GetString()}")];
}
