using System.CommandLine;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;

namespace Plumbline.Cli.Commands;

internal sealed class ModelsTagCommand : CliCommand
{
    private readonly Argument<string> _model = new("MODEL") { Description = "name, or a version of it: name/3 or name@alias" };
    private readonly Argument<string> _key = new("KEY") { Description = "Of the tag" };
    private readonly Argument<string> _value = new("VALUE") { Description = "Up to 100,000 characters" };

    public ModelsTagCommand(Terminal terminal)
        : base(terminal, "tag", "Set a tag of a model or a version, by which lists can be filtered")
    {
        Arguments.Add(_model);
        Arguments.Add(_key);
        Arguments.Add(_value);
        Examples = ["models tag reviews team shop", "models tag reviews/3 reviewed yes"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var (key, value) = (parse.GetRequiredValue(_key), parse.GetRequiredValue(_value));
        var (name, version) = await ModelSubject.FindAsync(workspace, parse.GetRequiredValue(_model), cancellation);
        if (version is { } number)
            await workspace.Registry.SetVersionTagAsync(name, number, key, value, Champion.Actor, cancellation);
        else
            await workspace.Registry.SetModelTagAsync(name, key, value, Champion.Actor, cancellation);
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, new JsonObject { ["name"] = name, ["version"] = version, ["key"] = key, ["value"] = value });
        else
            Terminal.Error.WriteLine($"{ModelSubject.Text(name, version)} has {key}={value}");
        return ExitCode.Ok;
    }
}

internal sealed class ModelsUntagCommand : CliCommand
{
    private readonly Argument<string> _model = new("MODEL") { Description = "name, or a version of it: name/3 or name@alias" };
    private readonly Argument<string> _key = new("KEY") { Description = "Of the tag" };

    public ModelsUntagCommand(Terminal terminal)
        : base(terminal, "untag", "Remove a tag of a model or a version")
    {
        Arguments.Add(_model);
        Arguments.Add(_key);
        Examples = ["models untag reviews team"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var key = parse.GetRequiredValue(_key);
        var (name, version) = await ModelSubject.FindAsync(workspace, parse.GetRequiredValue(_model), cancellation);
        if (version is { } number)
            await workspace.Registry.DeleteVersionTagAsync(name, number, key, Champion.Actor, cancellation);
        else
            await workspace.Registry.DeleteModelTagAsync(name, key, Champion.Actor, cancellation);
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, new JsonObject { ["name"] = name, ["version"] = version, ["key"] = key });
        else
            Terminal.Error.WriteLine($"{ModelSubject.Text(name, version)} has no {key}");
        return ExitCode.Ok;
    }
}
