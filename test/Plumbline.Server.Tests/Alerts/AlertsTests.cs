using System.Text.Json;
using System.Text.Json.Nodes;
using Plumbline.Monitoring.Alerts;
using Plumbline.Monitoring.Alerts.Notifiers;
using Plumbline.Pipelines.Graphs;
using Plumbline.Pipelines.Runs;
using Plumbline.Pipelines.Workers;
using Plumbline.Server.Tests.Generations;
using Plumbline.Server.Tests.Pipelines;
using Plumbline.Storage;
using Plumbline.Tests.Parts;

namespace Plumbline.Server.Tests.Alerts;

/// <summary>What a real server finds, keeps, tells and shows.</summary>
public sealed class AlertsTests : IDisposable
{
    private const string Key = "0123456789abcdef0123456789abcdef";

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Predict_TextsThatTheModelNeverSaw_ToldShownAcknowledgedAndResolved()
    {
        using var receiver = new HttpReceiver();
        var drift = new AlertRule("Drift", "plumbline_drift_severity", 2) { Where = new Dictionary<string, string> { ["feature"] = "unknown words" }, Why = "{feature} of {version}: {value}" };
        await using var server = await RunningServer.StartAsync(Options([drift], receiver) with
        {
            ApiKeys = [new ApiKey("ann", Key, 1000)],
            Drift = new DriftOptions { Open = OpenStore, Period = TimeSpan.FromMilliseconds(100), Span = TimeSpan.FromHours(1) },
        });
        for (var sent = 0; sent < 4; sent++)
            (await server.PostAsync("/batch_predict", JsonSerializer.Serialize(new { data = Enumerable.Range(0, 50).Select(number => new { text = $"совершенно новые слова {sent}{number}" }) }))).Status.ShouldBe(200);

        var notice = await NoticeAsync(receiver, "firing");
        var alert = notice.GetProperty("alert");
        alert.GetProperty("why").GetString().ShouldBe("unknown words of reviews/3: 3");
        var id = alert.GetProperty("id").GetString();
        var shown = (await server.GetAsync("/v1/alerts")).Json.GetProperty("alerts")[0];
        (shown.GetProperty("id").GetString(), shown.GetProperty("state").GetString(), shown.GetProperty("labels").GetProperty("kind").GetString()).ShouldBe((id, "firing", "text"));
        await Deployed.UntilAsync(async () => (await server.GetAsync("/metrics")).Body.Contains("""plumbline_alerts{rule="Drift",severity="warning",state="firing"} 1""", StringComparison.Ordinal));
        (await server.GetAsync("/metrics")).Body.ShouldContain("""plumbline_alert_deliveries_total{notifier="hook0",outcome="delivered"} 1""");

        var acknowledged = await server.PostAsync($"/v1/alerts/{id}/acknowledge", """{"reason":"looking"}""", ("Authorization", $"Bearer {Key}"));
        (acknowledged.Status, acknowledged.Json.GetProperty("acknowledged_by").GetString()).ShouldBe((200, "ann"));
        await NoticeAsync(receiver, "acknowledged");
        await using var store = OpenStore();
        (await new EventLog(store).ListAsync($"alert:{id}", cancellation: Token)).ShouldHaveSingleItem().Origin.ShouldContain("\"key\":\"ann\"");
        (await server.PostAsync("/v1/alerts/none/acknowledge", "{}")).ShouldBeProblem(404, "not-found");
        (await server.PostAsync($"/v1/alerts/{id}/acknowledge", """{"reason":7}""")).ShouldBeProblem(400, "invalid-request", "$.reason");
    }

    [Fact]
    public async Task Requests_AreTooSlow_FoundByAllServersTogether()
    {
        using var receiver = new HttpReceiver();
        var slow = new AlertRule("Slow", ServiceObservations.Latency, 0.0001) { Unit = AlertUnit.Seconds };
        await using var one = await RunningServer.StartAsync(Options([slow], receiver));
        await using var other = await RunningServer.StartAsync(Options([slow], receiver));
        for (var request = 0; request < 60; request++)
        {
            (await one.PredictAsync("""{"text":"a"}""")).Status.ShouldBe(200);
            (await other.PredictAsync("""{"text":"a"}""")).Status.ShouldBe(200);
        }
        await NoticeAsync(receiver, "firing");
        foreach (var server in new[] { one, other })
            (await server.GetAsync("/v1/alerts")).Json.GetProperty("alerts").GetArrayLength().ShouldBe(1);
        receiver.Received.Count.ShouldBe(1, "one of them tells");
    }

    [Fact]
    public async Task Receiver_IsDown_KeptShownAndDeliveredByTheNextServer()
    {
        var isDown = true;
        using var receiver = new HttpReceiver(_ => new ReceiverAnswer(Volatile.Read(ref isDown) ? 503 : 200));
        await using (var server = await RunningServer.StartAsync(Options([], receiver)))
        {
            await using (var store = OpenStore())
                await new AlertStore(store, TimeProvider.System).RaiseAsync("reviews", "RolledBack", AlertSeverity.Critical, "reviews/4 was rolled back", "r/1", cancellation: Token);
            await Deployed.UntilAsync(async () => (await server.GetAsync("/v1/alerts")).Json.GetProperty("undelivered") is var waiting && waiting.GetArrayLength() == 1 && waiting[0].GetProperty("attempts").GetInt32() > 0);
            (await server.GetAsync("/v1/alerts")).Body.ShouldNotContain("127.0.0.1");
            await Deployed.UntilAsync(async () => (await server.GetAsync("/metrics")).Body.Contains("""plumbline_alert_deliveries_waiting{notifier="hook0"} 1""", StringComparison.Ordinal));
            server.Log.ShouldContain("127.0.0.1 answered 503");
        }
        Volatile.Write(ref isDown, false);
        await using (var store = OpenStore())
            await store.WriteAsync(connection => connection.Execute("UPDATE alert_messages SET next_attempt = 0, creation_time = creation_time - 100000"), Token);
        await using (var next = await RunningServer.StartAsync(Options([], receiver)))
            await NoticeAsync(receiver, "raised", attempts: 2);
    }

    [Fact]
    public async Task Readiness_MessageWaitsForLong_SaysSo()
    {
        using var receiver = new HttpReceiver(_ => new ReceiverAnswer(503));
        await using (var store = OpenStore())
        {
            await new AlertStore(store, TimeProvider.System).RaiseAsync("reviews", "RolledBack", AlertSeverity.Critical, "reviews/4 was rolled back", "r/1", cancellation: Token);
            using var delivery = new AlertDelivery(Options([], receiver).Alerts!.Alerts, 1, TimeProvider.System);
            await delivery.SendAsync(store, "reviews", evenIfEarly: true, TimeSpan.FromMinutes(1), Token);
            await store.WriteAsync(connection => connection.Execute("UPDATE alert_messages SET creation_time = creation_time - 100000"), Token);
        }
        await using var server = await RunningServer.StartAsync(Options([], receiver));
        await Deployed.UntilAsync(async () => (await server.GetAsync("/readiness")).Body.Contains("have waited for hook0 since", StringComparison.Ordinal));
        (await server.GetAsync("/readiness")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Store_IsGone_ToldWithoutItAndKeptOnceItIsBack()
    {
        var isThere = false;
        using var receiver = new HttpReceiver();
        var rule = DefaultRules.Of(0.999).Single(rule => rule.Name == DefaultRules.StoreUnreachable) with { For = TimeSpan.FromMilliseconds(100) };
        var options = Options([rule], receiver);
        await using var server = await RunningServer.StartAsync(options with
        {
            Alerts = options.Alerts! with { Open = () => Volatile.Read(ref isThere) ? OpenStore() : throw new MetadataException(MetadataError.Unavailable, "no store at 10.1.2.3") },
        });
        var told = await NoticeAsync(receiver, "firing");
        told.GetProperty("alert").GetProperty("rule").GetString().ShouldBe(DefaultRules.StoreUnreachable);
        (await server.GetAsync("/metrics")).Body.ShouldContain("plumbline_metadata_store_up 0\n");
        (await server.GetAsync("/readiness")).Body.ShouldContain("alerts are not evaluated here");
        (await server.GetAsync("/readiness")).Body.ShouldNotContain("10.1.2.3");
        (await server.GetAsync("/v1/alerts")).ShouldBeProblem(503, "metadata-unavailable");
        Volatile.Write(ref isThere, true);
        var over = await NoticeAsync(receiver, "resolved");
        over.GetProperty("alert").GetProperty("dedup_key").GetString().ShouldBe(told.GetProperty("alert").GetProperty("dedup_key").GetString());
        (await server.GetAsync("/v1/alerts")).Json.GetProperty("alerts")[0].GetProperty("state").GetString().ShouldBe("resolved");
        receiver.Received.Count(request => request.Json.GetProperty("notices")[0].GetProperty("event").GetString() == "firing").ShouldBe(1);
    }

    [Fact]
    public async Task Pipeline_LastRunFailed_ToldUntilAnotherSucceeds()
    {
        using var receiver = new HttpReceiver();
        var pipeline = Declare();
        var options = Options([DefaultRules.Of(0.999).Single(rule => rule.Name == "PlumblinePipelineFailed")], receiver);
        await using var server = await RunningServer.StartAsync(options with
        {
            Pipelines = new PipelineCatalogue(pipeline),
            Alerts = options.Alerts! with { Alerts = options.Alerts.Alerts with { ResolveAfter = TimeSpan.FromMilliseconds(100) } },
        });
        await RunAsync(pipeline, -1);
        var alert = (await NoticeAsync(receiver, "firing")).GetProperty("alert");
        (alert.GetProperty("why").GetString(), alert.GetProperty("severity").GetString()).ShouldBe(("the last run of the pipeline halve failed", "warning"));
        var metrics = await MetricsAsync(server);
        (Value(metrics, "plumbline_pipeline_failed{pipeline=\"halve\"}"), Value(metrics, "plumbline_pipeline_waiting_seconds{pipeline=\"halve\"}")).ShouldBe((1, 0));
        (Value(metrics, "plumbline_retraining_cycles{outcome=\"promoted\"}"), Value(metrics, "plumbline_retraining_running_seconds"), Value(metrics, "plumbline_retraining_last_seconds")).ShouldBe((0, 0, double.NaN));
        await RunAsync(pipeline, 2);
        await NoticeAsync(receiver, "resolved");
    }

    [Fact]
    public async Task Plan_CannotBeKnown_StaleInTheMetrics()
    {
        await using var deployed = await Deployed.WithChampionAsync();
        await using var server = await RunningServer.StartAsync(deployed.Options);
        deployed.Fault = new MetadataException(MetadataError.Unavailable, "gone");
        await Deployed.UntilAsync(async () => Value(await MetricsAsync(server), "plumbline_deployment_stale_seconds") > 0);
        deployed.Fault = null;
        await Deployed.UntilAsync(async () => Value(await MetricsAsync(server), "plumbline_deployment_stale_seconds") == 0);
    }

    [Fact]
    public void Read_WhatTheServerWrites_NamesLabelsAndValues()
    {
        const string Text = "# HELP a b\n# TYPE a gauge\na{x=\"1\\\"\\\\\\n}{\",y=\"\"} 2.5\na 7\nb{x=\"1\"} NaN\nab 3\nc{x=\"1\"} +Inf\n";
        var read = Plumbline.Server.Alerts.MetricText.Read(Text, new HashSet<string> { "a", "b" }).ToArray();
        read.Select(observation => observation.Name).ShouldBe(["a", "a", "b"]);
        read[0].Labels.ShouldBe(new Dictionary<string, string> { ["x"] = "1\"\\\n}{", ["y"] = "" });
        (read[0].Value, read[1].Value, read[2].Value).ShouldBe((2.5, 7, double.NaN));
    }

    private static async Task<JsonElement> NoticeAsync(HttpReceiver receiver, string happened, int attempts = 1)
    {
        JsonElement[] Found() => [.. receiver.Received.SelectMany(request => request.Json.GetProperty("notices").EnumerateArray()).Where(notice => notice.GetProperty("event").GetString() == happened)];

        await Deployed.UntilAsync(() => Task.FromResult(Found().Length >= attempts));
        return Found()[^1];
    }

    private static async Task<string> MetricsAsync(RunningServer server) => (await server.GetAsync("/metrics")).Body;

    private static double Value(string metrics, string series) =>
        metrics.Split('\n').FirstOrDefault(line => line.StartsWith(series + " ", StringComparison.Ordinal)) is { } line ? double.Parse(line[(line.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture) : double.NaN;

    private static Pipeline Declare()
    {
        var builder = new PipelineBuilder<PipelinesApiTests.Parameters>("halve", "Half of a number", PipelinesApiTests.Json.Default.Parameters) { Defaults = new PipelinesApiTests.Parameters() };
        builder.Add("only", PipelinesApiTests.Json.Default.Int32, (_, parameters) => parameters.Number < 0 ? throw new InvalidOperationException("below 0") : Task.FromResult(parameters.Number / 2));
        return builder.Build();
    }

    private async Task RunAsync(Pipeline pipeline, int number)
    {
        await using var store = OpenStore();
        var pipelines = new PipelineStore(store, TimeProvider.System);
        var run = await pipelines.StartAsync(pipeline, new RunRequest(new JsonObject { ["number"] = number }, new RunTrigger(TriggerKind.Manual, "tests", "")), Token);
        await new PipelineWorker(pipelines, new PipelineCatalogue(pipeline), new PipelineWorkerOptions { Run = run.Id }, new Home(_folder.Path)).RunAsync(Token);
    }

    private ServerOptions Options(AlertRule[] rules, params HttpReceiver[] receivers) => RunningServer.Options with
    {
        Alerts = new AlertMonitorOptions
        {
            Open = OpenStore,
            Period = TimeSpan.FromMilliseconds(50),
            Alerts = new AlertOptions
            {
                Rules = rules,
                GroupWait = TimeSpan.Zero,
                MessagesPerMinute = 1000,
                Notifiers = [.. receivers.Select((receiver, i) => new NotifierOptions($"hook{i}", NotifierKind.Webhook) { Address = receiver.Address })],
            },
        },
    };

    private SqliteMetadataStore OpenStore() => SqliteMetadataStore.Open(_folder.File("plumbline.db"), TimeProvider.System);
}
