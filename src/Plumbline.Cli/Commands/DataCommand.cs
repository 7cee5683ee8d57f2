using System.CommandLine;

namespace Plumbline.Cli.Commands;

internal sealed class DataCommand : CliCommand
{
    public DataCommand(Terminal terminal)
        : base(terminal, "data", "Work on files of records: profile")
    {
        Subcommands.Add(new DataProfileCommand(terminal));
        Examples = ["data profile reviews.csv.gz --open"];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) =>
        throw CliException.Usage($"data needs one of: {string.Join(", ", Subcommands.Select(command => command.Name))}.");
}
