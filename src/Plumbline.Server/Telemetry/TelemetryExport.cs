using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Plumbline.Pipelines.Runs;
using Plumbline.Telemetry;

namespace Plumbline.Server.Telemetry;

/// <summary>
/// Sends traces, metrics and logs of this process by OTLP until it is disposed: <c>docs/telemetry.md</c>. HttpClient, Npgsql, Kestrel and the runtime make their own spans and measurements; only their names are given here. Without
/// one, none of OpenTelemetry is loaded. Thread-safe.
/// </summary>
public sealed class TelemetryExport : IDisposable
{
    private static readonly string[] Sources = [Spans.Source, PipelineTracing.SourceName, "Plumbline.Client", "Npgsql", "System.Net.Http"];
    private static readonly string[] Meters = [ServerMetrics.MeterName, "Plumbline.Client", "Npgsql", "System.Runtime", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http"];

    private readonly TracerProvider? _traces;
    private readonly MeterProvider? _metrics;
    private readonly ExportFaults _faults;

    private TelemetryExport(TelemetryOptions options, Action<string> report)
    {
        _faults = new ExportFaults(report);
        if (options.Traces is { } traces)
        {
            Requests = options.Requests;
            _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(Resource()).AddSource(Sources).SetSampler(new WorkSampler(options.Work))
                .AddOtlpExporter(otlp => Set(otlp, traces)).Build();
        }
        if (options.Metrics is { } metrics)
        {
            _metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(Resource()).AddMeter(Meters).SetExemplarFilter(ExemplarFilterType.TraceBased)
                .AddOtlpExporter(otlp => Set(otlp, metrics)).Build();
        }
        if (options.Logs is { } logs)
        {
            Logs = LoggerFactory.Create(builder => builder.AddOpenTelemetry(logging =>
            {
                logging.SetResourceBuilder(Resource());
                logging.IncludeFormattedMessage = true;
                logging.AddOtlpExporter(otlp => Set(otlp, logs));
            }));
        }
    }

    /// <summary>Which requests are traced; null: none are.</summary>
    internal TraceSampling? Requests { get; }

    internal bool HasMetrics => _metrics is not null;

    /// <summary>Gets every line of a server's log; null where logs are not sent.</summary>
    internal ILoggerFactory? Logs { get; }

    /// <summary>What cannot be sent is dropped.</summary>
    /// <param name="report">Told why, the first time.</param>
    public static TelemetryExport Start(TelemetryOptions options, Action<string> report) => new(options, report);

    /// <summary>Sends what waits, within five seconds for each of traces, metrics and logs.</summary>
    public void Dispose()
    {
        _traces?.Dispose();
        _metrics?.Dispose();
        Logs?.Dispose();
        _faults.Dispose();
    }

    private static ResourceBuilder Resource() => ResourceBuilder.CreateEmpty()
        .AddService("plumbline", serviceVersion: CodeVersion.Current).AddTelemetrySdk().AddEnvironmentVariableDetector();

    private static void Set(OtlpExporterOptions otlp, OtlpTarget target)
    {
        otlp.Endpoint = target.Endpoint;
        otlp.Protocol = target.Protocol == OtlpProtocol.Grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        otlp.Headers = target.Headers;
    }

    /// <summary>
    /// Of what begins no request: what a parent decided holds; where there is none, calls of others begin no trace, since they are steps of something.
    /// </summary>
    private sealed class WorkSampler(TraceSampling work) : Sampler
    {
        private static readonly SamplingResult Taken = new(SamplingDecision.RecordAndSample), Left = new(SamplingDecision.Drop);

        public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
        {
            var parent = samplingParameters.ParentContext;
            if (parent.TraceId != default)
                return (parent.TraceFlags & System.Diagnostics.ActivityTraceFlags.Recorded) != 0 ? Taken : Left;
            return samplingParameters.Kind != System.Diagnostics.ActivityKind.Client && TraceId.TryParse(samplingParameters.TraceId.ToHexString(), out var id) && work.Takes(id) ? Taken : Left;
        }
    }
}
