using System.CommandLine;

namespace Plumbline.Cli.Commands;

internal sealed class DriftCommand : CliCommand
{
    public DriftCommand(Terminal terminal)
        : base(terminal, "drift", "Whether what servers are asked and answer has moved")
    {
        Subcommands.Add(new DriftReportCommand(terminal));
        Examples = ["drift report reviews --since 24h", "drift report reviews --since 7d --html drift.html"];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) => throw CliException.Usage("Say what to do: drift report.");
}
