using System.CommandLine;

namespace Plumbline.Cli.Commands;

internal sealed class DataCommand : CliCommand
{
    public DataCommand(Terminal terminal)
        : base(terminal, "data", "Work on files of records: profile, drift")
    {
        Subcommands.Add(new DataProfileCommand(terminal));
        Subcommands.Add(new DataDriftCommand(terminal));
        Examples = ["data profile reviews.csv.gz --open", "data drift reviews.csv.gz drifted.csv.gz --kind vocabulary --from 2024-06-01"];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) =>
        throw CliException.Usage($"data needs one of: {string.Join(", ", Subcommands.Select(command => command.Name))}.");
}
