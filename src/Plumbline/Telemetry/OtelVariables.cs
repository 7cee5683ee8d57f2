using System.Globalization;

namespace Plumbline.Telemetry;

/// <summary>
/// The environment variables of OpenTelemetry's specification ("SDK environment variables" and "OTLP exporter configuration", 1.x) that decide whether and where anything is sent, and which traces.
/// Those beside them (<c>OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES, OTEL_BSP_…, OTEL_METRIC_EXPORT_INTERVAL</c>, timeouts, certificates) are read by the SDK itself.
/// </summary>
internal sealed class OtelVariables(Func<string, string?> variable)
{
    private const string Exporter = "OTEL_EXPORTER_OTLP_";

    public bool IsDisabled => string.Equals(Given("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>Null where it is not said.</summary>
    /// <exception cref="ArgumentException">There is no such sampler, or its argument is no ratio.</exception>
    public TraceSampling? Sampling
    {
        get
        {
            const string Name = "OTEL_TRACES_SAMPLER", Argument = "OTEL_TRACES_SAMPLER_ARG";
            if (Given(Name) is not { } sampler)
                return null;
            var ratio = 1.0;
            if (Given(Argument) is { } text && (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out ratio) || ratio is not (>= 0 and <= 1)))
                throw new ArgumentException($"{Argument} is '{text}', not a number from 0 to 1");
            return sampler switch
            {
                "always_on" => new TraceSampling(1, FollowsParent: false),
                "always_off" => new TraceSampling(0, FollowsParent: false),
                "traceidratio" => new TraceSampling(ratio, FollowsParent: false),
                "parentbased_always_on" => new TraceSampling(1, FollowsParent: true),
                "parentbased_always_off" => new TraceSampling(0, FollowsParent: true),
                "parentbased_traceidratio" => new TraceSampling(ratio, FollowsParent: true),
                _ => throw new ArgumentException($"{Name} is '{sampler}', none of always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off and parentbased_traceidratio"),
            };
        }
    }

    public bool IsOff(OtlpSignal signal) => Given($"OTEL_{NameOf(signal)}_EXPORTER") == "none";

    public bool HasEndpoint(OtlpSignal signal) => (Given($"{Exporter}{NameOf(signal)}_ENDPOINT") ?? Given($"{Exporter}ENDPOINT")) is not null;

    /// <exception cref="ArgumentException">It is no such protocol.</exception>
    public OtlpProtocol? ProtocolOf(OtlpSignal signal) => Given(signal, "PROTOCOL") is (var name, var text) ? Parse(text, name) : null;

    /// <summary>That of the signal as it is, or that of all with the signal's path.</summary>
    /// <exception cref="ArgumentException">It is no address.</exception>
    public Uri? EndpointOf(OtlpSignal signal, OtlpProtocol protocol)
    {
        var name = $"{Exporter}{NameOf(signal)}_ENDPOINT";
        if (Given(name) is { } own)
            return ParseEndpoint(own, name);
        return Given($"{Exporter}ENDPOINT") is { } shared ? PathOf(ParseEndpoint(shared, $"{Exporter}ENDPOINT"), signal, protocol) : null;
    }

    public string? HeadersOf(OtlpSignal signal) => Given(signal, "HEADERS")?.Value;

    /// <exception cref="ArgumentException">It is no such protocol.</exception>
    /// <param name="name">What names it to the user.</param>
    public static OtlpProtocol Parse(string text, string name) => text switch
    {
        "grpc" => OtlpProtocol.Grpc,
        "http/protobuf" => OtlpProtocol.HttpProtobuf,
        _ => throw new ArgumentException($"{name} is '{text}', neither grpc nor http/protobuf"),
    };

    /// <param name="name">What names it to the user.</param>
    /// <exception cref="ArgumentException">It is no http or https address, or has a user in it.</exception>
    public static Uri ParseEndpoint(string text, string name) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address is { Scheme: "http" or "https", UserInfo: "" }
            ? address
            : throw new ArgumentException($"{name} is no address such as http://collector:4317, without user and password in it");

    /// <summary>Where a signal goes at an endpoint for all of them.</summary>
    public static Uri PathOf(Uri endpoint, OtlpSignal signal, OtlpProtocol protocol) =>
        protocol == OtlpProtocol.Grpc ? endpoint : new Uri($"{endpoint.AbsoluteUri.TrimEnd('/')}/v1/{signal.ToString().ToLowerInvariant()}");

    private static string NameOf(OtlpSignal signal) => signal.ToString().ToUpperInvariant();

    private string? Given(string name) => variable(name) is { Length: > 0 } value ? value : null;

    private (string Name, string Value)? Given(OtlpSignal signal, string what)
    {
        foreach (var name in (ReadOnlySpan<string>)[$"{Exporter}{NameOf(signal)}_{what}", $"{Exporter}{what}"])
        {
            if (Given(name) is { } value)
                return (name, value);
        }
        return null;
    }
}
