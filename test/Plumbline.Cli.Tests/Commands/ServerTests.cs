using System.Net.Http.Json;
using System.Text.Json;

namespace Plumbline.Cli.Tests.Commands;

public sealed class ServerTests(TrainedHome trained)
{
    [Fact]
    public async Task Server_RunsOfTrain_AppearAsMlflowsClientsExpect()
    {
        var token = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        using var process = Cli.Start(folder.Path, "server", "--home", trained.Home, "--port", "0", "--json");
        var error = process.StandardError.ReadToEndAsync(token);
        var announced = JsonDocument.Parse((await process.StandardOutput.ReadLineAsync(token))!).RootElement;
        using var client = new HttpClient { BaseAddress = new Uri(announced.GetProperty("url").GetString()!) };

        var experiments = await client.GetFromJsonAsync<JsonElement>("/api/2.0/mlflow/experiments/search?max_results=10&order_by=experiment_id", token);
        var experiment = experiments.GetProperty("experiments").EnumerateArray().Last().GetProperty("experiment_id").GetString();
        using var answer = await client.PostAsJsonAsync("/api/2.0/mlflow/runs/search", new { experiment_ids = (string?[])[experiment], filter = "metrics.`test.macro_f1` > 0 AND tags.mlflow.source.type = 'LOCAL'" }, token);
        var run = (await answer.Content.ReadFromJsonAsync<JsonElement>(token)).GetProperty("runs").EnumerateArray().First();
        run.GetProperty("info").GetProperty("status").GetString().ShouldBe("FINISHED");
        var data = run.GetProperty("data");
        string[] expected = ["bundle", "environment.machine", "environment.packages", "mlflow.runName", "mlflow.source.name", "mlflow.user"];
        expected.Except(data.GetProperty("tags").EnumerateArray().Select(tag => tag.GetProperty("key").GetString())).ShouldBeEmpty();
        data.GetProperty("params").EnumerateArray().Select(param => param.GetProperty("key").GetString()).ShouldContain("seed");
        var dataset = run.GetProperty("inputs").GetProperty("dataset_inputs")[0].GetProperty("dataset");
        dataset.GetProperty("digest").GetString()!.Length.ShouldBe(64);
        var files = await client.GetFromJsonAsync<JsonElement>($"/api/2.0/mlflow/artifacts/list?run_id={run.GetProperty("info").GetProperty("run_id").GetString()}", token);
        files.GetProperty("files").EnumerateArray().Select(file => file.GetProperty("path").GetString()).ShouldContain("report.html");

        await Cli.SignalAsync(process, "INT");
        await process.WaitForExitAsync(token);
        process.ExitCode.ShouldBe(0, await error);
    }

    [Fact]
    public async Task RunsList_Filter_OnlyThoseOrTheFaultWithItsPlace()
    {
        (await Cli.RunAsync("runs", "list", "--filter", "metrics.`test.macro_f1` > 2", "--home", trained.Home, "--json")).ShouldSucceed().Json.GetArrayLength().ShouldBe(0);
        (await Cli.RunAsync("runs", "list", "--filter", "params.seed != 'x'", "--order-by", "metrics.fit_seconds DESC", "--home", trained.Home, "--json")).ShouldSucceed().Json.GetArrayLength().ShouldBeGreaterThan(0);
        (await Cli.RunAsync("runs", "list", "--filter", "metrics.a >", "--home", trained.Home, "--json")).ShouldFail(5, "metadata", "position 12");
    }

    [Fact]
    public async Task Server_OpenAddressWithoutKey_IsRefused() =>
        (await Cli.RunAsync("server", "--address", "0.0.0.0", "--home", trained.Home, "--json")).ShouldFail(2, "usage", "server.api_keys");
}
