namespace Plumbline.Server.Tests.Security;

public sealed class AccessTests
{
    private const string Secret = "correct-horse-battery", Body = """{"text":"a"}""";
    private static readonly ServerOptions Keyed = RunningServer.Options with { ApiKeys = [new("shop", Secret, 3), new("desk", "another-long-secret", 100)], TrustLoopback = false };

    [Fact]
    public async Task Predict_KeyInEitherHeader_Answered()
    {
        await using var server = await RunningServer.StartAsync(Keyed);
        (await server.PostAsync("/predict", Body, ("Authorization", $"Bearer {Secret}"))).Status.ShouldBe(200);
        (await server.PostAsync("/predict", Body, ("X-API-Key", Secret))).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Predict_WithoutKeyOrWithAWrongOne_Refused()
    {
        await using var server = await RunningServer.StartAsync(Keyed);
        var answer = await server.PostAsync("/predict", Body);
        answer.ShouldBeProblem(401, "unauthorized");
        answer.Headers["WWW-Authenticate"].ShouldBe("Bearer");
        (await server.PostAsync("/predict", Body, ("X-API-Key", Secret + "x"))).ShouldBeProblem(401, "unauthorized");
        (await server.GetAsync("/metrics")).ShouldBeProblem(401, "unauthorized");
        foreach (var probe in (string[])["/health", "/readiness", "/ready"])
            (await server.GetAsync(probe)).Status.ShouldBe(200);
        server.Log.ShouldNotContain(Secret);
    }

    [Fact]
    public async Task Predict_KeyBeyondItsQuota_RefusedButOthersAreNot()
    {
        await using var server = await RunningServer.StartAsync(Keyed);
        for (var i = 0; i < 3; i++)
            (await server.PostAsync("/predict", Body, ("X-API-Key", Secret))).Status.ShouldBe(200);
        var answer = await server.PostAsync("/predict", Body, ("X-API-Key", Secret));
        answer.ShouldBeProblem(429, "rate-limited");
        int.Parse(answer.Headers["Retry-After"], System.Globalization.CultureInfo.InvariantCulture).ShouldBeInRange(1, 60);
        (await server.PostAsync("/predict", Body, ("X-API-Key", "another-long-secret"))).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Predict_AnonymousFromUntrustedAddress_TenAMinute()
    {
        await using var server = await RunningServer.StartAsync(RunningServer.Options with { TrustLoopback = false });
        for (var i = 0; i < 10; i++)
            (await server.PostAsync("/predict", Body)).Status.ShouldBe(200);
        (await server.PostAsync("/predict", Body)).ShouldBeProblem(429, "rate-limited");
        (await server.GetAsync("/health")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Predict_GuessingKeys_LimitedToo()
    {
        await using var server = await RunningServer.StartAsync(Keyed);
        for (var i = 0; i < 10; i++)
            (await server.PostAsync("/predict", Body, ("X-API-Key", $"guess-{i}"))).ShouldBeProblem(401, "unauthorized");
        (await server.PostAsync("/predict", Body, ("X-API-Key", "guess-10"))).ShouldBeProblem(429, "rate-limited");
        (await server.PostAsync("/predict", Body, ("X-API-Key", Secret))).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Predict_TrustedLoopback_NeedsNoKeyButAWrongOneIsRefused()
    {
        await using var server = await RunningServer.StartAsync(Keyed with { TrustLoopback = true });
        for (var i = 0; i < 20; i++)
            (await server.PostAsync("/predict", Body)).Status.ShouldBe(200);
        (await server.PostAsync("/predict", Body, ("X-API-Key", "wrong"))).ShouldBeProblem(401, "unauthorized");
    }

    [Theory]
    [InlineData("rebound.example", false)]
    [InlineData("rebound.example:8080", false)]
    [InlineData("127.0.0.1.rebound.example", false)]
    [InlineData("localhost.example", false)]
    [InlineData("localhost:8080", true)]
    [InlineData("LOCALHOST.", true)]
    [InlineData("plumbline.localhost", true)]
    [InlineData("127.0.0.1:8080", true)]
    [InlineData("[::1]:8080", true)]
    [InlineData("plumbline", true)]
    public async Task Predict_FromLoopbackByTheNameOfAnotherMachine_RefusedWithoutAKey(string host, bool isTrusted)
    {
        await using var open = await RunningServer.StartAsync(RunningServer.Options);
        var answer = await open.PostAsync("/predict", Body, ("Host", host));
        if (isTrusted)
            answer.Status.ShouldBe(200);
        else
            answer.ShouldBeProblem(421, "misdirected");
        (await open.GetAsync("/health", ("Host", host))).Status.ShouldBe(200);
        await using var keyed = await RunningServer.StartAsync(Keyed with { TrustLoopback = true });
        (await keyed.PostAsync("/predict", Body, ("Host", host), ("X-API-Key", Secret))).Status.ShouldBe(200);
        await using var behind = await RunningServer.StartAsync(Keyed);
        (await behind.PostAsync("/predict", Body, ("Host", host), ("X-API-Key", Secret))).Status.ShouldBe(200);
    }
}
