using System.CommandLine;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;

namespace Plumbline.Cli.Commands;

internal sealed class SignOffCommand : CliCommand
{
    private readonly Argument<string> _version = new("VERSION") { Description = "name/3 or name@alias" };
    private readonly Option<string> _by = new("--by") { Description = "Person or role, as signed_off_by names them", HelpName = "WHO", Required = true };
    private readonly Option<string?> _note = new("--note") { Description = "What was looked at, for the audit trail", HelpName = "TEXT" };

    public SignOffCommand(Terminal terminal)
        : base(terminal, "sign-off", "Stand behind a version, for a gate that asks for it")
    {
        Arguments.Add(_version);
        Options.Add(_by);
        Options.Add(_note);
        Examples = ["sign-off reviews/3 --by risk --note \"read the report, sampled 50 mistakes\""];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var version = await workspace.Registry.ResolveAsync(parse.GetRequiredValue(_version), cancellation);
        var by = parse.GetRequiredValue(_by);
        var isNew = await workspace.Promotions.SignOffAsync(version.Name, version.Version, by, Champion.Actor, parse.GetValue(_note) ?? "", cancellation);
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, new JsonObject { ["name"] = version.Name, ["version"] = version.Version, ["by"] = by, ["changed"] = isNew });
        else
            Terminal.Error.WriteLine($"{version.Name}/{version.Version} is signed off by {by}{(isNew ? "" : ", as before")}");
        return ExitCode.Ok;
    }
}
