using System.Diagnostics;
using System.Text.Json.Serialization;
using Plumbline.Pipelines.Graphs;
using Plumbline.Pipelines.Runs;
using Plumbline.Pipelines.Workers;
using Plumbline.Server.Telemetry;
using Plumbline.Server.Tests.Generations;
using Plumbline.Server.Tests.Telemetry.Otlp;
using Plumbline.Storage;
using Plumbline.Telemetry;

namespace Plumbline.Server.Tests.Telemetry;

/// <summary>What a collector gets of a run that is asked for over HTTP and done by workers.</summary>
public sealed partial class PipelineTraceTests
{
    private const string Caller = "00f067aa0ba902b7";
    private const int Failed = 2;

    private static readonly (string, string) Key = ("X-API-Key", "a-secret-of-many-characters");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_AskedForOverHttp_OneTraceWithEachTaskAndAttemptOfAllWorkers()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var deployed = await Deployed.WithChampionAsync();
        var (trace, catalogue) = (ActivityTraceId.CreateRandom().ToHexString(), new PipelineCatalogue(Declare()));
        using (var export = TelemetryExport.Start(OptionsOf(receiver), _ => { }))
        await using (var server = await RunningServer.StartAsync(deployed.Told with { ApiKeys = [new ApiKey("ops", Key.Item2, 100_000)], Pipelines = catalogue, Telemetry = export }))
        {
            var asked = await server.PostAsync("/v1/pipelines/steps/runs", "{}", Key, ("traceparent", $"00-{trace}-{Caller}-01"));
            var run = asked.Json.GetProperty("id").GetString();
            await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => WorkAsync(deployed, catalogue, run!)));
            (await server.GetAsync(asked.Headers["Location"])).Json.GetProperty("state").GetString().ShouldBe("succeeded");
            await Task.Run(export.Dispose, Token);
        }

        var spans = receiver.Spans.Where(one => OtlpReceiver.Hex(one.Span.TraceId) == trace).Select(one => one.Span).ToArray();
        var request = spans.Single(span => span.Name == "POST /v1/pipelines/{name}/runs");
        OtlpReceiver.Hex(request.ParentSpanId).ShouldBe(Caller);
        var known = spans.Select(span => span.SpanId).ToHashSet();
        spans.Where(span => span != request).ShouldAllBe(span => known.Contains(span.ParentSpanId));
        var begun = spans.Single(span => span.Name == "pipeline run");
        begun.ParentSpanId.ShouldBe(request.SpanId);
        var tasks = spans.Where(span => span.Name == "pipeline task").ToDictionary(TaskOf);
        tasks.Keys.ShouldBe(["list", "square[0]", "square[1]", "square[2]", "sum"], ignoreOrder: true);
        tasks.Values.ShouldAllBe(task => task.ParentSpanId.Equals(begun.SpanId));
        var attempts = spans.Where(span => span.Name == "pipeline attempt").ToLookup(TaskOf);
        attempts["square[1]"].OrderBy(span => span.Began).Select(span => (span.Status?.Code == Failed, OtlpReceiver.Find(span.Attributes, "plumbline.state"))).ShouldBe([(true, "failed"), (false, "succeeded")]);
        attempts["square[1]"].ShouldAllBe(attempt => (attempt.Status == null || attempt.Status.Message.Length == 0) && attempt.ParentSpanId.Equals(tasks["square[1]"].SpanId));
        attempts.Where(attempt => attempt.Key != "square[1]").ShouldAllBe(attempt => attempt.Single().ParentSpanId.Equals(tasks[attempt.Key].SpanId));
        // What code of a task tells is part of its attempt.
        spans.Single(span => span.Name == "adding").ParentSpanId.ShouldBe(attempts["sum"].Single().SpanId);
    }

    private static string TaskOf(Span span) => OtlpReceiver.Find(span.Attributes, "plumbline.task")!;

    private static TelemetryOptions OptionsOf(OtlpReceiver receiver) =>
        TelemetryOptions.Resolve(new TelemetrySettings(receiver.Http, OtlpProtocol.HttpProtobuf, new Dictionary<string, string>(), 0, null, false, false), _ => null)!;

    private static async Task WorkAsync(Deployed deployed, PipelineCatalogue catalogue, string run)
    {
        await using var store = deployed.OpenStore();
        await new PipelineWorker(new PipelineStore(store, TimeProvider.System), catalogue, new PipelineWorkerOptions { Run = run, Look = TimeSpan.FromMilliseconds(50) }, new Home(Path.GetDirectoryName(deployed.Predictions)!)).RunAsync(Token);
    }

    private static Pipeline Declare()
    {
        var builder = new PipelineBuilder<Parameters>("steps", "Squares of numbers, and their sum", TracedJson.Default.Parameters) { Defaults = new Parameters() };
        var list = builder.Add("list", TracedJson.Default.IReadOnlyListInt32, (_, parameters) => Task.FromResult<IReadOnlyList<int>>([.. Enumerable.Range(1, parameters.Count)]));
        var squares = builder.Map(
            "square", list, TracedJson.Default.Int32, TracedJson.Default.Int32, (context, _, number) => number == 2 && context.Attempt == 1 ? throw new InvalidOperationException("a secret") : Task.FromResult(number * number),
            new NodeOptions { Retries = 1, Backoff = new RetryBackoff(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(2)) });
        builder.Add("sum", TracedJson.Default.Int32, (context, _) => Spans.RunAsync("adding", _ => Task.FromResult(context.All(squares).Sum(result => result.Value))), null, squares);
        return builder.Build();
    }

    internal sealed record Parameters
    {
        public int Count { get; init; } = 3;
    }

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
    [JsonSerializable(typeof(Parameters))]
    [JsonSerializable(typeof(IReadOnlyList<int>))]
    [JsonSerializable(typeof(int))]
    internal sealed partial class TracedJson : JsonSerializerContext;
}
