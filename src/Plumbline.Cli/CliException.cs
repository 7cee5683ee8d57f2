namespace Plumbline.Cli;

/// <summary>An error that the command line itself found; the message is complete for a user.</summary>
internal sealed class CliException(ExitCode code, string message, Exception? inner = null) : Exception(message, inner)
{
    public ExitCode Code { get; } = code;

    public static CliException Usage(string message) => new(ExitCode.Usage, message);
}
