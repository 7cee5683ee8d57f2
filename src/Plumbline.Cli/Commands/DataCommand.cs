using System.CommandLine;

namespace Plumbline.Cli.Commands;

/// <summary>What is done with data before there is a model.</summary>
internal sealed class DataCommand : CliCommand
{
    public DataCommand(Terminal terminal)
        : base(terminal, "data", "Look at data: what a file or a snapshot holds")
    {
        Subcommands.Add(new DataProfileCommand(terminal));
        Examples = ["data profile reviews.csv.gz --open", "data profile 3f0c51… --out reviews.html"];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) =>
        throw CliException.Usage("data needs a command: data profile FILE. See plumbline data --help.");
}
