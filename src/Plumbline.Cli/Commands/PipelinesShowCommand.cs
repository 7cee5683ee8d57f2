using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Pipelines.Workers;
using Plumbline.Storage;

namespace Plumbline.Cli.Commands;

internal sealed class PipelinesShowCommand : CliCommand
{
    private readonly Argument<string> _run = new("RUN") { Description = "Run, or its first digits" };

    public PipelinesShowCommand(Terminal terminal)
        : base(terminal, "show", "Tasks of a run, how they stand, and why those that wait do")
    {
        Arguments.Add(_run);
        Examples = ["pipelines show 0198c1de…", "pipelines show 0198c1de… --json"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        await RunTables.ReportAsync(Terminal, parse, workspace, await workspace.Pipelines.GetAsync(await StoredIds.PipelineRuns.CompleteAsync(workspace.Store, parse.GetRequiredValue(_run), cancellation), cancellation), cancellation);
        return ExitCode.Ok;
    }
}

/// <summary>Attempts of a task, and the log of one.</summary>
internal sealed class PipelinesLogsCommand : CliCommand
{
    private readonly Argument<string> _run = new("RUN") { Description = "Run, or its first digits" };
    private readonly Argument<string> _task = new("TASK") { Description = "A step, or a task of a mapped one, such as tune[1]" };
    private readonly Option<int?> _attempt = new("--attempt") { Description = "Number; else the last", HelpName = "N" };

    public PipelinesLogsCommand(Terminal terminal)
        : base(terminal, "logs", "What was tried of a task, and what the attempt said")
    {
        Arguments.Add(_run);
        Arguments.Add(_task);
        Options.Add(_attempt);
        Examples = ["pipelines logs 0198c1de… choose", "pipelines logs 0198c1de… tune[1] --attempt 1"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var (run, (node, item)) = (await StoredIds.PipelineRuns.CompleteAsync(workspace.Store, parse.GetRequiredValue(_run), cancellation), TaskOf(parse.GetRequiredValue(_task)));
        var attempts = await workspace.Pipelines.AttemptsAsync(run, node, item, cancellation);
        var number = parse.GetValue(_attempt) ?? (attempts is [.., var last] ? last.Number : (long?)null)
            ?? throw new MetadataException(MetadataError.NotFound, $"Nothing of {node} was tried in run {run} yet; plumbline pipelines show {run} says why.");
        var log = await AttemptLogs.ReadAsync(workspace.Home, run, node, item, number, Terminal.Time, cancellation);
        if (parse.GetValue(CommonOptions.Json))
        {
            JsonOutput.Write(Terminal, new JsonObject { ["attempts"] = new JsonArray([.. attempts.Select(attempt => (JsonNode)attempt.ToJson())]), ["attempt"] = number, ["log"] = log });
            return ExitCode.Ok;
        }
        Tables.Write(Terminal, ["Attempt", "State", "Worker", "Began", "Ended", "Why"], attempts.Select(attempt => new[]
        {
            attempt.Number.ToString(CultureInfo.InvariantCulture), Names.Of(attempt.State), attempt.Worker, RunTables.Time(attempt.Started), RunTables.Time(attempt.Ended), attempt.Fault,
        }));
        Terminal.Error.Write(log ?? $"Attempt {number} said nothing, or its log is on the host that ran it.{Environment.NewLine}");
        return ExitCode.Ok;
    }

    private static (string Node, int Item) TaskOf(string name)
    {
        var bracket = name.IndexOf('[', StringComparison.Ordinal);
        if (bracket < 0)
            return (name, 0);
        return name.EndsWith(']') && int.TryParse(name.AsSpan(bracket + 1, name.Length - bracket - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var item)
            ? (name[..bracket], item)
            : throw CliException.Usage($"{name} is no task; write a step, or one of a mapped step, such as tune[1].");
    }
}
