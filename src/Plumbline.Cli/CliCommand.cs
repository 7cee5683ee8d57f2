using System.CommandLine;

namespace Plumbline.Cli;

/// <summary>A command with its place in the table of contents and its examples.</summary>
internal abstract class CliCommand : Command
{
    protected CliCommand(Terminal terminal, string name, string description)
        : base(name, description)
    {
        Terminal = terminal;
        SetAction(async (parse, cancellation) => (int)await RunAsync(parse, cancellation));
    }

    /// <summary>Without the program's name.</summary>
    public IReadOnlyList<string> Examples { get; protected init; } = [];

    protected Terminal Terminal { get; }

    protected abstract Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation);
}
