using Plumbline.Telemetry;

namespace Plumbline.Tests.Telemetry;

public sealed class TelemetryOptionsTests
{
    private static readonly TelemetrySettings Project = new(new Uri("http://collector:4317"), null, new Dictionary<string, string> { ["authorization"] = "Bearer a%==" }, 0.25, null, null, false);

    [Fact]
    public void Resolve_NothingSaid_Null()
    {
        TelemetryOptions.Resolve(null, _ => null).ShouldBeNull();
        TelemetryOptions.Resolve(null, Variables("OTEL_TRACES_SAMPLER=always_on;OTEL_SERVICE_NAME=x")).ShouldBeNull();
        TelemetryOptions.Resolve(Project, Variables("OTEL_SDK_DISABLED=true")).ShouldBeNull();
    }

    [Fact]
    public void Resolve_Project_AsItSays()
    {
        var options = TelemetryOptions.Resolve(Project, _ => null)!;
        options.Traces.ShouldBe(new OtlpTarget(new Uri("http://collector:4317"), OtlpProtocol.Grpc, "authorization=Bearer%20a%25%3D%3D"));
        options.Metrics.ShouldBe(options.Traces);
        options.Logs.ShouldBeNull();
        (options.Requests, options.Work).ShouldBe((new TraceSampling(0.25, true), new TraceSampling(1, true)));
        options.ToString().ShouldNotContain("Bearer");
        Project.ToString().ShouldNotContain("Bearer");
    }

    [Fact]
    public void Resolve_VariablesBesideAProject_TheyWinAndItsHeadersStay()
    {
        var options = TelemetryOptions.Resolve(Project, Variables(
            "OTEL_EXPORTER_OTLP_ENDPOINT=http://other:4318/base/;OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf;OTEL_EXPORTER_OTLP_LOGS_ENDPOINT=http://logs:9/l;OTEL_EXPORTER_OTLP_METRICS_PROTOCOL=grpc;OTEL_TRACES_SAMPLER=traceidratio;OTEL_TRACES_SAMPLER_ARG=0.5"))!;
        options.Traces.ShouldBe(new OtlpTarget(new Uri("http://other:4318/base/v1/traces"), OtlpProtocol.HttpProtobuf, null));
        options.Metrics.ShouldBe(new OtlpTarget(new Uri("http://other:4318/base/"), OtlpProtocol.Grpc, null));
        (options.Requests, options.Work).ShouldBe((new TraceSampling(0.5, false), new TraceSampling(0.5, false)));
        TelemetryOptions.Resolve(Project with { Logs = null }, Variables("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT=http://logs:9/l;OTEL_METRICS_EXPORTER=none"))!.ShouldSatisfyAllConditions(
            mixed => mixed.Logs.ShouldBe(new OtlpTarget(new Uri("http://logs:9/l"), OtlpProtocol.Grpc, null)),
            mixed => mixed.Traces!.Headers.ShouldNotBeNull(),
            mixed => mixed.Metrics.ShouldBeNull());
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=collector:4317", "OTEL_EXPORTER_OTLP_ENDPOINT")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://a:b@collector", "OTEL_EXPORTER_OTLP_ENDPOINT")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/json", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL is 'http/json'")]
    [InlineData("OTEL_TRACES_SAMPLER=jaeger_remote", "OTEL_TRACES_SAMPLER is 'jaeger_remote'")]
    [InlineData("OTEL_TRACES_SAMPLER=traceidratio;OTEL_TRACES_SAMPLER_ARG=2", "OTEL_TRACES_SAMPLER_ARG is '2'")]
    public void Resolve_VariableThatCannotBe_Named(string variables, string named)
    {
        var exception = Should.Throw<ArgumentException>(() => TelemetryOptions.Resolve(Project, Variables(variables)));
        exception.Message.ShouldStartWith(named);
        exception.Message.ShouldNotContain("a:b");
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(0.01, 900, 1100)]
    [InlineData(0.5, 49_500, 50_500)]
    [InlineData(1, 100_000, 100_000)]
    public void Takes_IdsInARow_TheRatio(double ratio, int least, int most)
    {
        var sampling = new TraceSampling(ratio, FollowsParent: true);
        // As those of requests are: the same bits at both ends, and a count between.
        var taken = Enumerable.Range(0, 100_000).Count(i => sampling.Takes(new UInt128(0x0193_a5a0_b0c0_7000UL, 0x8000_0000_0000_0abcUL + ((ulong)i << 16)), null));
        taken.ShouldBeInRange(least, most);
        (sampling.Takes(1, true), sampling.Takes(1, false)).ShouldBe((true, false));
        new TraceSampling(ratio, FollowsParent: false).Takes(1, ratio < 0.5).ShouldBe(sampling.Takes(1));
    }

    private static Func<string, string?> Variables(string text)
    {
        var variables = text.Split(';').Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        return name => variables.GetValueOrDefault(name);
    }
}
