using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Storage;
using Plumbline.Tracking;

namespace Plumbline.Cli.Commands;

internal sealed class RunsCommand : CliCommand
{
    public RunsCommand(Terminal terminal)
        : base(terminal, "runs", "Trainings so far, with what was asked and what came out")
    {
        Subcommands.Add(new RunsShowCommand(terminal));
        Subcommands.Add(new RunsListCommand(terminal));
        Examples = ["runs", "runs list --limit 5 --json", "runs show 3f0c…"];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) =>
        RunsListCommand.ListAsync(Terminal, parse, new RunQuery(), cancellation);

    public static JsonObject ToJson(Run run) => new()
    {
        ["id"] = run.Id,
        ["name"] = run.Name,
        ["experiment"] = run.ExperimentId,
        ["status"] = JsonOutput.NameOf(run.Status),
        ["start_time"] = run.StartTime,
        ["end_time"] = run.EndTime,
        ["params"] = Texts(run.Params),
        ["metrics"] = new JsonObject(run.Metrics.Select(metric => KeyValuePair.Create(metric.Key, JsonOutput.Number(metric.Value.Value)))),
        ["tags"] = Texts(run.Tags),
        ["snapshots"] = new JsonArray([.. run.Inputs.Select(input => JsonValue.Create(input.SnapshotDigest))]),
    };

    public static string Metric(Run run, string key) => run.Metrics.TryGetValue(key, out var metric) ? metric.Value.ToString("f4", CultureInfo.InvariantCulture) : "";

    private static JsonObject Texts(IReadOnlyDictionary<string, string> values) =>
        new(values.OrderBy(value => value.Key, StringComparer.Ordinal).Select(value => KeyValuePair.Create(value.Key, (JsonNode?)value.Value)));
}

internal sealed class RunsListCommand : CliCommand
{
    private readonly Option<int> _limit = new("--limit") { Description = "At most this many, 1 to 1000 (100)", HelpName = "N", DefaultValueFactory = static _ => new RunQuery().Limit };

    private readonly Option<string?> _filter = new("--filter") { Description = "Only those of which this holds, as MLflow writes it", HelpName = "F" };
    private readonly Option<string[]> _orderBy = new("--order-by") { Description = "Such as \"metrics.`test.macro_f1` DESC\"; may be repeated", HelpName = "O" };

    public RunsListCommand(Terminal terminal)
        : base(terminal, "list", "Runs, the newest first unless asked otherwise")
    {
        Options.Add(_limit);
        Options.Add(_filter);
        Options.Add(_orderBy);
        Examples = ["runs list --filter \"params.chosen_family = 'logistic'\" --order-by \"metrics.`test.macro_f1` DESC\""];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var limit = parse.GetValue(_limit);
        return limit is >= 1 and <= 1000
            ? ListAsync(Terminal, parse, new RunQuery { Limit = limit, Filter = parse.GetValue(_filter), OrderBy = parse.GetValue(_orderBy) ?? [] }, cancellation)
            : throw CliException.Usage($"--limit: {limit} is not within 1 to 1000.");
    }

    public static async Task<ExitCode> ListAsync(Terminal terminal, ParseResult parse, RunQuery query, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), terminal.Time);
        var page = await workspace.Tracking.ListRunsAsync(query, cancellation);
        if (parse.GetValue(CommonOptions.Json))
        {
            JsonOutput.Write(terminal, new JsonArray([.. page.Runs.Select(RunsCommand.ToJson)]));
            return ExitCode.Ok;
        }
        var experiments = (await workspace.Tracking.ListExperimentsAsync(cancellation)).ToDictionary(experiment => experiment.Id, experiment => experiment.Name);
        Tables.Write(
            terminal, ["Run", "Experiment", "Status", "Family", "Macro-F1>", "Log-loss>", "Start"],
            page.Runs.Select(run => new[]
            {
                run.Id, experiments[run.ExperimentId], JsonOutput.NameOf(run.Status), run.Params.GetValueOrDefault("chosen_family", ""),
                RunsCommand.Metric(run, "test.macro_f1"), RunsCommand.Metric(run, "test.log_loss"), ModelsCommand.Day(run.StartTime),
            }));
        if (page.NextPageToken is not null)
            terminal.Error.WriteLine("There are more; --limit shows them.");
        return ExitCode.Ok;
    }
}

internal sealed class RunsShowCommand : CliCommand
{
    private readonly Argument<string> _id = new("ID") { Description = "Run, as runs lists it, or its first digits" };

    public RunsShowCommand(Terminal terminal)
        : base(terminal, "show", "Params, metrics and tags of a run") => Arguments.Add(_id);

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var run = await workspace.Tracking.GetRunAsync(await StoredIds.Runs.CompleteAsync(workspace.Store, parse.GetRequiredValue(_id), cancellation), cancellation);
        if (parse.GetValue(CommonOptions.Json))
        {
            JsonOutput.Write(Terminal, RunsCommand.ToJson(run));
            return ExitCode.Ok;
        }
        var files = workspace.Artifacts.IsShared ? $"files by plumbline artifacts fetch runs/{run.Id}" : $"files in {Path.Combine(workspace.Home.Root, run.ArtifactUri)}";
        Terminal.Error.WriteLine($"{run.Name}, {JsonOutput.NameOf(run.Status)}, {ModelsCommand.Day(run.StartTime)}, {files}");
        var values = run.Params.Select(param => new[] { param.Key, param.Value })
            .Concat(run.Metrics.Select(metric => new[] { metric.Key, metric.Value.Value.ToString("g6", CultureInfo.InvariantCulture) }))
            .Concat(run.Tags.Select(tag => new[] { tag.Key, tag.Value }))
            .Concat(run.Inputs.Select(input => new[] { $"snapshot ({input.Context})", input.SnapshotDigest }));
        Tables.Write(Terminal, ["Name", "Value"], values);
        return ExitCode.Ok;
    }
}
