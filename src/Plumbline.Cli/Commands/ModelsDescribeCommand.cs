using System.CommandLine;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;

namespace Plumbline.Cli.Commands;

internal sealed class ModelsDescribeCommand : CliCommand
{
    private readonly Argument<string> _model = new("MODEL") { Description = "name, or a version of it: name/3 or name@alias" };
    private readonly Argument<string> _text = new("TEXT") { Description = "Up to 5000 characters; \"\" for none" };

    public ModelsDescribeCommand(Terminal terminal)
        : base(terminal, "describe", "Say what a model or a version is, in the place of what was said before")
    {
        Arguments.Add(_model);
        Arguments.Add(_text);
        Examples = ["models describe reviews \"stars of a review\"", "models describe reviews@champion \"trained after the sale\""];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var text = parse.GetRequiredValue(_text);
        var (name, version) = await ModelSubject.FindAsync(workspace, parse.GetRequiredValue(_model), cancellation);
        if (version is { } number)
            await workspace.Registry.DescribeVersionAsync(name, number, text, Champion.Actor, cancellation);
        else
            await workspace.Registry.DescribeModelAsync(name, text, Champion.Actor, cancellation);
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, new JsonObject { ["name"] = name, ["version"] = version, ["description"] = text });
        else
            Terminal.Error.WriteLine($"{ModelSubject.Text(name, version)} is described");
        return ExitCode.Ok;
    }
}
