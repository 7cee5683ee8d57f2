using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Registry;

namespace Plumbline.Cli.Commands;

internal sealed class ModelsCommand : CliCommand
{
    public ModelsCommand(Terminal terminal)
        : base(terminal, "models", "Registered models, their versions and aliases")
    {
        Subcommands.Add(new ModelsShowCommand(terminal));
        Subcommands.Add(new AliasSetCommand(terminal, "alias"));
        Subcommands.Add(new ModelsListCommand(terminal));
        Subcommands.Add(new ModelsDescribeCommand(terminal));
        Subcommands.Add(new ModelsTagCommand(terminal));
        Subcommands.Add(new ModelsUntagCommand(terminal));
        Subcommands.Add(new ModelsAnnotateCommand(terminal));
        Subcommands.Add(new ModelsPruneCommand(terminal));
        Examples = ["models", "models show reviews", "models alias reviews champion 2", "models annotate reviews/2 \"weak on irony\""];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) => ModelsListCommand.ListAsync(Terminal, parse, new RegistryQuery { Limit = 1000 }, cancellation);

    public static string Join(IEnumerable<KeyValuePair<string, long>> aliases) =>
        string.Join(", ", aliases.OrderBy(alias => alias.Key, StringComparer.Ordinal).Select(alias => $"{alias.Key} → {alias.Value}"));

    public static string Day(long milliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}

internal sealed class ModelsListCommand : CliCommand
{
    private const int Most = 1000;

    private readonly Option<int> _limit = new("--limit") { Description = "At most this many, 1 to 1000 (1000)", HelpName = "N", DefaultValueFactory = static _ => Most };
    private readonly Option<string?> _filter = new("--filter") { Description = "Only those of which this holds, as MLflow writes it", HelpName = "F" };
    private readonly Option<string[]> _orderBy = new("--order-by") { Description = "Such as \"last_updated_timestamp DESC\"; may be repeated", HelpName = "O" };

    public ModelsListCommand(Terminal terminal)
        : base(terminal, "list", "Models, by name unless asked otherwise")
    {
        Options.Add(_limit);
        Options.Add(_filter);
        Options.Add(_orderBy);
        Examples = ["models list --filter \"name LIKE 'reviews%' AND tags.team = 'a'\" --limit 10"];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var limit = parse.GetValue(_limit);
        return limit is >= 1 and <= Most
            ? ListAsync(Terminal, parse, new RegistryQuery { Limit = limit, Filter = parse.GetValue(_filter), OrderBy = parse.GetValue(_orderBy) ?? [] }, cancellation)
            : throw CliException.Usage($"--limit: {limit} is not within 1 to {Most}.");
    }

    public static async Task<ExitCode> ListAsync(Terminal terminal, ParseResult parse, RegistryQuery query, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), terminal.Time);
        var page = await workspace.Registry.SearchModelsAsync(query, cancellation);
        var models = page.Models;
        if (parse.GetValue(CommonOptions.Json))
        {
            JsonOutput.Write(terminal, new JsonArray([.. models.Select(model => new JsonObject
            {
                ["name"] = model.Name, ["description"] = model.Description, ["tags"] = VersionTable.ToJson(model.Tags),
                ["last_version"] = model.LastVersion, ["creation_time"] = model.CreationTime, ["last_update_time"] = model.LastUpdateTime,
                ["aliases"] = new JsonObject(model.Aliases.Select(alias => KeyValuePair.Create(alias.Key, (JsonNode?)alias.Value))),
            })]));
            return ExitCode.Ok;
        }
        Tables.Write(
            terminal, ["Model", "Versions>", "Aliases", "Since"],
            models.Select(model => new[] { model.Name, model.LastVersion.ToString(CultureInfo.InvariantCulture), ModelsCommand.Join(model.Aliases), ModelsCommand.Day(model.CreationTime) }));
        if (page.NextPageToken is not null)
            terminal.Error.WriteLine("There are more; --limit and --filter show them.");
        return ExitCode.Ok;
    }
}
