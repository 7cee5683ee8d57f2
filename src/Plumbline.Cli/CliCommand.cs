using System.CommandLine;
using Plumbline.Cli.Help;
using Plumbline.Telemetry;

namespace Plumbline.Cli;

/// <summary>A command with its place in the table of contents and its examples.</summary>
internal abstract class CliCommand : Command
{
    protected CliCommand(Terminal terminal, string name, string description)
        : base(name, description)
    {
        Terminal = terminal;
        SetAction(async (parse, cancellation) => (int)await (IsTraced ? TraceAsync(parse, cancellation) : RunAsync(parse, cancellation)));
    }

    /// <summary>Without the program's name.</summary>
    public IReadOnlyList<string> Examples { get; protected init; } = [];

    /// <summary>Whether it is a span, where traces are sent: of work that ends.</summary>
    protected bool IsTraced { get; init; }

    protected Terminal Terminal { get; }

    protected abstract Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation);

    private async Task<ExitCode> TraceAsync(ParseResult parse, CancellationToken cancellation)
    {
        using var telemetry = CommandTelemetry.Open(Terminal);
        if (telemetry is null)
            return await RunAsync(parse, cancellation);
        using var span = Spans.Continue($"plumbline {HelpPage.PathOf(this)}", Environment.GetEnvironmentVariable(CommandTelemetry.ParentVariable));
        try
        {
            var code = await RunAsync(parse, cancellation);
            span?.SetTag("process.exit.code", (int)code);
            return code;
        }
        catch (Exception exception)
        {
            span.Fail(exception);
            throw;
        }
    }
}
