using Plumbline.Projects;
using Plumbline.Server.Telemetry;
using Plumbline.Telemetry;

namespace Plumbline.Cli;

/// <summary>Where commands send traces, metrics and logs: by OpenTelemetry's variables, else by the project of the working folder.</summary>
internal static class CommandTelemetry
{
    /// <summary>W3C's <c>traceparent</c> of whoever runs a command.</summary>
    public const string ParentVariable = "TRACEPARENT";

    /// <returns>Null where nobody asked for any.</returns>
    /// <exception cref="CliException">A variable says what cannot be.</exception>
    public static TelemetryExport? Open(Terminal terminal)
    {
        try
        {
            return TelemetryOptions.Resolve(Project.FindTelemetry(Environment.CurrentDirectory), Environment.GetEnvironmentVariable) is { } options
                ? TelemetryExport.Start(options, fault => terminal.Error.WriteLine($"warning: traces, metrics or logs cannot be sent, and are dropped: {fault}"))
                : null;
        }
        catch (ArgumentException exception)
        {
            throw CliException.Usage($"{exception.Message}.");
        }
    }
}
