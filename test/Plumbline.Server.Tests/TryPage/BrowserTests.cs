using Microsoft.Playwright;

namespace Plumbline.Server.Tests.TryPage;

public sealed class BrowserTests(RunningServer server)
{
    private static readonly string? Chromium = new[] { "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists);

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Page_PredictOnAPhone_ShowsBarsWithoutComplaints(ColorScheme scheme)
    {
        Assert.SkipWhen(Chromium is null, "There is no Chromium on this machine.");
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium, Args = ["--no-sandbox"] });
        var page = await browser.NewPageAsync(new() { ViewportSize = new() { Width = 375, Height = 800 }, ColorScheme = scheme });
        var complaints = new List<string>();
        var outside = new List<string>();
        page.Console += (_, message) => complaints.Add(message.Text);
        page.PageError += (_, error) => complaints.Add(error);
        page.Request += (_, request) => outside.AddRange(new[] { request.Url }.Where(url => !url.StartsWith(server.Server.Address.ToString(), StringComparison.Ordinal) && !url.StartsWith("data:", StringComparison.Ordinal)));

        await page.GotoAsync(server.Server.Address.ToString());
        await page.GetByLabel("Text to classify").FillAsync("A wonderful book <b>loved it</b>");
        await page.GetByRole(AriaRole.Button, new() { Name = "Predict" }).ClickAsync();
        await page.Locator("#rows tr").First.WaitForAsync();

        (await page.Locator("#rows tr").CountAsync()).ShouldBe(5);
        (await page.Locator("#rows tr.chosen th").InnerTextAsync()).ShouldBe(await page.Locator("#label").InnerTextAsync());
        (await page.Locator("#version").InnerTextAsync()).ShouldBe("reviews/3");
        (await page.Locator(".chosen .bar").EvaluateAsync<double>("bar => bar.getBoundingClientRect().width")).ShouldBeGreaterThan(10);
        (await page.EvaluateAsync<int>("document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(375);
        complaints.ShouldBeEmpty();
        outside.ShouldBeEmpty();
        if (Environment.GetEnvironmentVariable("PLUMBLINE_SCREENSHOTS") is { Length: > 0 } folder)
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"try-{scheme}.png"), FullPage = true });
    }

    [Fact]
    public async Task Page_TextTooLong_ShowsTheReason()
    {
        Assert.SkipWhen(Chromium is null, "There is no Chromium on this machine.");
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium, Args = ["--no-sandbox"] });
        var page = await browser.NewPageAsync();
        await page.GotoAsync(server.Server.Address.ToString());
        await page.Locator("#text").FillAsync(new string('a', 20_001));
        await page.Locator("#text").PressAsync("Control+Enter");
        var alert = page.GetByRole(AriaRole.Alert);
        await alert.WaitForAsync();
        (await alert.InnerTextAsync()).ShouldContain("20001 characters");
    }
}
