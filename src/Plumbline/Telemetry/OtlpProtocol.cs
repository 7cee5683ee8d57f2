namespace Plumbline.Telemetry;

/// <summary>How OTLP is spoken.</summary>
public enum OtlpProtocol
{
    Grpc,

    /// <summary><c>http/protobuf</c>.</summary>
    HttpProtobuf,
}
