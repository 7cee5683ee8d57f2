using System.Net.Http.Json;
using System.Text.Json;

namespace Plumbline.Cli.Tests.Commands;

public sealed class MlflowTests(TrainedHome trained)
{
    [Fact]
    public async Task ExportThenImport_ByARunningServer_RunsAndVersionsArriveOnce()
    {
        var token = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        using var process = Cli.Start(folder.Path, "server", "--home", folder.File("server"), "--port", "0", "--json");
        var error = process.StandardError.ReadToEndAsync(token);
        var uri = JsonDocument.Parse((await process.StandardOutput.ReadLineAsync(token))!).RootElement.GetProperty("url").GetString()!;

        var exported = (await Cli.RunAsync("mlflow", "export", "--uri", uri, "--home", trained.Home, "--json")).ShouldSucceed().Json;
        exported.GetProperty("runs").GetInt32().ShouldBeGreaterThan(0);
        exported.GetProperty("versions").GetInt32().ShouldBe(1);
        exported.GetProperty("left_out").GetArrayLength().ShouldBe(0);
        (await Cli.RunAsync("mlflow", "export", "--uri", uri, "--home", trained.Home, "--json")).ShouldSucceed().Json.GetProperty("runs").GetInt32().ShouldBe(0);

        var other = folder.File("other");
        var imported = (await Cli.RunAsync("mlflow", "import", "--uri", uri, "--home", other, "--json")).ShouldSucceed().Json;
        imported.GetProperty("runs").GetInt32().ShouldBe(exported.GetProperty("runs").GetInt32());
        var model = (await Cli.RunAsync("models", "list", "--home", other, "--json")).ShouldSucceed().Json[0];
        (model.GetProperty("name").GetString(), model.GetProperty("aliases").GetProperty("champion").GetInt64()).ShouldBe(("reviews", 1));
        var text = "I could not put it down, a wonderful story";
        (await AnswerAsync(other, text)).ShouldBe(await AnswerAsync(trained.Home, text), 1e-4, "what arrived is served as an ONNX graph, and answers as the bundle");

        await Cli.SignalAsync(process, "INT");
        await process.WaitForExitAsync(token);
        process.ExitCode.ShouldBe(0, await error);
    }

    /// <summary>Serves the champion for one prediction: the largest probability.</summary>
    private static async Task<double> AnswerAsync(string home, string text)
    {
        var token = TestContext.Current.CancellationToken;
        using var process = Cli.Start(Path.GetDirectoryName(home)!, "serve", "--model", "reviews@champion", "--home", home, "--port", "0", "--json");
        var error = process.StandardError.ReadToEndAsync(token);
        var line = await process.StandardOutput.ReadLineAsync(token) ?? throw new InvalidOperationException(await error);
        var announced = JsonDocument.Parse(line).RootElement;
        announced.TryGetProperty("url", out var url).ShouldBeTrue(line);
        using var client = new HttpClient { BaseAddress = new Uri(url.GetString()!) };
        using var response = await client.PostAsJsonAsync("/predict", new { text }, token);
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>(token);
        answer.GetProperty("version").GetString().ShouldBe("reviews/1");
        await Cli.SignalAsync(process, "INT");
        await process.WaitForExitAsync(token);
        process.ExitCode.ShouldBe(0, await error);
        return answer.GetProperty("probs").GetProperty(answer.GetProperty("label").GetString()!).GetDouble();
    }

    [Theory]
    [InlineData("ftp://x")]
    [InlineData("nonsense")]
    [InlineData("http://ann:secret@127.0.0.1")]
    public async Task Export_WrongAddress_IsRefusedWithoutItsPassword(string uri)
    {
        var answer = await Cli.RunAsync("mlflow", "export", "--uri", uri, "--home", trained.Home, "--json");
        answer.ShouldFail(2, "usage", "--uri");
        answer.Error.ShouldNotContain("secret");
    }
}
