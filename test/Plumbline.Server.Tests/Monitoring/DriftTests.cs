using System.Globalization;
using System.Text.Json;
using Plumbline.Monitoring;
using Plumbline.Rollouts;
using Plumbline.Rollouts.Gates;
using Plumbline.Server.Telemetry;
using Plumbline.Server.Tests.Generations;
using Plumbline.Statistics;
using Plumbline.Storage;

namespace Plumbline.Server.Tests.Monitoring;

/// <summary>What a real server tells of the requests that it answers.</summary>
public sealed class DriftTests : IDisposable
{
    private const int Requests = 400;

    private static readonly string[] Words = ["awful", "waste", "boring", "dull", "weak", "average", "okay", "good", "enjoyable", "wonderful", "loved", "brilliant"];

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Predict_TextsThatTheModelNeverSaw_FoundInMetricsAndReport()
    {
        await using (var server = await RunningServer.StartAsync(Options(OpenStore)))
        {
            await SendAsync(server, "совершенно новые слова никто не видел раньше");
            await WaitForAsync(server, metrics => Value(metrics, "plumbline_drift_requests{") == Requests);
            var metrics = (await server.GetAsync("/metrics")).Body;
            Value(metrics, """plumbline_drift_psi{feature="script",kind="text",version="reviews/3"}""").ShouldBeGreaterThan(1);
            Value(metrics, """plumbline_drift_severity{feature="unknown words",kind="text",version="reviews/3"}""").ShouldBe(3);
            Value(metrics, """plumbline_drift_text_auc{version="reviews/3"}""").ShouldBeGreaterThan(0.9);
            await Deployed.UntilAsync(async () => !(await server.GetAsync("/readiness")).Body.Contains("drift", StringComparison.Ordinal));
            var told = (await server.GetAsync("/v1/drift")).Json.GetProperty("drift")[0];
            (told.GetProperty("version").GetString(), told.GetProperty("requests").GetInt64(), told.GetProperty("decision").GetProperty("action").GetString()).ShouldBe(("reviews/3", Requests, "retrain"));
        }
        await using var store = OpenStore();
        var windows = new DriftWindows(store, TimeProvider.System);
        using var predictor = Plumbline.Inference.Predictor.Load(TestBundle.Directory);
        var reference = DriftReference.Of(predictor);
        reference.IsCoarse.ShouldBeFalse("training keeps what test was like");
        var now = TimeProvider.System.GetUtcNow();
        var report = await new DriftReporter(windows).ReportAsync("reviews/3", reference, now.AddHours(-1), now.AddMinutes(5), DriftProfile.Default, cancellation: Token);
        (report.Requests, report.Decision.Action).ShouldBe((Requests, DriftAction.Retrain));
        report.Text!.Words.ShouldContain(word => word.Word == "совершенно");
    }

    [Fact]
    public async Task Stop_BetweenTwoTellings_NothingIsLost()
    {
        await using (var server = await RunningServer.StartAsync(Options(OpenStore) with { Drift = new DriftOptions { Open = OpenStore, Period = TimeSpan.FromHours(1) } }))
            await SendAsync(server, "it was");
        (await RequestsAsync()).ShouldBe(Requests);
    }

    [Fact]
    public async Task Predict_StoreIsLost_GoesOnAndTellsLater()
    {
        var isThere = false;
        await using var server = await RunningServer.StartAsync(Options(() => Volatile.Read(ref isThere) ? OpenStore() : throw new MetadataException(MetadataError.Unavailable, "no store")));
        await SendAsync(server, "it was");
        await Deployed.UntilAsync(async () => (await server.GetAsync("/readiness")).Body.Contains("drift", StringComparison.Ordinal));
        Volatile.Write(ref isThere, true);
        await WaitForAsync(server, metrics => Value(metrics, "plumbline_drift_requests{") == Requests);
        (await RequestsAsync()).ShouldBe(Requests);
        await Deployed.UntilAsync(async () => !(await server.GetAsync("/readiness")).Body.Contains("drift", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Canary_InputsMoved_IsRolledBackByItsGate()
    {
        await using var deployed = await Deployed.WithChampionAsync(TestBundle.Directory, TestBundle.Flipped);
        await using var server = await RunningServer.StartAsync(deployed.Options with
        {
            Drift = new DriftOptions { Open = deployed.OpenStore, Period = TimeSpan.FromMilliseconds(200) },
            Deployment = deployed.Options.Deployment! with { Measure = TimeSpan.FromSeconds(1) },
        });
        await deployed.Rollouts.StartAsync(
            new RolloutDefinition("up", RolloutKind.Canary, "reviews/1", [new("reviews/2")])
            {
                Unit = RolloutUnit.Request,
                Gates = [new RolloutGate { Kind = GateKind.InputDrift, Most = 0.5 }],
                Steps = [new CanaryStep(0.5) { Duration = TimeSpan.FromHours(1) }],
            },
            "tests", "", Token);
        await Deployed.UntilAsync(async () =>
        {
            for (var request = 0; request < 20; request++)
                (await server.PredictAsync($$"""{"texts":["совершенно новые слова {{request}}"]}""")).Status.ShouldBe(200);
            return (await deployed.Rollouts.GetAsync("up", Token)).State.Phase != RolloutPhase.Running;
        });
        var rollout = await deployed.Rollouts.GetAsync("up", Token);
        rollout.State.Phase.ShouldBe(RolloutPhase.RolledBack);
        rollout.State.Journal[^1].Reasons.ShouldContain(reason => reason.Contains("drift", StringComparison.Ordinal));
    }

    /// <summary>A gauge that stayed as it was would keep an alert firing for traffic that nobody sends any more.</summary>
    [Fact]
    public async Task Find_NothingWasAskedAnyMore_IsToldNoMore()
    {
        await using var server = await RunningServer.StartAsync(Options(OpenStore));
        await SendAsync(server, "совершенно новые слова никто не видел раньше");
        await WaitForAsync(server, metrics => Value(metrics, "plumbline_drift_severity{") >= 0 && Value(metrics, "plumbline_quality_macro_f1{") >= 0);
        await using (var store = OpenStore())
            await store.WriteAsync(connection => connection.Execute("DELETE FROM drift_windows"), Token);
        await WaitForAsync(server, metrics => !metrics.Contains("plumbline_drift_severity{", StringComparison.Ordinal));
        var metrics = (await server.GetAsync("/metrics")).Body;
        foreach (var gauge in new[] { "plumbline_drift_psi", "plumbline_drift_text_auc", "plumbline_drift_requests", "plumbline_quality_macro_f1" })
            metrics.ShouldNotContain(gauge + "{");
    }

    [Fact]
    public async Task Set_TooFewRequestsToBeJudged_ForgetsWhatWasFoundBefore()
    {
        var registry = Prometheus.Metrics.NewCustomRegistry();
        var metrics = new DriftMetrics(registry);
        var now = TimeProvider.System.GetUtcNow();
        var price = new FeatureDrift("price", DriftKind.Input, DriftSeverity.Large, 0.5, 0, 0, 0.3, 1, 0.2, 0, 0, []);
        var report = new DriftReport(
            "reviews/3", "the test split", 1000, "default", now.AddHours(-1), now, null, 400, new DriftDecision(DriftAction.Retrain, ["price moved"]), [price], new TextDrift(0.9, 0, 0, 0, [], []), [], []);
        metrics.Set(new MonitorReport("reviews/3", now, report, null, new RetrainingDecision("reviews/3", now, DriftAction.Retrain, [])));
        (await TextAsync()).ShouldContain("""plumbline_drift_severity{feature="price",kind="input",version="reviews/3"} 3""");
        metrics.Set(new MonitorReport("reviews/3", now, report with { Requests = 99, Features = [], Text = null }, null, new RetrainingDecision("reviews/3", now, DriftAction.None, [])));
        var text = await TextAsync();
        text.ShouldContain("""plumbline_drift_requests{version="reviews/3"} 99""");
        text.ShouldNotContain("price");
        text.ShouldNotContain("plumbline_drift_text_auc{");

        async Task<string> TextAsync()
        {
            using var stream = new MemoryStream();
            await registry.CollectAndExportAsTextAsync(stream, Token);
            return System.Text.Encoding.UTF8.GetString(stream.ToArray());
        }
    }

    /// <summary>Else nobody would look until that time has come again.</summary>
    [Fact]
    public async Task Find_ReportOfATimeToCome_IsNotTakenForNews()
    {
        await using (var store = OpenStore())
        {
            var (later, leases) = (TimeProvider.System.GetUtcNow().AddDays(1), new LeaseStore(store, TimeProvider.System));
            var lease = (await leases.TryAcquireAsync("monitoring/reviews/3", "a clock that was ahead", TimeSpan.FromMinutes(1), Token))!;
            (await new MonitorReports(store, TimeProvider.System).KeepAsync(new MonitorReport("reviews/3", later, null, null, new RetrainingDecision("reviews/3", later, DriftAction.None, [])), lease.Token, Token)).ShouldBeTrue();
            await leases.ReleaseAsync(lease, Token);
        }
        await using var server = await RunningServer.StartAsync(Options(OpenStore));
        await SendAsync(server, "it was");
        await WaitForAsync(server, metrics => Value(metrics, "plumbline_drift_requests{") == Requests);
    }

    private static ServerOptions Options(Func<IMetadataStore> open) => RunningServer.Options with { Drift = new DriftOptions { Open = open, Period = TimeSpan.FromMilliseconds(200) } };

    private IMetadataStore OpenStore() => SqliteMetadataStore.Open(_folder.File("plumbline.db"), TimeProvider.System);

    private async Task<long> RequestsAsync()
    {
        await using var store = OpenStore();
        var now = TimeProvider.System.GetUtcNow();
        return (await new DriftWindows(store, TimeProvider.System).ReadAsync("reviews/3", now.AddHours(-1), now.AddHours(1), Token)).Sum(window => window.Sketch.Requests);
    }

    private static async Task SendAsync(RunningServer server, string beginning)
    {
        var random = new RandomSource(6);
        for (var sent = 0; sent < Requests; sent += 100)
        {
            var data = Enumerable.Range(0, 100).Select(_ => new { text = $"{beginning} {Words[random.NextInt32(Words.Length)]}", price = Math.Round(random.NextDouble() * 9, 2) });
            (await server.PostAsync("/batch_predict", JsonSerializer.Serialize(new { data }))).Status.ShouldBe(200);
        }
    }

    private static Task WaitForAsync(RunningServer server, Func<string, bool> holds) => Deployed.UntilAsync(async () => holds((await server.GetAsync("/metrics")).Body));

    /// <summary>Of the series whose name and labels begin so; NaN where there is none.</summary>
    private static double Value(string metrics, string series) =>
        metrics.Split('\n').FirstOrDefault(line => line.StartsWith(series, StringComparison.Ordinal)) is { } line ? double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture) : double.NaN;
}
