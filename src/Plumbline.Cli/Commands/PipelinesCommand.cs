using System.CommandLine;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Pipelines.Runs;
using Plumbline.Pipelines.Schedules;

namespace Plumbline.Cli.Commands;

internal sealed class PipelinesCommand : CliCommand
{
    public PipelinesCommand(Terminal terminal)
        : base(terminal, "pipelines", "Graphs of work: run them, see how they stand and why, schedule them")
    {
        foreach (var command in new Command[]
        {
            new PipelinesListCommand(terminal), new PipelinesRunCommand(terminal), new PipelinesRunsCommand(terminal), new PipelinesShowCommand(terminal), new PipelinesLogsCommand(terminal),
            new PipelinesChangeCommand(terminal, "cancel", "End a run; nothing more of it is published", (store, run, reason, stop) => store.CancelAsync(run, Champion.Actor, reason, stop)),
            new PipelinesChangeCommand(terminal, "pause", "Hold back what has not begun of a run", (store, run, reason, stop) => store.PauseAsync(run, Champion.Actor, reason, stop)),
            new PipelinesResumeCommand(terminal), new PipelinesBackfillCommand(terminal), new PipelinesScheduleCommand(terminal), new PipelinesPruneCommand(terminal),
        })
            Subcommands.Add(command);
        Examples = ["pipelines", "pipelines run training", "pipelines show 0198c1de…", "pipelines logs 0198c1de… tune[1]", "pipelines resume 0198c1de…"];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) => PipelinesListCommand.ListAsync(Terminal, parse, null, cancellation);
}

/// <summary>The pipelines that there are.</summary>
internal sealed class PipelinesListCommand : CliCommand
{
    private readonly Option<string?> _project = ProjectPipelines.Option();

    public PipelinesListCommand(Terminal terminal)
        : base(terminal, "list", "The pipelines of the project, and their last runs")
    {
        Options.Add(_project);
        Examples = ["pipelines list", "pipelines list --json"];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) => ListAsync(Terminal, parse, parse.GetValue(_project), cancellation);

    public static async Task<ExitCode> ListAsync(Terminal terminal, ParseResult parse, string? project, CancellationToken cancellation)
    {
        await using var pipelines = ProjectPipelines.Open(parse, project, terminal.Time);
        await using var workspace = Workspace.Open(pipelines.Home, terminal.Time);
        var rows = new List<(Plumbline.Pipelines.Graphs.Pipeline Pipeline, PipelineRun? Last)>();
        foreach (var pipeline in pipelines.Catalogue.All)
            rows.Add((pipeline, await workspace.Pipelines.ListAsync(pipeline.Project, pipeline.Name, cancellation: cancellation) is [var last, ..] ? last : null));
        var schedules = (await pipelines.Schedules(workspace, terminal.Time).ListAsync(cancellation)).ToLookup(schedule => schedule.Schedule.Pipeline, StringComparer.Ordinal);
        if (parse.GetValue(CommonOptions.Json))
        {
            JsonOutput.Write(terminal, new JsonArray([.. rows.Select(row => (JsonNode)new JsonObject
            {
                ["name"] = row.Pipeline.Name,
                ["description"] = row.Pipeline.Description,
                ["graph"] = row.Pipeline.GraphDigest,
                ["nodes"] = new JsonArray([.. row.Pipeline.Nodes.Select(node => JsonValue.Create(node))]),
                ["last_run"] = row.Last?.ToJson(),
                ["schedules"] = new JsonArray([.. schedules[row.Pipeline.Name].Select(schedule => (JsonNode)schedule.ToJson())]),
            })]));
            return ExitCode.Ok;
        }
        Tables.Write(terminal, ["Pipeline", "What it does", "Steps", "Last run", "State", "Scheduled"], rows.Select(row => new[]
        {
            row.Pipeline.Name, row.Pipeline.Description, string.Join(" ", row.Pipeline.Nodes), row.Last?.Id ?? "", row.Last is { } last ? Names.Of(last.State) : "", Scheduled(schedules[row.Pipeline.Name]),
        }));
        return ExitCode.Ok;
    }

    /// <summary>When the next run is due, or why one that is has not begun.</summary>
    private static string Scheduled(IEnumerable<StoredSchedule> schedules) =>
        schedules.Where(schedule => !schedule.IsPaused).MinBy(schedule => schedule.Next) is { } first ? first.WhyNotYet ?? RunTables.Time(first.Next) : "";
}

/// <summary>Runs, the newest first.</summary>
internal sealed class PipelinesRunsCommand : CliCommand
{
    private readonly Argument<string?> _name = new("NAME") { Description = "Pipeline; else all", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<bool> _active = new("--active") { Description = "Only those that run or are queued" };

    public PipelinesRunsCommand(Terminal terminal)
        : base(terminal, "runs", "Runs, the newest first")
    {
        Arguments.Add(_name);
        Options.Add(_active);
        Examples = ["pipelines runs", "pipelines runs training --active --json"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var runs = await workspace.Pipelines.ListAsync(null, parse.GetValue(_name), parse.GetValue(_active), cancellation);
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, new JsonArray([.. runs.Select(run => (JsonNode)run.ToJson())]));
        else
            RunTables.Write(Terminal, runs);
        return ExitCode.Ok;
    }
}
