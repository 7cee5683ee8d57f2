using Plumbline.Telemetry;

namespace Plumbline.Projects;

/// <summary>Reads <c>telemetry</c> of a <c>plumbline.yaml</c>.</summary>
internal static class TelemetrySection
{
    public const string Key = "telemetry";

    /// <param name="file">Full path of the <c>plumbline.yaml</c>.</param>
    /// <param name="keys">Receives the path of every key that the section may have.</param>
    /// <returns>Null where there is no such section.</returns>
    public static TelemetrySettings? Read(string file, YamlSection section, List<string> keys)
    {
        var (endpoint, protocol, ratio) = (section.Text("endpoint"), section.Text("protocol"), section.Number<double>("sampling_ratio"));
        var (headers, traces, metrics, logs) = (section.SecretOfEach("headers"), section.Flag("traces"), section.Flag("metrics"), section.Flag("logs"));
        section.Finish(keys);
        if (!section.IsPresent)
            return null;
        if (endpoint is null)
            throw section.Error("endpoint", "is missing; write the address of an OTLP receiver, such as http://collector:4317");
        if (headers.FirstOrDefault(header => header.Value.Reveal().Contains(',', StringComparison.Ordinal)).Key is { } name)
            throw section.Error($"headers.{name}", "has a comma, which headers of OTLP cannot have: commas stand between them");
        if (ratio is not (null or (>= 0 and <= 1)))
            throw section.Error("sampling_ratio", FormattableString.Invariant($"is {ratio}; it must be from 0 to 1"));
        try
        {
            return new TelemetrySettings(
                OtelVariables.ParseEndpoint(endpoint, $"{Key}.endpoint"), protocol is null ? null : OtelVariables.Parse(protocol, $"{Key}.protocol"),
                headers.ToDictionary(header => header.Key, header => header.Value.Reveal(), StringComparer.OrdinalIgnoreCase), ratio, traces, metrics, logs);
        }
        catch (ArgumentException exception)
        {
            throw new ProjectException($"{file}: {exception.Message}.", exception);
        }
    }
}
