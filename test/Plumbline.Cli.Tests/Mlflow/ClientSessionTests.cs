using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Plumbline.Tests.Parts;

namespace Plumbline.Cli.Tests.Mlflow;

/// <summary>MLflow's own client, unmodified, against this server and against MLflow's own: what comes of each step is the same.</summary>
public sealed class ClientSessionTests
{
    // Why what comes of a step may differ; docs/specs/mlflow.md says more.
    private static readonly Dictionary<string, string> Differences = new(StringComparer.Ordinal)
    {
        ["runs_infinity"] = "MLflow over SQL stores the greatest double instead",
        ["registry_archive"] = "MLflow answers 500, which its clients send again",
        ["lacking_traces"] = "there are no traces here",
        ["lacking_webhooks"] = "there are no webhooks here",
        ["lacking_datasets"] = "there are no data sets to evaluate on here",
    };

    private static readonly string[] Texts = ["I could not put it down, a wonderful story", "A terrible waste of money", "It is a book"];

    [Fact]
    public async Task Session_OfMlflowsClient_EndsAsWithItsOwnServer()
    {
        var python = MlflowPython.Path;
        using var folder = new TemporaryFolder();
        (await Cli.RunAsync("quickstart", "--rows", "600", "--no-serve", "--home", folder.Home)).ShouldSucceed();
        folder.Write("expected.json", await ExpectedAsync(folder.Home));
        using var process = Cli.Start(folder.Path, "server", "--home", folder.Home, "--port", "0", "--json");
        var error = process.StandardError.ReadToEndAsync(Token);
        var uri = JsonDocument.Parse((await process.StandardOutput.ReadLineAsync(Token))!).RootElement.GetProperty("url").GetString()!;
        var here = await PlayAsync(python, folder, uri, "here.jsonl", "--expected", folder.File("expected.json"));
        here["trained_model"].ToJsonString().ShouldBe("[true,true]");

        using var own = ServerProcess.Start("TERM", "ready on", python, Script("own_server.py"), folder.Path);
        var ownUri = $"http://127.0.0.1:{own.Ready.Split(' ')[^1]}";
        var there = await PlayAsync(python, folder, ownUri, "there.jsonl");
        foreach (var (step, outcome) in there.Where(step => !Differences.ContainsKey(step.Key)))
            here[step].ToJsonString().ShouldBe(outcome.ToJsonString(), step);

        await CopyAsync(folder, ownUri);
        (await LabelAsync(folder.Home, "bad")).ShouldBe("bad", "what the client logged is served here");
        await Cli.SignalAsync(process, "INT");
        await process.WaitForExitAsync(Token);
        process.ExitCode.ShouldBe(0, await error);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string Script(string name) => Path.Combine(AppContext.BaseDirectory, "Mlflow", name);

    /// <summary>What plumbline itself answers with the model that it trained.</summary>
    private static async Task<string> ExpectedAsync(string home)
    {
        var answers = (await Cli.RunAsync(string.Join('\n', Texts) + "\n", ["predict", "--bundle", "reviews@champion", "--input", "-", "--output", "-", "--format", "jsonl", "--home", home]))
            .ShouldSucceed().Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToArray();
        return new JsonObject
        {
            ["model"] = "reviews",
            ["texts"] = new JsonArray([.. Texts.Select(text => JsonValue.Create(text))]),
            ["labels"] = new JsonArray([.. answers.Select(answer => answer["label"]!.DeepClone())]),
            ["probabilities"] = new JsonArray([.. answers.Select(answer => new JsonArray([.. answer.AsObject().Where(member => member.Key.StartsWith("p_", StringComparison.Ordinal)).Select(member => member.Value!.DeepClone())]))]),
        }.ToJsonString();
    }

    /// <summary>What came of each step.</summary>
    private static async Task<Dictionary<string, JsonNode>> PlayAsync(string python, TemporaryFolder folder, string uri, string output, params string[] more)
    {
        var start = new ProcessStartInfo(python, [Script("client_session"), "--uri", uri, "--out", folder.File(output), .. more]) { WorkingDirectory = folder.Path, RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["TMPDIR"] = folder.Path;
        using var process = Process.Start(start)!;
        var said = process.StandardOutput.ReadToEndAsync(Token);
        var error = await process.StandardError.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        process.ExitCode.ShouldBe(0, error + await said);
        return File.ReadLines(folder.File(output)).Select(line => JsonNode.Parse(line)!).ToDictionary(step => (string)step["step"]!, step => step["outcome"] ?? JsonValue.Create("nothing"));
    }

    /// <summary>All that is here goes to MLflow's own server, and from there to another folder.</summary>
    private static async Task CopyAsync(TemporaryFolder folder, string uri)
    {
        var exported = (await Cli.RunAsync("mlflow", "export", "--uri", uri, "--home", folder.Home, "--json")).ShouldSucceed().Json;
        exported.GetProperty("versions").GetInt32().ShouldBeGreaterThan(0);
        (await Cli.RunAsync("mlflow", "export", "--uri", uri, "--home", folder.Home, "--json")).ShouldSucceed().Json.GetProperty("runs").GetInt32().ShouldBe(0);
        var other = folder.File("other");
        (await Cli.RunAsync("mlflow", "import", "--uri", uri, "--home", other, "--json")).ShouldSucceed();
        (await Cli.RunAsync("versions", "show", "reviews@champion", "--home", other, "--json")).ShouldSucceed();
    }

    private static async Task<string?> LabelAsync(string home, string text)
    {
        using var process = Cli.Start(Path.GetDirectoryName(home)!, "serve", "--model", "client-model@champion", "--home", home, "--port", "0", "--json");
        var error = process.StandardError.ReadToEndAsync(Token);
        var line = await process.StandardOutput.ReadLineAsync(Token) ?? throw new InvalidOperationException(await error);
        using var client = new HttpClient { BaseAddress = new Uri(JsonDocument.Parse(line).RootElement.GetProperty("url").GetString()!) };
        using var response = await client.PostAsJsonAsync("/predict", new { text }, Token);
        var label = (await response.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("label").GetString();
        await Cli.SignalAsync(process, "INT");
        await process.WaitForExitAsync(Token);
        process.ExitCode.ShouldBe(0, await error);
        return label;
    }
}
