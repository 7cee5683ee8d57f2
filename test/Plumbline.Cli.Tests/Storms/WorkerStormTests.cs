using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Plumbline.Statistics;

namespace Plumbline.Cli.Tests.Storms;

/// <summary>Workers as users run them, killed and frozen at random moments of the pipeline training: it ends with one whole promoted version.</summary>
public sealed class WorkerStormTests(TrainedHome trained)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public Task Worker_KilledAmidTraining_OneVersionIsPromoted() => StormAsync(blows: 2, seed: 1, "seed: 1", longestPause: 1.6);

    /// <summary>A hundred, or as <c>PLUMBLINE_TEST_BLOWS</c> says.</summary>
    [Fact(Explicit = true)]
    public Task Worker_KilledAHundredTimesAmidTraining_OneVersionIsPromoted() => StormAsync(
        int.Parse(Environment.GetEnvironmentVariable("PLUMBLINE_TEST_BLOWS") ?? "100", CultureInfo.InvariantCulture), seed: 2, "contest: {trials: 3}\n  families: [logistic, complement_nb]",
        // A task whose worker was lost ten times is given up: it must have time to end.
        longestPause: 8);

    private async Task StormAsync(int blows, ulong seed, string train, double longestPause)
    {
        using var folder = new TemporaryFolder();
        var project = folder.Write("plumbline.yaml", $"project: reviews\ndata: {{path: {trained.Data}}}\ntrain:\n  {train}\n");
        var random = new RandomSource(seed);
        var worker = Start();
        try
        {
            for (var version = 1; blows > 0; version++)
            {
                // Another seed is another bundle.
                var run = (await RunAsync("run", "training", "--project", project, "--param", $"training.seed={version}", "--detach")).ShouldSucceed().Json.GetProperty("id").GetString()!;
                for (JsonElement shown; (shown = (await RunAsync("show", run)).ShouldSucceed().Json).GetProperty("state").GetString() == "running";)
                {
                    await Task.Delay(TimeSpan.FromSeconds(0.1 + (random.NextDouble() * (longestPause - 0.1))), TimeProvider.System, Token);
                    if (blows == 0 || !shown.GetProperty("tasks").EnumerateArray().Any(task => task.GetProperty("state").GetString() == "running"))
                        continue;
                    blows--;
                    worker = await StrikeAsync(worker, random.NextInt32(2) == 0);
                }
                await CheckAsync(run, version);
            }
        }
        finally
        {
            worker.Kill();
            await worker.WaitForExitAsync(CancellationToken.None);
            worker.Dispose();
        }

        Process Start()
        {
            var started = Cli.Start(folder.Path, "worker", "--project", project, "--home", folder.Home, "--lease", "2s");
            // Whose lines nobody takes stands still.
            started.BeginErrorReadLine();
            return started;
        }

        Task<Answer> RunAsync(params string[] args) => Cli.RunAsync(["pipelines", .. args, "--home", folder.Home, "--json"]);

        async Task<Process> StrikeAsync(Process victim, bool isDeadly)
        {
            if (isDeadly)
            {
                await Cli.SignalAsync(victim, "KILL");
                await victim.WaitForExitAsync(Token);
                victim.Dispose();
                return Start();
            }
            await Cli.SignalAsync(victim, "STOP");
            await Task.Delay(TimeSpan.FromSeconds(2.5), TimeProvider.System, Token);
            await Cli.SignalAsync(victim, "CONT");
            return victim;
        }

        async Task CheckAsync(string run, int version)
        {
            var shown = (await RunAsync("show", run)).ShouldSucceed().Json;
            shown.GetProperty("state").GetString().ShouldBe("succeeded", shown.GetRawText());
            shown.GetProperty("outputs").GetProperty("register").GetProperty("version").GetInt32().ShouldBe(version);
            var versions = (await Cli.RunAsync("versions", "list", "reviews", "--limit", "1000", "--home", folder.Home, "--json")).ShouldSucceed().Json;
            versions.GetArrayLength().ShouldBe(version);
            (await Cli.RunAsync("alias", "history", "reviews@champion", "--home", folder.Home, "--json")).ShouldSucceed().Json.GetArrayLength().ShouldBe(version);
            var runs = (await Cli.RunAsync("runs", "list", "--home", folder.Home, "--json", "--filter", "attributes.status = 'RUNNING'")).ShouldSucceed().Json;
            runs.GetArrayLength().ShouldBe(0);
        }
    }
}
