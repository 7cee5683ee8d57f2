using System.Text.RegularExpressions;

namespace Plumbline.Server.Tests.TryPage;

public sealed partial class TryPageTests(RunningServer server)
{
    [Fact]
    public async Task Page_Headers_AllowNothingFromElsewhere()
    {
        var page = await server.GetAsync("/");
        page.Status.ShouldBe(200);
        page.MediaType.ShouldBe("text/html; charset=utf-8");
        page.Headers["Content-Security-Policy"].ShouldStartWith("default-src 'none'; script-src 'self'; style-src 'self';");
        page.Headers["X-Content-Type-Options"].ShouldBe("nosniff");
        page.Headers.ShouldNotContainKey("Server");
    }

    [Fact]
    public async Task Page_Links_AreAnswered()
    {
        var page = await server.GetAsync("/");
        var links = Link().Matches(page.Body).Select(match => match.Groups[1].Value).Where(link => link != "data:,").ToArray();
        links.Length.ShouldBe(5);
        foreach (var link in links)
            (await server.GetAsync(link)).Status.ShouldBe(200, link);
    }

    [GeneratedRegex("(?:href|src)=\"([^\"]+)\"")]
    private static partial Regex Link();
}
