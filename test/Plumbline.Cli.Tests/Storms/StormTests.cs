using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Plumbline.Rollouts;
using Plumbline.Storage;

namespace Plumbline.Cli.Tests.Storms;

/// <summary>A server as users run it, whose PostgreSQL, Redis and object store are stopped in turn while it is asked.</summary>
public sealed class StormTests(TrainedHome trained) : IAsyncLifetime
{
    private const string Plan = "traffic plan has not been known", Features = "feature store does not answer", Cache = "prediction cache's Redis does not answer", Log = "on this host alone";

    private readonly TemporaryFolder _folder = new();
    private StormParts _parts = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string[] Home => ["--home", _folder.Home, "--store", _parts.Store, "--artifacts", _parts.Artifacts, "--json"];

    public async ValueTask InitializeAsync()
    {
        _parts = await StormParts.StartAsync();
        _folder.Write("plumbline.yaml", $$"""
            model: {name: reviews}
            features: {store: {kind: redis, address: "{{_parts.Redis.Address}}" } }
            server:
              port: 0
              poll_seconds: 0.2
              measure_seconds: 0.5
              prediction_log: {ship_seconds: 1}
              cache: {memory_mib: 1, redis: {address: "{{_parts.Redis.Address}}" } }
            """);
        string[] train = ["train", trained.Data, "--aggregates", "user_avg_len", "--register", "reviews", .. Home];
        (await Cli.RunAsync([.. train, "--families", "logistic"])).ShouldSucceed();
        (await Cli.RunAsync([.. train, "--families", "svm"])).ShouldSucceed();
        (await Cli.RunAsync(["promote", "reviews/1", "--reason", "first", .. Home])).ShouldSucceed();
    }

    public ValueTask DisposeAsync()
    {
        _parts.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public Task Serve_EachPartStoppedInTurn_NoPredictionFailsAndAllIsCaughtUp() => StormAsync(rate: 200, TimeSpan.FromSeconds(1));

    /// <summary>A minute each, or as <c>PLUMBLINE_TEST_STORM_SECONDS</c> says.</summary>
    [Fact(Explicit = true)]
    public Task Serve_EachPartStoppedForLong_NoPredictionFailsAndAllIsCaughtUp() =>
        StormAsync(rate: 400, TimeSpan.FromSeconds(double.Parse(Environment.GetEnvironmentVariable("PLUMBLINE_TEST_STORM_SECONDS") ?? "60", CultureInfo.InvariantCulture)));

    [Fact]
    public async Task Serve_StartedWithEverythingGone_ServesWhatItServedLast()
    {
        using (var first = Start())
        {
            using var client = await ClientAsync(first);
            (await client.PostAsJsonAsync("/predict", new { text = "good" }, Token)).EnsureSuccessStatusCode();
            await UntilAsync(() => Task.FromResult(File.Exists(Path.Combine(_folder.Home, "serving", "reviews.json"))));
            await Cli.SignalAsync(first, "KILL");
            await first.WaitForExitAsync(Token);
        }
        _parts.StopAll();
        using var second = Start();
        using var caller = await ClientAsync(second);
        var answer = await caller.PostAsJsonAsync("/predict", new { text = "good", entities = new { user = "u1" } }, Token);
        answer.EnsureSuccessStatusCode();
        (await answer.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("version").GetString().ShouldBe("reviews/1");
        await SaysAsync(caller, Plan, Features);
        _parts.Postgres.StartAgain();
        _parts.Redis.StartAgain();
        _parts.S3.StartAgain();
        // Though nobody predicts.
        await SaysNothingAsync(caller);
        await StopAsync(second);
    }

    private async Task StormAsync(int rate, TimeSpan each)
    {
        using var process = Start();
        using var client = await ClientAsync(process);
        await SaysNothingAsync(client);
        await StartRolloutAsync(client);
        await using var load = new StormLoad(client, rate);
        await LastAsync(each);
        var output = TestContext.Current.TestOutputHelper;

        await OutageAsync("PostgreSQL stopped", _parts.Postgres.Stop, _parts.Postgres.StartAgain, Plan);
        await OutageAsync("Redis stopped", _parts.Redis.Stop, _parts.Redis.StartAgain, Features, Cache);
        await OutageAsync("S3 stopped", _parts.S3.Stop, _parts.S3.StartAgain, Log);
        await OutageAsync("PostgreSQL killed", _parts.Postgres.Kill, () =>
        {
            _parts.Postgres.StartAgain();
            // Before the server knows that it may be asked again.
            Cli.RunAsync(["flags", "set", "seen", .. Home]).GetAwaiter().GetResult().ShouldSucceed();
        }, Plan);
        await LastAsync(each);

        await load.EndAsync();
        load.Failures.ShouldBeEmpty();
        load.Versions.Count.ShouldBe(2);
        await CaughtUpAsync(client, load);
        await StopAsync(process);
        foreach (var (said, times) in load.Refusals)
            output?.WriteLine($"{said}: {times} times");

        async Task OutageAsync(string name, Action stop, Action start, params string[] warnings)
        {
            var (begun, before) = (Stopwatch.GetTimestamp(), load.Answered);
            stop();
            await SaysAsync(client, warnings);
            await LastAsync(each - Stopwatch.GetElapsedTime(begun));
            var (lasted, during) = (Stopwatch.GetElapsedTime(begun), load.Answered - before);
            start();
            var started = Stopwatch.GetTimestamp();
            await SaysNothingAsync(client, load);
            output?.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{name} for {lasted.TotalSeconds:0.0} s: {during} predictions answered, {load.Failures.Count} failed; /readiness has nothing to say {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s after the start"));
        }

        // As many predictions as the time has.
        async Task LastAsync(TimeSpan time)
        {
            var until = load.Answered + (long)(rate * time.TotalSeconds);
            await UntilAsync(() => Task.FromResult(load.Answered >= until || !load.Failures.IsEmpty));
        }
    }

    private async Task StartRolloutAsync(HttpClient client)
    {
        var definition = _folder.Write("rollout.json", JsonSerializer.Serialize(new
        {
            name = "storm",
            kind = "canary",
            unit = "user",
            stable = "reviews/1",
            candidates = new[] { new { version = "reviews/2" } },
            gates = new[] { new { kind = "error_rate", most = 0.9 } },
            steps = new object[] { new { weight = 0.5, needs_approval = true, duration = "01:00:00" } },
        }));
        (await Cli.RunAsync(["rollout", "start", definition, .. Home])).ShouldSucceed();
        await UntilAsync(async () => (await ReadyAsync(client)).GetProperty("traffic").GetArrayLength() == 2);
    }

    /// <summary>Everything that the server took down, or was told, is where it belongs, and there once.</summary>
    private async Task CaughtUpAsync(HttpClient client, StormLoad load)
    {
        await using (var store = PostgresMetadataStore.Open(PostgresStoreOptions.Parse(_parts.Store, "test")!, TimeProvider.System))
        {
            var rollouts = new RolloutStore(store, TimeProvider.System);
            long counted = 0;
            await UntilAsync(async () => (counted = (await rollouts.GetAsync("storm", Token)).State.Totals.Sum(totals => totals.Sums.Requests)) >= load.Answered);
            counted.ShouldBe(load.Answered, "each request is measured once");
        }
        await UntilAsync(async () => (await FeedbackAsync()).GetProperty("joined").GetInt64() >= load.Acknowledged);
        var feedback = await FeedbackAsync();
        (feedback.GetProperty("joined").GetInt64(), feedback.GetProperty("waiting").GetInt64(), feedback.GetProperty("set_aside").GetInt64()).ShouldBe((load.Acknowledged, 0, 0));
        (await client.GetFromJsonAsync<JsonElement>("/v1/flags", Token)).GetRawText().ShouldContain("\"seen\"");
        (await MetricAsync(client, "plumbline_predictions_unlogged")).ShouldBe(0);
        await UntilAsync(async () => await MetricAsync(client, "plumbline_predictions_unshipped_seconds") < 5);

        // The same plan for all that was changed while others could not be asked.
        (await Cli.RunAsync(["rollout", "abort", "storm", "--reason", "it is over", .. Home])).ShouldSucceed();
        (await Cli.RunAsync(["traffic", "set", "reviews", "--candidate", "2=100%", .. Home])).ShouldSucceed();
        await UntilAsync(async () => (await ReadyAsync(client)).GetProperty("traffic").EnumerateArray().Any(share => share.GetProperty("share").GetDouble() == 1));
    }

    private async Task<JsonElement> FeedbackAsync() => (await Cli.RunAsync(["predictions", "feedback", .. Home])).ShouldSucceed().Json;

    private static async Task<double> MetricAsync(HttpClient client, string name) =>
        double.Parse((await client.GetStringAsync("/metrics", Token)).Split('\n').Single(line => line.StartsWith(name + " ", StringComparison.Ordinal))[(name.Length + 1)..], CultureInfo.InvariantCulture);

    private static Task<JsonElement> ReadyAsync(HttpClient client) => client.GetFromJsonAsync<JsonElement>("/readiness", Token);

    private static Task SaysAsync(HttpClient client, params string[] warnings) =>
        UntilAsync(async () => (await ReadyAsync(client)).GetProperty("warnings").GetRawText() is var said && warnings.All(warning => JsonSerializer.Deserialize<string[]>(said)!.Any(one => one.Contains(warning, StringComparison.Ordinal))));

    /// <param name="load">None of it may fail meanwhile.</param>
    private static async Task SaysNothingAsync(HttpClient client, StormLoad? load = null)
    {
        var said = "";
        await UntilAsync(
            async () =>
            {
                load?.Failures.ShouldBeEmpty();
                return (said = (await ReadyAsync(client)).GetProperty("warnings").GetRawText()) == "[]";
            },
            () => said);
    }

    /// <param name="instead">What there is as long as it is not so.</param>
    private static async Task UntilAsync(Func<Task<bool>> condition, Func<string>? instead = null)
    {
        var begun = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Stopwatch.GetElapsedTime(begun).ShouldBeLessThan(TimeSpan.FromMinutes(1), instead?.Invoke());
            await Task.Delay(20, Token);
        }
    }

    private Process Start() => Cli.Start(_folder.Path, ["serve", "--model", "reviews", .. Home]);

    private static async Task<HttpClient> ClientAsync(Process process)
    {
        var error = process.StandardError.ReadToEndAsync(Token);
        var line = await process.StandardOutput.ReadLineAsync(Token) ?? throw new InvalidOperationException(await error);
        return new HttpClient { BaseAddress = new Uri(JsonDocument.Parse(line).RootElement.GetProperty("url").GetString()!) };
    }

    private static async Task StopAsync(Process process)
    {
        await Cli.SignalAsync(process, "TERM");
        await process.WaitForExitAsync(Token);
        process.ExitCode.ShouldBe(0);
    }
}
