using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Storage;
using Plumbline.Tracking;

namespace Plumbline.Cli.Commands;

internal sealed class ExperimentsCommand : CliCommand
{
    public ExperimentsCommand(Terminal terminal)
        : base(terminal, "experiments", "Folders of runs")
    {
        Subcommands.Add(new ExperimentsShowCommand(terminal));
        Subcommands.Add(new ExperimentsListCommand(terminal));
        Examples = ["experiments", "experiments list --filter \"name LIKE 'reviews%'\" --order-by \"last_update_time DESC\"", "experiments show reviews"];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) =>
        ExperimentsListCommand.ListAsync(Terminal, parse, new ExperimentQuery(), cancellation);

    public static JsonObject ToJson(Experiment experiment) => new()
    {
        ["id"] = experiment.Id,
        ["name"] = experiment.Name,
        ["stage"] = JsonOutput.NameOf(experiment.Stage),
        ["creation_time"] = experiment.CreationTime,
        ["last_update_time"] = experiment.LastUpdateTime,
        ["artifact_location"] = experiment.ArtifactLocation,
        ["tags"] = new JsonObject(experiment.Tags.OrderBy(tag => tag.Key, StringComparer.Ordinal).Select(tag => KeyValuePair.Create(tag.Key, (JsonNode?)tag.Value))),
    };
}

internal sealed class ExperimentsListCommand : CliCommand
{
    private readonly Option<int> _limit = new("--limit") { Description = "At most this many, 1 to 1000 (1000)", HelpName = "N", DefaultValueFactory = static _ => new ExperimentQuery().Limit };
    private readonly Option<string?> _filter = new("--filter") { Description = "Only those of which this holds, as MLflow writes it", HelpName = "F" };
    private readonly Option<string[]> _orderBy = new("--order-by") { Description = "Such as \"name ASC\"; may be repeated", HelpName = "O" };

    public ExperimentsListCommand(Terminal terminal)
        : base(terminal, "list", "Experiments, the newest first unless asked otherwise")
    {
        Options.Add(_limit);
        Options.Add(_filter);
        Options.Add(_orderBy);
        Examples = ["experiments list --filter \"name LIKE 'reviews%'\" --order-by \"name ASC\""];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var limit = parse.GetValue(_limit);
        return limit is >= 1 and <= 1000
            ? ListAsync(Terminal, parse, new ExperimentQuery { Limit = limit, Filter = parse.GetValue(_filter), OrderBy = parse.GetValue(_orderBy) ?? [] }, cancellation)
            : throw CliException.Usage($"--limit: {limit} is not within 1 to 1000.");
    }

    public static async Task<ExitCode> ListAsync(Terminal terminal, ParseResult parse, ExperimentQuery query, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), terminal.Time);
        var page = await workspace.Tracking.SearchExperimentsAsync(query, cancellation);
        if (parse.GetValue(CommonOptions.Json))
        {
            JsonOutput.Write(terminal, new JsonArray([.. page.Experiments.Select(ExperimentsCommand.ToJson)]));
            return ExitCode.Ok;
        }
        Tables.Write(terminal, ["Id>", "Experiment", "Since", "Changed"], page.Experiments.Select(experiment => new[]
        {
            experiment.Id.ToString(CultureInfo.InvariantCulture), experiment.Name, ModelsCommand.Day(experiment.CreationTime), ModelsCommand.Day(experiment.LastUpdateTime),
        }));
        if (page.NextPageToken is not null)
            terminal.Error.WriteLine("There are more; --limit shows them.");
        return ExitCode.Ok;
    }
}

internal sealed class ExperimentsShowCommand : CliCommand
{
    private readonly Argument<string> _experiment = new("EXPERIMENT") { Description = "Name or id" };

    public ExperimentsShowCommand(Terminal terminal)
        : base(terminal, "show", "An experiment's tags and its last runs")
    {
        Arguments.Add(_experiment);
        Examples = ["experiments show reviews"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var experiment = await FindAsync(workspace, parse.GetRequiredValue(_experiment), cancellation);
        var runs = (await workspace.Tracking.ListRunsAsync(new RunQuery { ExperimentIds = [experiment.Id] }, cancellation)).Runs;
        if (parse.GetValue(CommonOptions.Json))
        {
            var json = ExperimentsCommand.ToJson(experiment);
            json["runs"] = new JsonArray([.. runs.Select(RunsCommand.ToJson)]);
            JsonOutput.Write(Terminal, json);
            return ExitCode.Ok;
        }
        Terminal.Error.WriteLine($"{experiment.Name}, {JsonOutput.NameOf(experiment.Stage)}, {ModelsCommand.Day(experiment.CreationTime)}");
        foreach (var (key, value) in experiment.Tags)
            Terminal.Error.WriteLine($"{key}  {value}");
        Tables.Write(Terminal, ["Run", "Status", "Family", "Macro-F1>", "Start"], runs.Select(run => new[]
        {
            run.Id, JsonOutput.NameOf(run.Status), run.Params.GetValueOrDefault("chosen_family", ""), RunsCommand.Metric(run, "test.macro_f1"), ModelsCommand.Day(run.StartTime),
        }));
        return ExitCode.Ok;
    }

    private static async Task<Experiment> FindAsync(Workspace workspace, string text, CancellationToken cancellation)
    {
        if (await workspace.Tracking.FindExperimentAsync(text, cancellation) is { } named)
            return named;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? await workspace.Tracking.GetExperimentAsync(id, cancellation)
            : throw new MetadataException(MetadataError.NotFound, $"There is no experiment '{text}'. plumbline experiments lists them.");
    }
}
