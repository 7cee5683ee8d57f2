using System.Diagnostics;
using System.Text.Json;
using Plumbline.Inference.Logging;
using Plumbline.Server.Telemetry;
using Plumbline.Server.Tests.Admission;
using Plumbline.Server.Tests.Telemetry.Otlp;
using Plumbline.Telemetry;

namespace Plumbline.Server.Tests.Telemetry;

public sealed class OtlpExportTests : IDisposable
{
    private const string Caller = "00f067aa0ba902b7";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(OtlpProtocol.Grpc)]
    [InlineData(OtlpProtocol.HttpProtobuf)]
    public async Task Request_OfASampledCaller_TraceMetricsLogsAndRecordHaveOneTraceId(OtlpProtocol protocol)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        var trace = NewTrace();
        var (log, prediction) = ("", Guid.Empty);
        await ServeAsync(receiver, protocol, ratio: 0, async server =>
        {
            var answer = await server.PostAsync("/predict", """{"text":"wonderful"}""", ("traceparent", $"00-{trace}-{Caller}-01"), ("X-Request-ID", "order-4711"));
            prediction = answer.Json.GetProperty("prediction_id").GetGuid();
            (await server.PostAsync("/predict", "{", ("traceparent", $"00-{trace}-{Caller}-01"))).Json.GetProperty("traceId").GetString().ShouldBe(trace);
            var metrics = await server.GetAsync("/metrics", ("Accept", "application/openmetrics-text; version=1.0.0"));
            metrics.MediaType.ShouldBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
            metrics.Body.ShouldContain($"trace_id=\"{trace}\"");
            metrics.Body.ShouldEndWith("# EOF\n");
            await server.Server.StopAsync();
            log = server.Log;
        });

        var spans = receiver.Spans.Where(one => OtlpReceiver.Hex(one.Span.TraceId) == trace).Select(one => one.Span).ToArray();
        receiver.Spans.ShouldAllBe(one => one.Service == "plumbline");
        var request = spans.Single(span => OtlpReceiver.Find(span.Attributes, "plumbline.request_id") == "order-4711");
        (request.Name, request.Kind, OtlpReceiver.Hex(request.ParentSpanId)).ShouldBe(("POST /predict", 2, Caller));
        Describe(request).ShouldBe("http.request.method=POST http.response.status_code=200 http.route=/predict network.protocol.version=1.1 plumbline.version=reviews/3 url.path=/predict url.scheme=http");
        spans.Where(span => span.ParentSpanId.Equals(request.SpanId)).Select(span => span.Name).ShouldBe(["features", "predict", "prediction_log.append"], ignoreOrder: true);
        spans.ShouldAllBe(span => span.Ended >= span.Began && span.Began > 0);

        PredictionLogReader.Find(_folder.Path, [prediction])[prediction].TraceId.ShouldBe(trace);
        var refused = log.Split('\n').Single(line => line.Contains("was refused", StringComparison.Ordinal));
        var line = JsonDocument.Parse(refused).RootElement;
        line.GetProperty("trace_id").GetString().ShouldBe(trace);
        var record = receiver.Logs.Single(record => OtlpReceiver.Hex(record.TraceId) == trace);
        (record.Severity, OtlpReceiver.Hex(record.SpanId)).ShouldBe(("Information", line.GetProperty("span_id").GetString()));
        var failed = spans.Single(span => OtlpReceiver.Hex(span.SpanId) == line.GetProperty("span_id").GetString());
        (OtlpReceiver.Find(failed.Attributes, "http.response.status_code"), OtlpReceiver.Find(failed.Attributes, "error.type")).ShouldBe(("400", "400"));
        receiver.Authorizations.ShouldAllBe(sent => sent == "Bearer s3cr3t==");
    }

    [Fact]
    public async Task Metrics_OfARegistry_SameNamesLabelsAndValues()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        var (trace, collected) = (NewTrace(), "");
        await ServeAsync(receiver, OtlpProtocol.HttpProtobuf, ratio: 0, async server =>
        {
            for (var i = 0; i < 3; i++)
                await server.PostAsync("/predict", """{"text":"wonderful"}""", ("traceparent", $"00-{trace}-{Caller}-01"));
            collected = (await server.GetAsync("/metrics")).Body;
        });
        var counted = MetricsText.Read(new StringReader(collected)).Single(family => family.Name == "plumbline_predictions_total").Samples.Single(sample => sample.Value > 0);
        var point = receiver.Metrics.Where(metric => metric.Name == "plumbline_predictions_total").SelectMany(metric => metric.Sum.Points).Last(point => point.Number > 0);
        point.Number.ShouldBe(counted.Value);
        point.Attributes.Select(attribute => $"{attribute.Key}={attribute.Value.Text}").ShouldBe(counted.Labels.Select(label => $"{label.Key}={label.Value}"), ignoreOrder: true);
        var duration = receiver.Metrics.Where(metric => metric.Name == "plumbline_http_request_duration_seconds").SelectMany(metric => metric.Histogram.Points)
            .Last(point => OtlpReceiver.Find(point.Attributes, "route") == "/predict");
        (duration.Count, duration.Bounds[0]).ShouldBe((3ul, 0.001));
        duration.Exemplars.ShouldContain(exemplar => OtlpReceiver.Hex(exemplar.TraceId) == trace);
        receiver.Metrics.ShouldContain(metric => metric.Name == "plumbline_model_info" && metric.Gauge != null);
        receiver.Metrics.ShouldContain(metric => metric.Name == "dotnet.gc.collections");
    }

    [Theory]
    [InlineData(0.0, 0)]
    [InlineData(1.0, 1)]
    public async Task Request_WithoutACaller_SampledByTheRatioUnderItsRequestId(double ratio, int expected)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        var (id, prediction) = (NewTrace(), Guid.Empty);
        await ServeAsync(receiver, OtlpProtocol.Grpc, ratio, async server =>
        {
            prediction = (await server.PostAsync("/predict", """{"text":"wonderful"}""", ("X-Request-ID", id))).Json.GetProperty("prediction_id").GetGuid();
            await server.PostAsync("/predict", """{"text":"wonderful"}""", ("X-Request-ID", id), ("traceparent", $"00-{id}-{Caller}-00"));
        });
        var requests = receiver.Spans.Where(one => OtlpReceiver.Hex(one.Span.TraceId) == id && one.Span.Kind == 2).Select(one => one.Span).ToArray();
        requests.Length.ShouldBe(expected);
        requests.ShouldAllBe(span => span.ParentSpanId.IsEmpty);
        // Whether it is recorded or not, its id leads to what was logged of the request.
        PredictionLogReader.Find(_folder.Path, [prediction])[prediction].TraceId.ShouldBe(id);
    }

    [Fact]
    public async Task Request_OfASlowModel_WaitAndComputationAreSpans()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        var (trace, graph) = (NewTrace(), _folder.File("slow.onnx"));
        SlowGraph.Write(graph, perCall: 8, perText: 0);
        await ServeAsync(receiver, OtlpProtocol.Grpc, ratio: 0, async server =>
            (await server.PostAsync("/predict", """{"texts":["good","bad"]}""", ("traceparent", $"00-{trace}-{Caller}-01"))).Status.ShouldBe(200), graph);
        var spans = receiver.Spans.Where(one => OtlpReceiver.Hex(one.Span.TraceId) == trace).Select(one => one.Span).ToDictionary(span => span.Name);
        spans.Keys.ShouldBe(["POST /predict", "features", "admission.wait", "predict", "prediction_log.append"], ignoreOrder: true);
        var (wait, predict) = (spans["admission.wait"], spans["predict"]);
        (wait.Ended, OtlpReceiver.Find(predict.Attributes, "plumbline.items")).ShouldBe((predict.Began, "2"));
        new[] { wait, predict }.ShouldAllBe(span => span.ParentSpanId.Equals(spans["POST /predict"].SpanId));
    }

    [Fact]
    public async Task Receiver_Gone_AnswersGoOnAndThatIsToldOnce()
    {
        var receiver = await OtlpReceiver.StartAsync();
        var options = OptionsOf(receiver, OtlpProtocol.Grpc, ratio: 1);
        await receiver.DisposeAsync();
        var faults = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var export = TelemetryExport.Start(options, faults.Enqueue);
        await using var server = await RunningServer.StartAsync(RunningServer.Options with { Telemetry = export });
        for (var i = 0; i < 20; i++)
            (await server.PredictAsync("""{"text":"wonderful"}""")).Status.ShouldBe(200);
        export.Dispose();
        faults.ShouldHaveSingleItem().ShouldContain("refused");
        faults.Single().ShouldNotContain("   at ");
    }

    private static string NewTrace() => ActivityTraceId.CreateRandom().ToHexString();

    private static string Describe(Span span) => string.Join(' ', span.Attributes
        .Where(attribute => attribute.Key is not ("plumbline.request_id" or "server.address" or "server.port"))
        .OrderBy(attribute => attribute.Key, StringComparer.Ordinal).Select(attribute => $"{attribute.Key}={OtlpReceiver.Find(span.Attributes, attribute.Key)}"));

    private static TelemetryOptions OptionsOf(OtlpReceiver receiver, OtlpProtocol protocol, double ratio)
    {
        var project = new TelemetrySettings(
            protocol == OtlpProtocol.Grpc ? receiver.Grpc : receiver.Http, protocol, new Dictionary<string, string> { ["authorization"] = "Bearer s3cr3t==" }, ratio, null, null, null);
        return TelemetryOptions.Resolve(project, _ => null)!;
    }

    /// <summary>Serves with a prediction log, and ends once all is sent.</summary>
    private async Task ServeAsync(OtlpReceiver receiver, OtlpProtocol protocol, double ratio, Func<RunningServer, Task> ask, string? bundle = null)
    {
        using var export = TelemetryExport.Start(OptionsOf(receiver, protocol, ratio), _ => { });
        await using var server = await RunningServer.StartAsync(RunningServer.Options with
        {
            Bundle = bundle ?? TestBundle.Directory,
            Telemetry = export,
            PredictionLog = new PredictionLogOptions { Folder = _folder.Path, RetentionDays = 3650 },
        });
        await ask(server);
        // Metrics are read while what is measured is still there.
        await Task.Run(export.Dispose);
    }
}
