using System.CommandLine;
using Plumbline.Cli.Output;

namespace Plumbline.Cli.Commands;

internal sealed class ModelsAnnotateCommand : CliCommand
{
    private readonly Argument<string> _model = new("MODEL") { Description = "name, or a version of it: name/3 or name@alias" };
    private readonly Argument<string> _note = new("NOTE") { Description = "Text, up to 5000 characters" };

    public ModelsAnnotateCommand(Terminal terminal)
        : base(terminal, "annotate", "Add a note to a model or a version; notes stay, with who and when")
    {
        Arguments.Add(_model);
        Arguments.Add(_note);
        Examples = ["models annotate reviews \"owned by the shop team\"", "models annotate reviews/3 \"weak on irony, see the report\""];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var (name, version) = await ModelSubject.FindAsync(workspace, parse.GetRequiredValue(_model), cancellation);
        var note = await workspace.Registry.AnnotateAsync(name, version, parse.GetRequiredValue(_note), Champion.Actor, cancellation);
        if (parse.GetValue(CommonOptions.Json))
        {
            var json = VersionTable.ToJson(note);
            json["name"] = name;
            JsonOutput.Write(Terminal, json);
            return ExitCode.Ok;
        }
        Terminal.Error.WriteLine($"Noted on {VersionTable.Subject(name, note)} by {note.Author}");
        return ExitCode.Ok;
    }
}
