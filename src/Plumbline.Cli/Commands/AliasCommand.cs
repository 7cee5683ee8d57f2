using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Pipelines.OpenLineage;
using Plumbline.Registry;
using Plumbline.Storage;

namespace Plumbline.Cli.Commands;

internal sealed class AliasCommand : CliCommand
{
    public AliasCommand(Terminal terminal)
        : base(terminal, "alias", "Names such as champion: what they are, were, and shall be")
    {
        Subcommands.Add(new AliasSetCommand(terminal));
        Subcommands.Add(new AliasDeleteCommand(terminal));
        Subcommands.Add(new AliasHistoryCommand(terminal));
        Subcommands.Add(new AliasListCommand(terminal));
        Examples = ["alias", "alias set reviews challenger 3", "alias history reviews@champion", "alias delete reviews challenger"];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) => AliasListCommand.ListAsync(Terminal, parse, cancellation);

    public static void Report(Terminal terminal, ParseResult parse, AliasChange change)
    {
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(terminal, new JsonObject { ["name"] = change.Name, ["alias"] = change.Alias, ["version"] = change.Version, ["previous"] = change.Previous });
        else
            Tell(terminal, change);
    }

    public static void Tell(Terminal terminal, AliasChange change) => terminal.Error.WriteLine(
        $"{change.Name}@{change.Alias} is {change.Name}/{change.Version}{(change.Previous is { } previous ? change.Changed ? $", was {change.Name}/{previous}" : ", as before" : "")}");
}

internal sealed class AliasListCommand(Terminal terminal) : CliCommand(terminal, "list", "All aliases of all models")
{
    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) => ListAsync(Terminal, parse, cancellation);

    public static async Task<ExitCode> ListAsync(Terminal terminal, ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), terminal.Time);
        var aliases = (await workspace.Registry.ListModelsAsync(cancellation))
            .SelectMany(model => model.Aliases.OrderBy(alias => alias.Key, StringComparer.Ordinal).Select(alias => (model.Name, Alias: alias.Key, Version: alias.Value))).ToArray();
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(terminal, new JsonArray([.. aliases.Select(alias => new JsonObject { ["name"] = alias.Name, ["alias"] = alias.Alias, ["version"] = alias.Version })]));
        else
            Tables.Write(terminal, ["Model", "Alias", "Version>"], aliases.Select(alias => new[] { alias.Name, alias.Alias, alias.Version.ToString(CultureInfo.InvariantCulture) }));
        return ExitCode.Ok;
    }
}

/// <summary>Under its own name and as <c>models alias</c>.</summary>
internal sealed class AliasSetCommand : CliCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "Model" };
    private readonly Argument<string> _alias = new("ALIAS") { Description = "Such as champion: what is deployed under it changes" };
    private readonly Argument<long> _version = new("VERSION") { Description = "Number of the version" };
    private readonly Option<long?> _expect = new("--expect") { Description = "Only if the alias is this version now; 0 if there is no such alias", HelpName = "N" };
    private readonly Option<string?> _reason = new("--reason") { Description = "Why, for the audit trail", HelpName = "TEXT" };

    public AliasSetCommand(Terminal terminal, string name = "set")
        : base(terminal, name, "Point an alias to a version; promote asks the gates first")
    {
        Arguments.Add(_name);
        Arguments.Add(_alias);
        Arguments.Add(_version);
        Options.Add(_expect);
        Options.Add(_reason);
        var words = name == "set" ? "alias set" : $"models {name}";
        Examples = [$"{words} reviews champion 2", $"{words} reviews champion 3 --expect 2"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var (name, alias, version, reason) = (parse.GetRequiredValue(_name), parse.GetRequiredValue(_alias), parse.GetValue(_version), parse.GetValue(_reason) ?? "");
        await using var events = OpenLineageEvents.Open(workspace.Home, Terminal.Time);
        var to = await workspace.Registry.ResolveAsync(FormattableString.Invariant($"{name}/{version}"), cancellation);
        AliasCommand.Report(Terminal, parse, await TrackedWork.PromoteAsync(
            events, to, alias,
            () => parse.GetValue(_expect) is { } expected
                ? workspace.Registry.MoveAliasAsync(name, alias, expected == 0 ? null : expected, version, Champion.Actor, reason, cancellation)
                : workspace.Registry.SetAliasAsync(name, alias, version, Champion.Actor, reason, cancellation),
            static _ => true));
        return ExitCode.Ok;
    }
}

internal sealed class AliasDeleteCommand : CliCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "Model" };
    private readonly Argument<string> _alias = new("ALIAS") { Description = "What is served under it is served no more after the next start" };
    private readonly Option<string?> _reason = new("--reason") { Description = "Why, for the audit trail", HelpName = "TEXT" };

    public AliasDeleteCommand(Terminal terminal)
        : base(terminal, "delete", "Remove an alias; the version stays")
    {
        Arguments.Add(_name);
        Arguments.Add(_alias);
        Options.Add(_reason);
        Examples = ["alias delete reviews challenger --reason \"lost the A/B test\""];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var (name, alias) = (parse.GetRequiredValue(_name), parse.GetRequiredValue(_alias));
        var wasThere = await workspace.Registry.DeleteAliasAsync(name, alias, Champion.Actor, parse.GetValue(_reason) ?? "", cancellation);
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, new JsonObject { ["name"] = name, ["alias"] = alias, ["deleted"] = wasThere });
        else
            Terminal.Error.WriteLine($"{name}@{alias} {(wasThere ? "is deleted" : "was not there")}");
        return ExitCode.Ok;
    }
}

internal sealed class AliasHistoryCommand : CliCommand
{
    private const int Page = 1000;

    private readonly Argument<string> _reference = new("ALIAS") { Description = "name@alias" };

    public AliasHistoryCommand(Terminal terminal)
        : base(terminal, "history", "What an alias was, when, by whom and why")
    {
        Arguments.Add(_reference);
        Examples = ["alias history reviews@champion"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var reference = parse.GetRequiredValue(_reference);
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        await workspace.Registry.GetModelAsync(reference.Split('@')[0], cancellation);
        var events = new List<AuditEvent>();
        var log = new EventLog(workspace.Store);
        while (await log.ListAsync(reference, events.LastOrDefault()?.Id ?? 0, Page, cancellation) is { Count: > 0 } page)
            events.AddRange(page);
        if (parse.GetValue(CommonOptions.Json))
        {
            JsonOutput.Write(Terminal, new JsonArray([.. events.Select(e => new JsonObject
            {
                ["id"] = e.Id, ["time"] = e.Time, ["actor"] = e.Actor, ["action"] = e.Action, ["detail"] = JsonNode.Parse(e.Detail),
            })]));
            return ExitCode.Ok;
        }
        Tables.Write(Terminal, ["When", "Who", "Version>", "Before>", "How", "Why"], events.Select(e => Row(e, JsonNode.Parse(e.Detail)!)));
        return ExitCode.Ok;
    }

    private static string[] Row(AuditEvent e, JsonNode detail) =>
    [
        ModelsCommand.Day(e.Time), e.Actor, detail["version"]?.ToString() ?? "–", detail["previous"]?.ToString() ?? "–",
        e.Action == "alias.deleted" ? "deleted" : detail["rollback"] is not null ? "rollback" : detail["overridden"] is not null ? "overridden" : detail["evaluation"] is not null ? "promoted" : "set",
        (string?)detail["reason"] ?? "",
    ];
}
