using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Plumbline.Statistics;

namespace Plumbline.Cli.Tests.Storms;

/// <summary>A server and a worker, as users run them, killed at random moments while a model is retrained.</summary>
public sealed class RetrainingStormTests : IDisposable
{
    private const double LongestPause = 15;
    private const int Known = 600, OfCycle = 900, OfRequest = 100;

    private readonly TemporaryFolder _folder = new();
    private readonly RandomSource _random = new(7);
    private int _acknowledged;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    /// <summary>A hundred times, or as <c>PLUMBLINE_TEST_KILLS</c> says; each costs up to a lease.</summary>
    [Fact(Explicit = true)]
    public async Task Retrain_ServerAndWorkerKilled_EndsWithOneWholeVersionAndLosesNothing()
    {
        var wanted = int.Parse(Environment.GetEnvironmentVariable("PLUMBLINE_TEST_KILLS") ?? "100", CultureInfo.InvariantCulture);
        Prepare();
        var (server, worker) = (await ServeAsync(), Work());
        var (kills, cycles) = (0, 0);
        while (kills < wanted)
        {
            await PredictAsync(server.Url, ++cycles);
            var cycle = (await RunAsync("retrain", "reviews", "--reason", $"slang {cycles}")).GetProperty("id").GetString()!;
            while (!(await RunAsync("retraining", "show", cycle)).TryGetProperty("ended", out _))
            {
                // A task whose worker was lost ten times is given up.
                await Task.Delay(TimeSpan.FromSeconds(_random.NextDouble() * LongestPause), TimeProvider.System, Token);
                if (kills++ % 2 == 0)
                {
                    await KillAsync(worker);
                    worker = Work();
                }
                else
                {
                    await KillAsync(server.Process);
                    server = await ServeAsync();
                }
            }
            var story = await RunAsync("retraining", "show", cycle);
            story.GetProperty("state").GetString().ShouldBe("promoted", story.ToString());
        }
        await KillAsync(worker);
        await KillAsync(server.Process);
        await CheckAsync(cycles);
        // A bundle is checked when it is loaded.
        var last = await ServeAsync();
        (await PredictAsync(last.Url, cycles + 1)).ShouldBe($"reviews/{cycles + 1}");
        await KillAsync(last.Process);
    }

    private async Task CheckAsync(int cycles)
    {
        var all = (await RunAsync("retraining", "list")).EnumerateArray().ToArray();
        all.Length.ShouldBe(cycles);
        all.Select(cycle => cycle.GetProperty("run").GetString()).Distinct().Count().ShouldBe(cycles);
        // The first was trained by up.
        all.Select(cycle => cycle.GetProperty("challenger").GetString()).Order(StringComparer.Ordinal).ShouldBe(Enumerable.Range(2, cycles).Select(version => $"reviews/{version}").Order(StringComparer.Ordinal));
        foreach (var run in all.Select(cycle => cycle.GetProperty("run").GetString()!))
        {
            var shown = await RunAsync("pipelines", "show", run);
            shown.GetProperty("state").GetString().ShouldBe("succeeded");
            shown.GetProperty("tasks").EnumerateArray().Select(task => task.GetProperty("state").GetString()).ShouldAllBe(state => state == "succeeded" || state == "cached" || state == "skipped");
        }
        (await RunAsync("versions", "show", "reviews@champion")).GetProperty("version").GetInt32().ShouldBe(cycles + 1);
        var feedback = await RunAsync("predictions", "feedback");
        (feedback.GetProperty("waiting").GetInt32() + feedback.GetProperty("joined").GetInt32()).ShouldBe(_acknowledged);
    }

    private void Prepare()
    {
        File.WriteAllLines(_folder.File("known.csv"), ["text,label", .. Rows(Known, 0).Select(row => $"{row.Text},{row.Label}")]);
        _folder.Write("plumbline.yaml", """
            project: reviews
            data: {path: known.csv}
            server: {port: 0, poll_seconds: 0.2, prediction_log: {text: true}}
            retraining: {mode: "off", data: {least_labels: 100, window: 1h}}
            """);
    }

    private async Task<(Process Process, Uri Url)> ServeAsync()
    {
        var process = Cli.Start(_folder.Path, "up", "--home", _folder.Home, "--json");
        var told = await process.StandardOutput.ReadLineAsync(Token) ?? throw new InvalidOperationException(await process.StandardError.ReadToEndAsync(Token));
        return (process, new Uri(JsonDocument.Parse(told).RootElement.GetProperty("url").GetString()!));
    }

    private Process Work() => Cli.Start(_folder.Path, "worker", "--home", _folder.Home, "--json");

    private static async Task KillAsync(Process process)
    {
        await Cli.SignalAsync(process, "KILL");
        await process.WaitForExitAsync(Token);
        process.Dispose();
    }

    /// <summary>Predictions in words that no earlier cycle saw, with the true labels of all.</summary>
    /// <returns>The version that answered last.</returns>
    private async Task<string> PredictAsync(Uri server, int slang)
    {
        using var client = new HttpClient { BaseAddress = server };
        var version = "";
        foreach (var rows in Rows(OfCycle, slang).Chunk(OfRequest))
        {
            using var answer = await client.PostAsJsonAsync("/predict", new { texts = rows.Select(row => row.Text) }, Token);
            var answered = await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(Token);
            version = answered.GetProperty("version").GetString()!;
            var ids = answered.GetProperty("prediction_ids").EnumerateArray().Select(id => id.GetString());
            using var taken = await client.PostAsJsonAsync("/v1/feedback", new { feedback = rows.Zip(ids, (row, id) => new { prediction_id = id, label = row.Label }) }, Token);
            taken.EnsureSuccessStatusCode();
            _acknowledged += rows.Length;
        }
        while ((await RunAsync("predictions", "feedback")).GetProperty("waiting").GetInt32() > 0)
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, Token);
        return version;
    }

    private async Task<JsonElement> RunAsync(params string[] args) => (await Cli.RunAsync([.. args, "--home", _folder.Home, "--json"])).ShouldSucceed().Json;

    /// <summary>Letters by chance, since models look at these, too.</summary>
    private static string Word(int slang, int label)
    {
        var random = new RandomSource((ulong)((slang * 2) + label + 1000));
        return string.Concat(Enumerable.Range(0, 8).Select(_ => (char)('a' + random.NextInt32(26))));
    }

    private static IEnumerable<(string Text, string Label)> Rows(int rows, int slang)
    {
        var random = new RandomSource((ulong)slang);
        for (var i = 0; i < rows; i++)
        {
            var label = random.NextInt32(2);
            var told = random.NextInt32(10) == 0 ? 1 - label : label;
            var word = Word(slang, told);
            yield return ($"{word} {slang} {i} {word}", label == 1 ? "good" : "bad");
        }
    }
}
