using System.CommandLine;

namespace Plumbline.Cli.Commands;

/// <summary>Tests are of the source tree, so that the script at its root runs them before it comes here.</summary>
internal sealed class TestCommand(Terminal terminal) : CliCommand(terminal, "test", "Run Plumbline's own tests (./plumbline test in the source tree)")
{
    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) =>
        throw CliException.Usage("The tests are run by the script at the root of the source tree: ./plumbline test");
}
