using System.CommandLine;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Pipelines.Schedules;

namespace Plumbline.Cli.Commands;

internal sealed class PipelinesScheduleCommand : CliCommand
{
    public PipelinesScheduleCommand(Terminal terminal)
        : base(terminal, "schedule", "When pipelines are run by themselves")
    {
        foreach (var command in new Command[]
        {
            new PipelinesScheduleListCommand(terminal), new PipelinesScheduleSetCommand(terminal),
            new PipelinesScheduleChangeCommand(terminal, "pause", "Start nothing until it is resumed; what is missed meanwhile is left out", (store, name, stop) => store.PauseAsync(name, true, Champion.Actor, stop)),
            new PipelinesScheduleChangeCommand(terminal, "resume", "Go on from now", (store, name, stop) => store.PauseAsync(name, false, Champion.Actor, stop)),
            new PipelinesScheduleChangeCommand(terminal, "remove", "Forget it; its runs stay", async (store, name, stop) =>
            {
                var removed = await store.GetAsync(name, stop);
                await store.RemoveAsync(name, Champion.Actor, stop);
                return removed;
            }),
        })
            Subcommands.Add(command);
        Examples = ["pipelines schedule", "pipelines schedule set nightly training --cron \"0 3 * * *\" --time-zone Europe/Berlin", "pipelines schedule pause nightly"];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) => PipelinesScheduleListCommand.ListAsync(Terminal, parse, null, cancellation);

    public static void Report(Terminal terminal, ParseResult parse, params IReadOnlyList<StoredSchedule> schedules)
    {
        if (parse.GetValue(CommonOptions.Json))
        {
            JsonOutput.Write(terminal, new JsonArray([.. schedules.Select(schedule => (JsonNode)schedule.ToJson())]));
            return;
        }
        Tables.Write(terminal, ["Schedule", "Pipeline", "Cron", "Time zone", "Catch-up", "Next", "Stands"], schedules.Select(stored => new[]
        {
            stored.Schedule.Name, stored.Schedule.Pipeline, stored.Schedule.Cron, stored.Schedule.TimeZone, Names.Of(stored.Schedule.CatchUp), RunTables.Time(stored.Next),
            stored.IsPaused ? "paused" : stored.WhyNotYet ?? stored.Fault,
        }));
    }
}

internal sealed class PipelinesScheduleListCommand : CliCommand
{
    private readonly Option<string?> _project = ProjectPipelines.Option();

    public PipelinesScheduleListCommand(Terminal terminal)
        : base(terminal, "list", "Schedules, and when they are due next")
    {
        Options.Add(_project);
        Examples = ["pipelines schedule list", "pipelines schedule list --json"];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) => ListAsync(Terminal, parse, parse.GetValue(_project), cancellation);

    public static async Task<ExitCode> ListAsync(Terminal terminal, ParseResult parse, string? project, CancellationToken cancellation)
    {
        await using var pipelines = ProjectPipelines.Open(parse, project, terminal.Time);
        await using var workspace = Workspace.Open(pipelines.Home, terminal.Time);
        PipelinesScheduleCommand.Report(terminal, parse, await pipelines.Schedules(workspace, terminal.Time).ListAsync(cancellation));
        return ExitCode.Ok;
    }
}

internal sealed class PipelinesScheduleSetCommand : CliCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "Of the schedule" };
    private readonly Argument<string> _pipeline = new("PIPELINE") { Description = "What is run" };
    private readonly Option<string> _cron = new("--cron") { Description = "Minute, hour, day of month, month, day of week; or @daily and the like", HelpName = "EXPRESSION", Required = true };
    private readonly Option<string> _zone = new("--time-zone") { Description = "Such as Europe/Berlin (UTC)", HelpName = "NAME", DefaultValueFactory = static _ => "UTC" };
    private readonly Option<CatchUp?> _catchUp = new("--catch-up") { Description = "What was missed: none, latest or all (latest)", HelpName = "HOW", CustomParser = Names.Parse<CatchUp> };
    private readonly Option<string[]> _parameters = RunParameters.Option();
    private readonly Option<string?> _project = ProjectPipelines.Option();

    public PipelinesScheduleSetCommand(Terminal terminal)
        : base(terminal, "set", "Make or change a schedule; workers keep it")
    {
        Arguments.Add(_name);
        Arguments.Add(_pipeline);
        foreach (var option in new Option[] { _cron, _zone, _catchUp, _parameters, _project })
            Options.Add(option);
        Examples = ["pipelines schedule set nightly training --cron \"0 3 * * *\" --time-zone Europe/Berlin", "pipelines schedule set weekly training --cron @weekly --catch-up none --param promote=false"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var pipelines = ProjectPipelines.Open(parse, parse.GetValue(_project), Terminal.Time);
        await using var workspace = Workspace.Open(pipelines.Home, Terminal.Time);
        var schedule = new PipelineSchedule(parse.GetRequiredValue(_name), parse.GetRequiredValue(_pipeline), parse.GetRequiredValue(_cron))
        {
            TimeZone = parse.GetRequiredValue(_zone),
            CatchUp = parse.GetValue(_catchUp) ?? CatchUp.Latest,
            Parameters = RunParameters.Parse(parse.GetValue(_parameters)),
        };
        try
        {
            pipelines.Catalogue.Get(schedule.Pipeline).Check(schedule.Parameters);
            PipelinesScheduleCommand.Report(Terminal, parse, await pipelines.Schedules(workspace, Terminal.Time).SetAsync(schedule, Champion.Actor, cancellation));
        }
        catch (ArgumentException exception)
        {
            throw CliException.Usage(exception.Message);
        }
        return ExitCode.Ok;
    }
}

internal sealed class PipelinesScheduleChangeCommand : CliCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "Schedule" };
    private readonly Option<string?> _project = ProjectPipelines.Option();
    private readonly Func<ScheduleStore, string, CancellationToken, Task<StoredSchedule>> _change;

    public PipelinesScheduleChangeCommand(Terminal terminal, string name, string description, Func<ScheduleStore, string, CancellationToken, Task<StoredSchedule>> change)
        : base(terminal, name, description)
    {
        _change = change;
        Arguments.Add(_name);
        Options.Add(_project);
        Examples = [$"pipelines schedule {name} nightly"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var pipelines = ProjectPipelines.Open(parse, parse.GetValue(_project), Terminal.Time);
        await using var workspace = Workspace.OpenExisting(pipelines.Home, Terminal.Time);
        PipelinesScheduleCommand.Report(Terminal, parse, await _change(pipelines.Schedules(workspace, Terminal.Time), parse.GetRequiredValue(_name), cancellation));
        return ExitCode.Ok;
    }
}
