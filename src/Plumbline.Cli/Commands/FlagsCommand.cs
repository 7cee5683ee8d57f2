using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Inference.Flags;
using Plumbline.Projects;
using Plumbline.Storage;

namespace Plumbline.Cli.Commands;

internal sealed class FlagsCommand : CliCommand
{
    public FlagsCommand(Terminal terminal)
        : base(terminal, "flags", "What is switched on, and for whom")
    {
        Subcommands.Add(new FlagsListCommand(terminal));
        Subcommands.Add(new FlagsShowCommand(terminal));
        Subcommands.Add(new FlagsSetCommand(terminal));
        Subcommands.Add(new FlagsEnableCommand(terminal, enabled: true));
        Subcommands.Add(new FlagsEnableCommand(terminal, enabled: false));
        Subcommands.Add(new FlagsRemoveCommand(terminal));
        Examples = ["flags", "flags set new-page --user ann --group key:shop=50% --percentage 5", "flags disable explanations --reason \"an incident\""];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) => FlagsListCommand.ListAsync(Terminal, parse, cancellation);

    /// <summary>What the project of the working folder says.</summary>
    public static IReadOnlyDictionary<string, FlagDefinition> OfProject() => Project.Find(Environment.CurrentDirectory)?.Flags ?? new Dictionary<string, FlagDefinition>();

    public static void Report(Terminal terminal, ParseResult parse, string name, StoredFlag flag)
    {
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(terminal, Json(name, flag));
        else
            terminal.Error.WriteLine($"{name}: {FlagWords.Of(flag.Definition)} ({SourceOf(flag)})");
    }

    public static JsonObject Json(string name, StoredFlag flag) => new()
    {
        ["name"] = name,
        ["revision"] = flag.Revision,
        ["source"] = flag.Revision > 0 ? "store" : "project",
        ["flag"] = JsonNode.Parse(flag.Definition.ToJson()),
    };

    public static string SourceOf(StoredFlag flag) => flag.Revision > 0 ? string.Create(CultureInfo.InvariantCulture, $"revision {flag.Revision}") : Project.FileName;
}

internal sealed class FlagsListCommand(Terminal terminal) : CliCommand(terminal, "list", "All flags")
{
    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) => ListAsync(Terminal, parse, cancellation);

    public static async Task<ExitCode> ListAsync(Terminal terminal, ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), terminal.Time);
        var known = (await new FlagStore(workspace.Store, terminal.Time).ReadAsync(cancellation)).Flags;
        var ofProject = FlagsCommand.OfProject().Where(flag => !known.ContainsKey(flag.Key)).Select(flag => KeyValuePair.Create(flag.Key, new StoredFlag(flag.Value, 0)));
        var flags = known.Concat(ofProject).OrderBy(flag => flag.Key, StringComparer.Ordinal).ToArray();
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(terminal, new JsonArray([.. flags.Select(flag => (JsonNode)FlagsCommand.Json(flag.Key, flag.Value))]));
        else
            Tables.Write(terminal, ["Flag", "For", "From"], flags.Select(flag => new[] { flag.Key, FlagWords.Of(flag.Value.Definition), FlagsCommand.SourceOf(flag.Value) }));
        return ExitCode.Ok;
    }
}

internal sealed class FlagsShowCommand : CliCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "Flag" };

    public FlagsShowCommand(Terminal terminal)
        : base(terminal, "show", "One flag, as JSON that flags set takes")
    {
        Arguments.Add(_name);
        Examples = ["flags show new-page"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var name = parse.GetRequiredValue(_name);
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var known = (await new FlagStore(workspace.Store, Terminal.Time).ReadAsync(cancellation)).Flags;
        var flag = known.GetValueOrDefault(name) ?? (FlagsCommand.OfProject().GetValueOrDefault(name) is { } definition ? new StoredFlag(definition, 0) : throw Unknown(name));
        FlagsCommand.Report(Terminal, parse, name, flag);
        if (!parse.GetValue(CommonOptions.Json))
            Terminal.Out.WriteLine(flag.Definition.ToJson());
        return ExitCode.Ok;
    }

    private static MetadataException Unknown(string name) => BuiltInFlags.Names.Contains(name)
        ? new MetadataException(MetadataError.NotFound, $"Flag {name} is not defined, and so on for everybody.")
        : FlagStore.Unknown(name);
}

internal sealed class FlagsEnableCommand : CliCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "Flag" };
    private readonly Option<string?> _reason = new("--reason") { Description = "Why, for the audit trail", HelpName = "TEXT" };
    private readonly bool _enabled;

    public FlagsEnableCommand(Terminal terminal, bool enabled)
        : base(terminal, enabled ? "enable" : "disable", enabled ? "Let what a flag says hold again" : "Turn a flag off for everybody; servers follow within a second or two")
    {
        _enabled = enabled;
        Arguments.Add(_name);
        Options.Add(_reason);
        Examples = [$"flags {Name} explanations --reason \"{(enabled ? "the incident is over" : "an incident")}\""];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var name = parse.GetRequiredValue(_name);
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var flag = await new FlagStore(workspace.Store, Terminal.Time).EnableAsync(
            name, _enabled, FlagsCommand.OfProject().GetValueOrDefault(name), Champion.Actor, parse.GetValue(_reason) ?? "", cancellation);
        FlagsCommand.Report(Terminal, parse, name, flag);
        return ExitCode.Ok;
    }
}

internal sealed class FlagsRemoveCommand : CliCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "Flag" };
    private readonly Option<long?> _expect = new("--expect") { Description = "Only if it has this revision now", HelpName = "N" };
    private readonly Option<string?> _reason = new("--reason") { Description = "Why, for the audit trail", HelpName = "TEXT" };

    public FlagsRemoveCommand(Terminal terminal)
        : base(terminal, "remove", "Remove a flag; what the project says of it, or its default, holds again")
    {
        Arguments.Add(_name);
        Options.Add(_expect);
        Options.Add(_reason);
        Examples = ["flags remove new-page --reason \"everybody has it\""];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var name = parse.GetRequiredValue(_name);
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var wasThere = await new FlagStore(workspace.Store, Terminal.Time).RemoveAsync(name, parse.GetValue(_expect), Champion.Actor, parse.GetValue(_reason) ?? "", cancellation);
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, new JsonObject { ["name"] = name, ["removed"] = wasThere });
        else
            Terminal.Error.WriteLine($"{name} {(wasThere ? "is removed" : "was not in the store")}");
        return ExitCode.Ok;
    }
}
