using System.Globalization;

namespace Plumbline.Telemetry;

/// <summary>Where traces, metrics and logs are sent by OTLP, and which traces: <c>docs/telemetry.md</c>. Immutable.</summary>
public sealed record TelemetryOptions
{
    /// <summary>Of requests that come without a trace, unless somebody says otherwise.</summary>
    public const double DefaultRatio = 0.01;

    /// <summary>Null where they are not sent; so are the others.</summary>
    public OtlpTarget? Traces { get; init; }

    public OtlpTarget? Metrics { get; init; }

    public OtlpTarget? Logs { get; init; }

    /// <summary>Of what servers are asked.</summary>
    public TraceSampling Requests { get; init; } = new(DefaultRatio, FollowsParent: true);

    /// <summary>Of commands, and of what servers do by themselves: rare, and never by the million.</summary>
    public TraceSampling Work { get; init; } = new(1, FollowsParent: true);

    /// <summary>What OpenTelemetry's own variables say; what they leave open is as in <paramref name="project"/>.</summary>
    /// <returns>Null where nothing names an endpoint, or all is switched off.</returns>
    /// <exception cref="ArgumentException">A variable, or the project, says what cannot be; the message names it.</exception>
    public static TelemetryOptions? Resolve(TelemetrySettings? project, Func<string, string?> variable)
    {
        var given = new OtelVariables(variable);
        if (given.IsDisabled)
            return null;
        var options = new TelemetryOptions
        {
            Traces = TargetOf(OtlpSignal.Traces, project?.Traces),
            Metrics = TargetOf(OtlpSignal.Metrics, project?.Metrics),
            Logs = TargetOf(OtlpSignal.Logs, project?.Logs),
        };
        options = given.Sampling is { } sampling ? options with { Requests = sampling, Work = sampling }
            : project?.SamplingRatio is { } ratio ? options with { Requests = new TraceSampling(ratio, FollowsParent: true) }
            : options;
        return (options.Traces ?? options.Metrics ?? options.Logs) is null ? null : options;

        OtlpTarget? TargetOf(OtlpSignal signal, bool? isOn)
        {
            var protocol = given.ProtocolOf(signal) ?? project?.Protocol ?? OtlpProtocol.Grpc;
            var endpoint = given.EndpointOf(signal, protocol) ?? (project?.Endpoint is { } shared ? OtelVariables.PathOf(shared, signal, protocol) : null);
            // Headers are for the endpoint that they were written beside.
            var headers = given.HeadersOf(signal) ?? (given.HasEndpoint(signal) ? null : HeadersOf(project));
            return endpoint is null || given.IsOff(signal) || isOn == false ? null : new OtlpTarget(endpoint, protocol, headers);
        }
    }

    private static string? HeadersOf(TelemetrySettings? project) => project is { Headers.Count: > 0 }
        ? string.Join(',', project.Headers.Select(header => string.Create(CultureInfo.InvariantCulture, $"{header.Key}={Uri.EscapeDataString(header.Value)}")))
        : null;
}
