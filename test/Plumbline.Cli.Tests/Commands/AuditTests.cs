namespace Plumbline.Cli.Tests.Commands;

public sealed class AuditTests(TrainedHome trained) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task List_AfterQuickstart_WhoWhatFromWhereWhy()
    {
        var events = (await Cli.RunAsync("audit", "list", "--home", trained.Home, "--json")).ShouldSucceed().Json.EnumerateArray().ToArray();
        events.Select(e => e.GetProperty("action").GetString()).Take(3).ShouldBe(["model.created", "version.registered", "alias.set"]);
        var set = events[2];
        set.GetProperty("actor").GetString().ShouldBe(Environment.UserName);
        set.GetProperty("origin").GetProperty("interface").GetString().ShouldBe("cli");
        set.GetProperty("origin").GetProperty("host").GetString().ShouldBe(Environment.MachineName);
        set.GetProperty("reason").GetString().ShouldNotBeNullOrEmpty();
        set.GetProperty("hash").GetString()!.Length.ShouldBe(64);
        var subject = set.GetProperty("subject").GetString()!;
        (await Cli.RunAsync("audit", "list", "--subject", subject, "--home", trained.Home)).ShouldSucceed().Error.ShouldContain(subject);
    }

    [Fact]
    public async Task Verify_WithKeptHead_WholeUntilTheHeadIsAnother()
    {
        var head = (await Cli.RunAsync("audit", "head", "--home", trained.Home)).ShouldSucceed().Out;
        head.ShouldMatch(@"^plumbline-audit-1 \d+ [0-9a-f]{64}\n$");
        var file = Path.Combine(_folder.Path, "head.txt");
        await File.WriteAllTextAsync(file, head, TestContext.Current.CancellationToken);
        var verified = (await Cli.RunAsync("audit", "verify", "--head", file, "--home", trained.Home, "--json")).ShouldSucceed().Json;
        verified.GetProperty("hash").GetString().ShouldBe(head.Trim().Split(' ')[2]);
        await File.WriteAllTextAsync(file, $"plumbline-audit-1 2 {new string('0', 64)}", TestContext.Current.CancellationToken);
        (await Cli.RunAsync("audit", "verify", "--head", file, "--home", trained.Home, "--json")).ShouldFail(5, "metadata", "Event 2 has another hash");
        await File.WriteAllTextAsync(file, "x", TestContext.Current.CancellationToken);
        (await Cli.RunAsync("audit", "verify", "--head", file, "--home", trained.Home, "--json")).ShouldFail(5, "metadata", "no head");
        (await Cli.RunAsync("audit", "verify", "--head", file + "x", "--home", trained.Home, "--json")).ShouldFail(2, "usage", "cannot be read");
    }

    public void Dispose() => _folder.Dispose();
}
