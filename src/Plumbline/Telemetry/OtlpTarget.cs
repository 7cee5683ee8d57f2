namespace Plumbline.Telemetry;

/// <summary>Where one of traces, metrics and logs goes. As a string it has no headers.</summary>
/// <param name="Endpoint">Complete, with the path that HTTP needs.</param>
/// <param name="Headers">As <c>OTEL_EXPORTER_OTLP_HEADERS</c> has them: <c>name=value,…</c>, values percent-encoded; null for none.</param>
public sealed record OtlpTarget(Uri Endpoint, OtlpProtocol Protocol, string? Headers)
{
    public override string ToString() => $"{Endpoint} ({Protocol})";
}
