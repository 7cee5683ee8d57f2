namespace Plumbline.Telemetry;

/// <summary>The <c>telemetry</c> section of <c>plumbline.yaml</c>; null is the default. Headers may not be printed: as a string there are none.</summary>
/// <param name="Endpoint">Of the collector, without the path of a signal.</param>
/// <param name="SamplingRatio">0 to 1.</param>
public sealed record TelemetrySettings(Uri Endpoint, OtlpProtocol? Protocol, IReadOnlyDictionary<string, string> Headers, double? SamplingRatio, bool? Traces, bool? Metrics, bool? Logs)
{
    public override string ToString() => Endpoint.ToString();
}
