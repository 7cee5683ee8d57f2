namespace Plumbline.Telemetry;

/// <summary>What OTLP carries.</summary>
internal enum OtlpSignal
{
    Traces,
    Metrics,
    Logs,
}
