using System.Globalization;
using System.Text.Json;
using Microsoft.Playwright;

namespace Plumbline.Cli.Tests.Commands;

public sealed class StudiesTests(TrainedHome trained)
{
    private const string Trials = "40";

    private static readonly string? Chromium = new[] { "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Show_Html_WritesThePageBesideTheTable()
    {
        using var folder = new TemporaryFolder();
        var run = await ContestAsync(folder);
        var name = (await Cli.RunAsync("studies", "--json", "--home", folder.Home)).ShouldSucceed().Json.EnumerateArray().First().GetProperty("name").GetString()!;
        var page = folder.File("study.html");
        var answer = (await Cli.RunAsync("studies", "show", name, "--html", page, "--home", folder.Home)).ShouldSucceed();
        answer.Error.ShouldContain(page);
        File.ReadAllText(page).ShouldContain("Optimisation history: macro-F1 on valid");
        File.ReadAllText(Path.Combine(run, "report.html")).ShouldContain("href=\"contest.html\"");
        File.ReadAllText(Path.Combine(run, "contest.html")).ShouldContain("href=\"report.html\"");
        File.Exists(Path.Combine(run, "learning-curve.svg")).ShouldBeTrue();
        await ShouldFitAPhoneAsync(page, Path.Combine(run, "contest.html"), Path.Combine(run, "report.html"));
    }

    [Fact]
    public async Task Show_Contest_HasItsFamiliesAndWhoWasChosenAndWhy()
    {
        using var folder = new TemporaryFolder();
        string[] shared = ["--artifacts", folder.File("artifacts")];
        var run = Path.GetFileName(await ContestAsync(folder, shared));
        var list = (await Cli.RunAsync("studies", "--home", folder.Home)).ShouldSucceed();
        var name = list.Error.Split('\n').Single(line => line.StartsWith("Contest ", StringComparison.Ordinal)).Split([' ', ','], StringSplitOptions.RemoveEmptyEntries)[1];
        var page = folder.File("contest.html");
        var shown = (await Cli.RunAsync("studies", "show", name, "--html", page, "--home", folder.Home, "--json")).ShouldSucceed().Json;
        shown.GetProperty("families").EnumerateArray().Select(family => family.GetProperty("family").GetString()).ShouldBe(["logistic", "complement_nb", "stacking"], ignoreOrder: true);
        shown.GetProperty("run").GetString().ShouldBe(run);
        shown.GetProperty("why").GetString()!.ShouldContain(shown.GetProperty("chosen").GetString()!);
        shown.GetProperty("trials_since").GetInt32().ShouldBe(0);
        shown.GetProperty("studies").EnumerateArray().Select(study => study.GetProperty("name").GetString()).ShouldBe([$"{name}/logistic", $"{name}/complement_nb"], ignoreOrder: true);
        File.ReadAllText(page).ShouldContain("was chosen");
        var table = (await Cli.RunAsync("studies", "show", name, "--home", folder.Home)).ShouldSucceed().Error;
        table.ShouldContain("✓");
        table.ShouldContain($"Study     {name}/logistic");
        (await Cli.RunAsync("studies", "show", $"{name}/boosting", "--home", folder.Home, "--json")).ShouldFail(5, "metadata", "has no study 'boosting' yet");
        (await Cli.RunAsync("studies", "show", "nothing", "--home", folder.Home, "--json")).ShouldFail(5, "metadata", "There is no contest or study 'nothing'");
        (await Cli.RunAsync("studies", "resume", name, "--trials", "0", "--home", folder.Home, "--json")).ShouldFail(2, "usage", "--trials: 0");
        Directory.Delete(Path.Combine(folder.Home, "runs"), recursive: true);
        var fetched = (await Cli.RunAsync(["studies", "show", name, "--home", folder.Home, "--json", .. shared])).ShouldSucceed().Json;
        fetched.GetProperty("why").GetString().ShouldBe(shown.GetProperty("why").GetString(), "what another host has comes from the artifact store");
        Directory.Delete(Path.Combine(folder.Home, "runs"), recursive: true);
        var unfinished = (await Cli.RunAsync("studies", "show", name, "--html", page, "--home", folder.Home, "--json")).ShouldSucceed().Json;
        unfinished.GetProperty("chosen").ValueKind.ShouldBe(JsonValueKind.Null);
        unfinished.GetProperty("families")[0].GetProperty("macro_f1").GetDouble().ShouldBeGreaterThan(0);
        File.ReadAllText(page).ShouldContain("Nothing is chosen");
    }

    [Fact]
    public async Task Work_AWorkerKilledAmidATrial_OthersRunItAgainAndOneBundleIsPublished()
    {
        using var folder = new TemporaryFolder();
        using var owner = Cli.Start(
            folder.Path, "train", trained.Data, "--families", "perceptron", "--trials", Trials, "--pruner", "none", "--max-features", "2000", "--shared", "--threads", "1", "--home", folder.Home, "--json");
        var answer = owner.StandardOutput.ReadToEndAsync(Token);
        while (await owner.StandardError.ReadLineAsync(Token) is { } line && !line.StartsWith("perceptron", StringComparison.Ordinal))
        {
        }
        var errors = owner.StandardError.ReadToEndAsync(Token);
        var study = (await Cli.RunAsync("studies", "--json", "--home", folder.Home)).ShouldSucceed().Json.EnumerateArray().Single().GetProperty("name").GetString()!;
        string[] work = ["studies", "work", study, "--threads", "1", "--home", folder.Home, "--json"];
        using (var killed = Cli.Start(folder.Path, work))
        {
            while (await CountAsync(study, folder, "running") < 2)
                killed.HasExited.ShouldBeFalse("the trials are too few for a worker to begin one");
            killed.Kill();
            await killed.WaitForExitAsync(Token);
        }
        var worker = (await Cli.RunProcessAsync(folder.Path, work)).ShouldSucceed();
        worker.Json.GetProperty("trials_run").GetInt32().ShouldBeGreaterThan(0);
        await owner.WaitForExitAsync(Token);
        owner.ExitCode.ShouldBe(0, await errors);
        JsonDocument.Parse(await answer).RootElement.GetProperty("family").GetString().ShouldBe("perceptron");
        (await CountAsync(study, folder, "complete")).ShouldBe(int.Parse(Trials, CultureInfo.InvariantCulture));
        (await CountAsync(study, folder, "running") + await CountAsync(study, folder, "waiting")).ShouldBe(0);
        Directory.GetDirectories(Path.Combine(folder.Home, "bundles")).Length.ShouldBe(1);
    }

    [Fact]
    public async Task Work_AContestThatIsNotShared_IsRefused()
    {
        using var folder = new TemporaryFolder();
        await ContestAsync(folder);
        var name = (await Cli.RunAsync("studies", "--json", "--home", folder.Home)).ShouldSucceed().Json.EnumerateArray().First().GetProperty("name").GetString()!;
        (await Cli.RunAsync("studies", "work", name, "--home", folder.Home, "--json")).ShouldFail(5, "metadata", "is not shared");
    }

    private static async Task<int> CountAsync(string study, TemporaryFolder folder, string state)
    {
        var shown = (await Cli.RunAsync("studies", "show", study, "--json", "--home", folder.Home)).ShouldSucceed();
        return shown.Json.GetProperty("trials").EnumerateArray().Count(trial => trial.GetProperty("state").GetString() == state);
    }

    private async Task<string> ContestAsync(TemporaryFolder folder, params string[] more)
    {
        (await Cli.RunAsync(["train", trained.Data, "--families", "logistic,complement_nb", "--trials", "12", "--max-features", "2000", "--home", folder.Home, "--json", .. more])).ShouldSucceed();
        return Directory.GetDirectories(Path.Combine(folder.Home, "runs")).Single();
    }

    private static async Task ShouldFitAPhoneAsync(params string[] pages)
    {
        Assert.SkipWhen(Chromium is null, "There is no Chromium on this machine.");
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium, Args = ["--no-sandbox"] });
        foreach (var file in pages)
        {
            var page = await browser.NewPageAsync(new() { ViewportSize = new() { Width = 375, Height = 800 } });
            var complaints = new List<string>();
            page.Console += (_, message) => complaints.Add(message.Text);
            page.Request += (_, request) => complaints.AddRange(new[] { request.Url }.Where(url => !url.StartsWith("file:", StringComparison.Ordinal)));
            await page.GotoAsync(new Uri(file).AbsoluteUri);
            await page.EvaluateAsync("document.querySelectorAll('details').forEach(details => details.open = true)");
            (await page.EvaluateAsync<int>("document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(375, file);
            complaints.ShouldBeEmpty();
            await page.CloseAsync();
        }
    }
}
