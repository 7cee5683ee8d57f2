using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Pipelines.OpenLineage;
using Plumbline.Registry;

namespace Plumbline.Cli.Commands;

internal sealed class ModelsCommand : CliCommand
{
    public ModelsCommand(Terminal terminal)
        : base(terminal, "models", "Registered models, their versions and aliases")
    {
        Subcommands.Add(new ModelsShowCommand(terminal));
        Subcommands.Add(new ModelsAliasCommand(terminal));
        Subcommands.Add(new ModelsListCommand(terminal));
        Subcommands.Add(new ModelsPruneCommand(terminal));
        Examples = ["models", "models show reviews", "models alias reviews champion 2"];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) => ModelsListCommand.ListAsync(Terminal, parse, cancellation);

    public static string Join(IEnumerable<KeyValuePair<string, long>> aliases) =>
        string.Join(", ", aliases.OrderBy(alias => alias.Key, StringComparer.Ordinal).Select(alias => $"{alias.Key} → {alias.Value}"));

    public static string Day(long milliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}

internal sealed class ModelsListCommand(Terminal terminal) : CliCommand(terminal, "list", "All models")
{
    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) => ListAsync(Terminal, parse, cancellation);

    public static async Task<ExitCode> ListAsync(Terminal terminal, ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), terminal.Time);
        var models = await workspace.Registry.ListModelsAsync(cancellation);
        if (parse.GetValue(CommonOptions.Json))
        {
            JsonOutput.Write(terminal, new JsonArray([.. models.Select(model => new JsonObject
            {
                ["name"] = model.Name, ["last_version"] = model.LastVersion, ["creation_time"] = model.CreationTime,
                ["aliases"] = new JsonObject(model.Aliases.Select(alias => KeyValuePair.Create(alias.Key, (JsonNode?)alias.Value))),
            })]));
            return ExitCode.Ok;
        }
        Tables.Write(
            terminal, ["Model", "Versions>", "Aliases", "Since"],
            models.Select(model => new[] { model.Name, model.LastVersion.ToString(CultureInfo.InvariantCulture), ModelsCommand.Join(model.Aliases), ModelsCommand.Day(model.CreationTime) }));
        return ExitCode.Ok;
    }
}

internal sealed class ModelsShowCommand : CliCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "Model" };

    public ModelsShowCommand(Terminal terminal)
        : base(terminal, "show", "A model's versions, the newest first")
    {
        Arguments.Add(_name);
        Examples = ["models show reviews"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var name = parse.GetRequiredValue(_name);
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var versions = await workspace.Registry.ListVersionsAsync(name, cancellation: cancellation);
        if (parse.GetValue(CommonOptions.Json))
        {
            JsonOutput.Write(Terminal, new JsonObject { ["name"] = name, ["versions"] = new JsonArray([.. versions.Select(ToJson)]) });
            return ExitCode.Ok;
        }
        Tables.Write(
            Terminal, ["Version>", "Aliases", "Bundle", "Run", "Since"],
            versions.Select(version => new[]
            {
                version.Version.ToString(CultureInfo.InvariantCulture), string.Join(", ", version.Aliases), version.BundleDigest?[..12] ?? version.Source ?? "", version.RunId ?? "", ModelsCommand.Day(version.CreationTime),
            }));
        return ExitCode.Ok;
    }

    private static JsonObject ToJson(ModelVersion version) => new()
    {
        ["version"] = version.Version,
        ["bundle"] = version.BundleDigest,
        ["run"] = version.RunId,
        ["snapshot"] = version.SnapshotDigest,
        ["creation_time"] = version.CreationTime,
        ["aliases"] = new JsonArray([.. version.Aliases.Select(alias => JsonValue.Create(alias))]),
    };
}

internal sealed class ModelsAliasCommand : CliCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "Model" };
    private readonly Argument<string> _alias = new("ALIAS") { Description = "Such as champion: what is deployed under it changes" };
    private readonly Argument<long> _version = new("VERSION") { Description = "Number of the version" };

    private readonly Option<long?> _expect = new("--expect") { Description = "Only if the alias is this version now; 0 if there is no such alias", HelpName = "N" };

    public ModelsAliasCommand(Terminal terminal)
        : base(terminal, "alias", "Point an alias to a version")
    {
        Arguments.Add(_name);
        Arguments.Add(_alias);
        Arguments.Add(_version);
        Options.Add(_expect);
        Examples = ["models alias reviews champion 2", "models alias reviews champion 3 --expect 2"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var (name, alias, version) = (parse.GetRequiredValue(_name), parse.GetRequiredValue(_alias), parse.GetValue(_version));
        await using var events = OpenLineageEvents.Open(workspace.Home, Terminal.Time);
        var to = await workspace.Registry.ResolveAsync(FormattableString.Invariant($"{name}/{version}"), cancellation);
        var change = await TrackedWork.PromoteAsync(events, to, alias, () => parse.GetValue(_expect) is { } expected
            ? workspace.Registry.MoveAliasAsync(name, alias, expected == 0 ? null : expected, version, Champion.Actor, "models alias", cancellation)
            : workspace.Registry.SetAliasAsync(name, alias, version, Champion.Actor, "models alias", cancellation));
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, new JsonObject { ["name"] = change.Name, ["alias"] = change.Alias, ["version"] = change.Version, ["previous"] = change.Previous });
        else
            Terminal.Error.WriteLine($"{change.Name}@{change.Alias} is {change.Name}/{change.Version}{(change.Previous is { } previous ? change.Changed ? $", was {change.Name}/{previous}" : ", as before" : "")}");
        return ExitCode.Ok;
    }
}
