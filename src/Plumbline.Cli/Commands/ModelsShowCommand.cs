using System.CommandLine;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;

namespace Plumbline.Cli.Commands;

internal sealed class ModelsShowCommand : CliCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "Model" };

    public ModelsShowCommand(Terminal terminal)
        : base(terminal, "show", "A model's description, tags and notes, and its versions, the newest first")
    {
        Arguments.Add(_name);
        Examples = ["models show reviews", "models show reviews --json"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var name = parse.GetRequiredValue(_name);
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var model = await workspace.Registry.GetModelAsync(name, cancellation);
        var versions = await workspace.Registry.ListVersionsAsync(name, cancellation: cancellation);
        var notes = await workspace.Registry.ListAnnotationsAsync(name, cancellation);
        if (parse.GetValue(CommonOptions.Json))
        {
            JsonOutput.Write(Terminal, new JsonObject
            {
                ["name"] = name,
                ["description"] = model.Description,
                ["tags"] = VersionTable.ToJson(model.Tags),
                ["last_version"] = model.LastVersion,
                ["creation_time"] = model.CreationTime,
                ["last_update_time"] = model.LastUpdateTime,
                ["annotations"] = VersionTable.ToJson(notes),
                ["versions"] = new JsonArray([.. versions.Select(VersionTable.ToJson)]),
            });
            return ExitCode.Ok;
        }
        if (model.Description.Length > 0)
            Terminal.Error.WriteLine(model.Description);
        if (model.Tags.Count > 0)
            Terminal.Error.WriteLine(string.Join(", ", model.Tags.OrderBy(tag => tag.Key, StringComparer.Ordinal).Select(tag => $"{tag.Key}={tag.Value}")));
        VersionTable.Write(Terminal, versions);
        VersionTable.WriteNotes(Terminal, notes, name);
        return ExitCode.Ok;
    }
}
