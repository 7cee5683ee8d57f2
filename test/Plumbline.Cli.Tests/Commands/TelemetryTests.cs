using System.Diagnostics;
using System.Text.Json;
using Plumbline.Client;
using Plumbline.Server.Tests.Telemetry;
using Plumbline.Server.Tests.Telemetry.Otlp;
using Plumbline.Tests.Parts;

namespace Plumbline.Cli.Tests.Commands;

public sealed class TelemetryTests(TrainedHome trained, PostgresServer postgres)
{
    [Fact]
    public async Task Serve_AskedByTheClient_OneTraceFromTheCallerToPostgres()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        using var folder = new TemporaryFolder();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Plumbline.Client" or "System.Net.Http",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        using var process = Cli.Start(
            folder.Path, [("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.Grpc.ToString()), ("OTEL_SERVICE_NAME", "reviews")],
            "serve", "--bundle", trained.Bundle, "--port", "0", "--store", postgres.CreateStoreAddress(), "--home", folder.Home, "--json");
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var announced = JsonDocument.Parse((await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken))!).RootElement;
        using var caller = new Activity("shop").SetIdFormat(ActivityIdFormat.W3C);
        caller.ActivityTraceFlags = ActivityTraceFlags.Recorded;
        caller.Start();
        using (var http = new HttpClient { BaseAddress = new Uri(announced.GetProperty("url").GetString()!) })
        {
            var client = new PlumblineClient(http);
            var prediction = await client.PredictAsync("good", cancellation: TestContext.Current.CancellationToken);
            await client.SendFeedbackAsync(new Feedback(prediction.PredictionId, "5"), TestContext.Current.CancellationToken);
        }
        caller.Stop();
        await Cli.SignalAsync(process, "TERM");
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        process.ExitCode.ShouldBe(0, await error);

        var trace = receiver.Spans.Where(one => OtlpReceiver.Hex(one.Span.TraceId) == caller.TraceId.ToHexString()).ToArray();
        trace.ShouldAllBe(one => one.Service == "reviews");
        var feedback = trace.Single(one => one.Span.Name == "POST /v1/feedback").Span;
        trace.Single(one => one.Span.Name == "POST /predict").Span.ParentSpanId.ShouldNotBe(feedback.ParentSpanId);
        // The caller's request is a span of its own, in its process.
        feedback.ParentSpanId.Length.ShouldBe(8);
        OtlpReceiver.Hex(feedback.ParentSpanId).ShouldNotBe(caller.SpanId.ToHexString());
        var stored = trace.Where(one => OtlpReceiver.Find(one.Span.Attributes, "db.system.name") == "postgresql").Select(one => one.Span).ToArray();
        stored.ShouldContain(span => IsWithin(span, feedback, trace));
        // What no request asked for is no trace.
        receiver.Spans.ShouldAllBe(one => one.Span.Kind != 3 || !one.Span.ParentSpanId.IsEmpty);
    }

    [Fact]
    public async Task Train_TraceOfAScheduler_GoesOnToIngestAndTrials()
    {
        const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        await using var receiver = await OtlpReceiver.StartAsync();
        using var folder = new TemporaryFolder();
        folder.Write("plumbline.yaml", $"telemetry: {{endpoint: \"{receiver.Http}\", protocol: http/protobuf, metrics: false}}\n");
        (await Cli.RunProcessAsync(
            folder.Path, [("TRACEPARENT", $"00-{Trace}-00f067aa0ba902b7-01")],
            "train", trained.Data, "--families", "multinomial_nb", "--trials", "2", "--home", folder.Home, "--json")).ShouldSucceed();

        var spans = receiver.Spans.Where(one => OtlpReceiver.Hex(one.Span.TraceId) == Trace).Select(one => one.Span).ToArray();
        var command = spans.Single(span => span.Name == "plumbline train");
        (OtlpReceiver.Hex(command.ParentSpanId), OtlpReceiver.Find(command.Attributes, "process.exit.code")).ShouldBe(("00f067aa0ba902b7", "0"));
        spans.Single(span => span.Name == "ingest").ParentSpanId.ShouldBe(command.SpanId);
        var train = spans.Single(span => span.Name == "train");
        train.ParentSpanId.ShouldBe(command.SpanId);
        OtlpReceiver.Find(train.Attributes, "plumbline.bundle")!.Length.ShouldBe(64);
        var trials = spans.Where(span => span.Name == "tuning.trial").ToArray();
        trials.Length.ShouldBe(2);
        trials.ShouldAllBe(span => span.ParentSpanId.Equals(train.SpanId) && OtlpReceiver.Find(span.Attributes, "plumbline.trial.state") == "complete");
        receiver.Metrics.ShouldBeEmpty();
    }

    [Fact]
    public async Task PipelinesRun_DoneByAWorkerProcess_OneTraceFromTheCallerToThePromotion()
    {
        const string Trace = "7bf92f3577b34da6a3ce929d0e0e4736", Caller = "00f067aa0ba902b7";
        await using var receiver = await OtlpReceiver.StartAsync();
        using var folder = new TemporaryFolder();
        folder.Write("plumbline.yaml", $"project: reviews\ndata: {{path: {trained.Data}}}\ntelemetry: {{endpoint: \"{receiver.Http}\", protocol: http/protobuf, metrics: false}}\n");
        using var worker = Cli.Start(folder.Path, "worker", "--home", folder.Home, "--json");
        await worker.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        var id = (await Cli.RunProcessAsync(
            folder.Path, [("TRACEPARENT", $"00-{Trace}-{Caller}-01")], "pipelines", "run", "training", "--detach", "--home", folder.Home, "--json")).ShouldSucceed().Json.GetProperty("id").GetString()!;
        while ((await Cli.RunAsync("pipelines", "show", id, "--home", folder.Home, "--json")).ShouldSucceed().Json.GetProperty("state").GetString() == "running")
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, TestContext.Current.CancellationToken);
        await Cli.SignalAsync(worker, "TERM");
        await worker.WaitForExitAsync(TestContext.Current.CancellationToken);

        var spans = receiver.Spans.Where(one => OtlpReceiver.Hex(one.Span.TraceId) == Trace).Select(one => one.Span).ToArray();
        var known = spans.Select(span => span.SpanId).ToHashSet();
        var command = spans.Single(span => !known.Contains(span.ParentSpanId));
        (command.Name, OtlpReceiver.Hex(command.ParentSpanId)).ShouldBe(("plumbline pipelines run", Caller));
        Ancestry("registry.promote").ShouldBe(["plumbline pipelines run", "pipeline run", "pipeline task", "pipeline attempt", "registry.promote"]);
        Ancestry("train").ShouldBe(["plumbline pipelines run", "pipeline run", "pipeline task", "pipeline attempt", "train"]);
        spans.Count(span => span.Name == "pipeline attempt").ShouldBeGreaterThan(7);

        List<string> Ancestry(string name)
        {
            var names = new List<string>();
            for (var span = spans.Single(one => one.Name == name); span is not null; span = spans.FirstOrDefault(one => one.SpanId.Equals(span.ParentSpanId)))
                names.Insert(0, span.Name);
            return names;
        }
    }

    [Fact]
    public async Task Train_VariableThatCannotBe_Usage()
    {
        using var folder = new TemporaryFolder();
        (await Cli.RunProcessAsync(folder.Path, [("OTEL_EXPORTER_OTLP_ENDPOINT", "collector")], "train", trained.Data, "--json")).ShouldFail(2, "usage", "OTEL_EXPORTER_OTLP_ENDPOINT is no address");
    }

    private static bool IsWithin(Span span, Span outer, (string Service, Span Span)[] trace)
    {
        for (var at = span; at is not null; at = trace.Select(one => one.Span).FirstOrDefault(one => one.SpanId.Equals(at.ParentSpanId)))
        {
            if (at.SpanId.Equals(outer.SpanId))
                return true;
        }
        return false;
    }
}
