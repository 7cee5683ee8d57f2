using Microsoft.Playwright;

namespace Plumbline.Cli.Tests.Commands;

public sealed class StudiesTests(TrainedHome trained)
{
    private static readonly string? Chromium = new[] { "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists);

    [Fact]
    public async Task Show_Html_WritesThePageBesideTheTable()
    {
        using var folder = new TemporaryFolder();
        var run = await ContestAsync(folder);
        var name = (await Cli.RunAsync("studies", "--json", "--home", folder.Home)).ShouldSucceed().Json.EnumerateArray().First().GetProperty("name").GetString()!;
        var page = folder.File("study.html");
        var answer = (await Cli.RunAsync("studies", "show", name, "--html", page, "--home", folder.Home)).ShouldSucceed();
        answer.Error.ShouldContain(page);
        File.ReadAllText(page).ShouldContain("Optimisation history: macro-F1 on rows held out");
        File.ReadAllText(Path.Combine(run, "report.html")).ShouldContain("href=\"contest.html\"");
        File.ReadAllText(Path.Combine(run, "contest.html")).ShouldContain("href=\"report.html\"");
        File.Exists(Path.Combine(run, "learning-curve.svg")).ShouldBeTrue();
        await ShouldFitAPhoneAsync(page, Path.Combine(run, "contest.html"), Path.Combine(run, "report.html"));
    }

    private async Task<string> ContestAsync(TemporaryFolder folder)
    {
        (await Cli.RunAsync("train", trained.Data, "--families", "logistic,complement_nb", "--trials", "12", "--max-features", "2000", "--home", folder.Home, "--json")).ShouldSucceed();
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
