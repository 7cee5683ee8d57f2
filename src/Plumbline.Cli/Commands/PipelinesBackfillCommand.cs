using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Plumbline.Cli.Output;
using Plumbline.Pipelines.Graphs;
using Plumbline.Pipelines.Runs;
using Plumbline.Pipelines.Schedules;

namespace Plumbline.Cli.Commands;

/// <summary>A run for each interval of a range; workers do them.</summary>
internal sealed class PipelinesBackfillCommand : CliCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "Pipeline" };
    private readonly Option<DateTimeOffset> _from = Time("--from", "Intervals that begin at this time or later, such as 2026-01-01, and are over");
    private readonly Option<DateTimeOffset> _until = Time("--until", "And before this one");
    private readonly Option<string?> _schedule = new("--schedule") { Description = "Intervals of this schedule, with its parameters; those that it ran are left out", HelpName = "NAME" };
    private readonly Option<TimeSpan?> _every = new("--every") { Description = "Intervals of this length, such as 1d or 6h, if no schedule is named", HelpName = "TIME", CustomParser = Durations.Parse };
    private readonly Option<string[]> _parameters = RunParameters.Option();
    private readonly Option<string?> _project = ProjectPipelines.Option();
    private readonly Option<string?> _reason = new("--reason") { Description = "Why, for the audit trail", HelpName = "TEXT" };

    public PipelinesBackfillCommand(Terminal terminal)
        : base(terminal, "backfill", "Start a run for each interval of a range, for workers to do")
    {
        Arguments.Add(_name);
        foreach (var option in new Option[] { _from, _until, _schedule, _every, _parameters, _project, _reason })
            Options.Add(option);
        Examples = ["pipelines backfill training --schedule nightly --from 2026-01-01 --until 2026-02-01", "pipelines backfill training --every 7d --from 2026-01-01 --until 2026-03-01 --param promote=false"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var pipelines = ProjectPipelines.Open(parse, parse.GetValue(_project), Terminal.Time);
        await using var workspace = Workspace.Open(pipelines.Home, Terminal.Time);
        var pipeline = pipelines.Catalogue.Get(parse.GetRequiredValue(_name));
        var trigger = new RunTrigger(TriggerKind.Backfill, Champion.Actor, parse.GetValue(_reason) ?? "");
        try
        {
            RunTables.Report(Terminal, parse, await StartAsync(parse, workspace, pipeline, trigger, cancellation));
        }
        catch (ArgumentException exception)
        {
            throw CliException.Usage(exception.Message);
        }
        return ExitCode.Ok;
    }

    private async Task<IReadOnlyList<PipelineRun>> StartAsync(ParseResult parse, Workspace workspace, Pipeline pipeline, RunTrigger trigger, CancellationToken cancellation)
    {
        var (from, until, now, parameters) = (parse.GetValue(_from), parse.GetValue(_until), Terminal.Time.GetUtcNow(), RunParameters.Parse(parse.GetValue(_parameters)));
        if (parse.GetValue(_schedule) is { } name)
        {
            var schedule = (await new ScheduleStore(workspace.Store, pipeline.Project, Terminal.Time).GetAsync(name, cancellation)).Schedule;
            return await Backfill.StartAsync(workspace.Pipelines, pipeline, schedule, Backfill.Intervals(schedule.Times(), from, until, now), parameters, trigger, cancellation);
        }
        return parse.GetValue(_every) is { } every
            ? await Backfill.StartAsync(workspace.Pipelines, pipeline, $"every {every:c}", Backfill.Intervals(every, from, until, now), parameters, trigger, cancellation)
            : throw CliException.Usage("Say which intervals: those of a --schedule, or of a length (--every 1d).");
    }

    private static Option<DateTimeOffset> Time(string name, string description) => new(name) { Description = description, HelpName = "TIME", Required = true, CustomParser = ParseTime };

    private static DateTimeOffset ParseTime(ArgumentResult result)
    {
        if (DateTimeOffset.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
            return time;
        result.AddError($"'{result.Tokens[0].Value}' is no time; write one such as 2026-01-31 or 2026-01-31T03:00Z.");
        return default;
    }
}
