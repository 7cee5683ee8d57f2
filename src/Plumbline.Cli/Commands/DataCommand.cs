using System.CommandLine;

namespace Plumbline.Cli.Commands;

/// <summary>What is done with data before there is a model.</summary>
internal sealed class DataCommand : CliCommand
{
    public DataCommand(Terminal terminal)
        : base(terminal, "data", "Look at data, or let it drift")
    {
        Subcommands.Add(new DataProfileCommand(terminal));
        Subcommands.Add(new DataDriftCommand(terminal));
        Examples =
        [
            "data profile reviews.csv.gz --open", "data profile 3f0c51… --out reviews.html",
            "data drift reviews.csv.gz drifted.csv.gz --kind vocabulary --from 2024-06-01",
        ];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) =>
        throw CliException.Usage("data needs a command: data profile FILE or data drift IN OUT. See plumbline data --help.");
}
