using System.Net.Http.Json;
using System.Text.Json;

namespace Plumbline.Cli.Tests.Commands;

public sealed class PredictionsTests(TrainedHome trained)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Predictions_OfAServerThatEnded_ShownWithFeedbackAndErased()
    {
        using var folder = new TemporaryFolder();
        var (id, other) = await ServeAsync(folder);
        string[] show = ["predictions", "show", $"{id}", "--home", folder.Home, "--json"];
        var shown = (await Cli.RunAsync(show)).ShouldSucceed().Json;
        (shown.GetProperty("user").GetString(), shown.GetProperty("text").ValueKind).ShouldBe(("ann", JsonValueKind.Null));
        var feedback = (await Cli.RunAsync("predictions", "feedback", "--home", folder.Home, "--json")).ShouldSucceed().Json;
        (feedback.GetProperty("joined").GetInt64() + feedback.GetProperty("waiting").GetInt64()).ShouldBe(1);
        (await Cli.RunAsync("predictions", "feedback", "--home", folder.Home)).ShouldSucceed();

        string[] erase = ["predictions", "erase", "--user", "ann", "--home", folder.Home, "--json"];
        (await Cli.RunAsync(erase)).ShouldFail(2, "usage", "--yes");
        (await Cli.RunAsync(["predictions", "erase", "--yes", "--home", folder.Home, "--json"])).ShouldFail(2, "usage", "--user");
        (await Cli.RunAsync([.. erase, "--yes", "--reason", "asked for it"])).ShouldSucceed().Json.GetProperty("erased").GetInt64().ShouldBe(1);
        (await Cli.RunAsync(show)).Code.ShouldNotBe(0);
        (await Cli.RunAsync("predictions", "show", $"{other}", "--home", folder.Home)).ShouldSucceed();
        var events = (await Cli.RunAsync("audit", "--home", folder.Home, "--json")).ShouldSucceed().Out;
        events.ShouldContain("predictions.erased");
        events.ShouldNotContain("\"ann\"");
    }

    [Fact]
    public async Task Predictions_OfAnotherHost_FoundAndErasedInTheArtifactStore()
    {
        using var folder = new TemporaryFolder();
        string[] shared = ["--artifacts", folder.File("artifacts")];
        var (id, other) = await ServeAsync(folder, shared);
        string[] elsewhere = ["--home", folder.File("elsewhere"), .. shared];
        string[] show = ["predictions", "show", $"{id}", .. elsewhere];
        (await Cli.RunAsync(show)).ShouldSucceed().Out.ShouldBe((await Cli.RunAsync("predictions", "show", $"{id}", "--home", folder.Home)).ShouldSucceed().Out);
        (await Cli.RunAsync(["predictions", "erase", "--user", "ann", "--yes", "--json", .. elsewhere])).ShouldSucceed().Json.GetProperty("erased").GetInt64().ShouldBe(1);
        (await Cli.RunAsync([.. show, "--json"])).ShouldFail(5, "metadata", "Neither");
        (await Cli.RunAsync(["predictions", "show", $"{other}", .. elsewhere])).ShouldSucceed();
        var trees = (await Cli.RunAsync(["artifacts", "--json", .. elsewhere])).ShouldSucceed().Json.EnumerateArray().Select(tree => tree.GetProperty("tree").GetString()!).ToArray();
        trees.ShouldContain(tree => tree.StartsWith("predictions/hour=", StringComparison.Ordinal));
        (await Cli.RunAsync(["artifacts", "check", .. elsewhere])).ShouldSucceed();
    }

    [Fact]
    public async Task Serve_LogTurnedOff_KeepsNothing()
    {
        using var folder = new TemporaryFolder();
        folder.Write("plumbline.yaml", "server: {prediction_log: {enabled: false}}\n");
        using var process = Cli.Start(folder.Path, "serve", "--bundle", Bundle, "--port", "0", "--home", folder.Home, "--json");
        using var client = await ClientAsync(process);
        await PredictAsync(client, "ann");
        using var refused = await client.PostAsJsonAsync("/v1/feedback", new { prediction_id = Guid.CreateVersion7(), label = "1" }, Token);
        ((int)refused.StatusCode).ShouldBe(404);
        await StopAsync(process);
        Directory.Exists(Path.Combine(folder.Home, "predictions")).ShouldBeFalse();
    }

    private string Bundle => Directory.GetDirectories(Path.Combine(trained.Home, "bundles")).First();

    private async Task<(Guid, Guid)> ServeAsync(TemporaryFolder folder, params string[] options)
    {
        using var process = Cli.Start(folder.Path, ["serve", "--bundle", Bundle, "--port", "0", "--home", folder.Home, "--json", .. options]);
        using var client = await ClientAsync(process);
        var (first, second) = (await PredictAsync(client, "ann"), await PredictAsync(client, "bob"));
        using var applied = await client.PostAsJsonAsync("/v1/feedback", new { prediction_id = first.GetProperty("prediction_id").GetGuid(), label = first.GetProperty("label").GetString() }, Token);
        applied.EnsureSuccessStatusCode();
        await StopAsync(process);
        return (first.GetProperty("prediction_id").GetGuid(), second.GetProperty("prediction_id").GetGuid());
    }

    private static async Task<HttpClient> ClientAsync(System.Diagnostics.Process process)
    {
        _ = process.StandardError.ReadToEndAsync(Token);
        var line = await process.StandardOutput.ReadLineAsync(Token);
        return new HttpClient { BaseAddress = new Uri(JsonDocument.Parse(line!).RootElement.GetProperty("url").GetString()!) };
    }

    private static async Task<JsonElement> PredictAsync(HttpClient client, string user)
    {
        using var answer = await client.PostAsJsonAsync("/predict", new { text = "good", entities = new { user } }, Token);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Token);
    }

    private static async Task StopAsync(System.Diagnostics.Process process)
    {
        await Cli.SignalAsync(process, "TERM");
        await process.WaitForExitAsync(Token);
        process.ExitCode.ShouldBe(0);
    }
}
