using System.CommandLine;

namespace Plumbline.Cli.Commands;

internal sealed class QualityCommand : CliCommand
{
    public QualityCommand(Terminal terminal)
        : base(terminal, "quality", "How right answers were, by the true labels that have come, and are expected to be")
    {
        Subcommands.Add(new QualityReportCommand(terminal));
        Examples = ["quality report reviews --since 7d", "quality report reviews --since 30d --html quality.html"];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) => throw CliException.Usage("Say what to do: quality report.");
}
