using System.CommandLine;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;

namespace Plumbline.Cli.Commands;

internal sealed class VersionCommand(Terminal terminal) : CliCommand(terminal, "version", "Which build this is")
{
    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, new JsonObject { ["version"] = CodeVersion.Current });
        else
            Terminal.Out.WriteLine($"plumbline {CodeVersion.Current}");
        return Task.FromResult(ExitCode.Ok);
    }
}
