using System.CommandLine;
using Plumbline.Cli.Output;
using Plumbline.Pipelines.Runs;
using Plumbline.Storage;

namespace Plumbline.Cli.Commands;

/// <summary>Changes how a run stands.</summary>
internal sealed class PipelinesChangeCommand : CliCommand
{
    private readonly Argument<string> _run = new("RUN") { Description = "Run, or its first digits" };
    private readonly Option<string?> _reason = new("--reason") { Description = "Why, for the audit trail", HelpName = "TEXT" };
    private readonly Func<PipelineStore, string, string, CancellationToken, Task<PipelineRun>> _change;

    public PipelinesChangeCommand(Terminal terminal, string name, string description, Func<PipelineStore, string, string, CancellationToken, Task<PipelineRun>> change)
        : base(terminal, name, description)
    {
        _change = change;
        Arguments.Add(_run);
        Options.Add(_reason);
        Examples = [$"pipelines {name} 0198c1de… --reason \"wrong data\""];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var run = await _change(workspace.Pipelines, await StoredIds.PipelineRuns.CompleteAsync(workspace.Store, parse.GetRequiredValue(_run), cancellation), parse.GetValue(_reason) ?? "", cancellation);
        await RunTables.ReportAsync(Terminal, parse, workspace, run, cancellation);
        return ExitCode.Ok;
    }
}

/// <summary>Goes on with a run, here or by workers.</summary>
internal sealed class PipelinesResumeCommand : CliCommand
{
    private readonly Argument<string> _run = new("RUN") { Description = "Run, or its first digits" };
    private readonly Option<string?> _project = ProjectPipelines.Option();
    private readonly Option<string?> _reason = new("--reason") { Description = "Why, for the audit trail", HelpName = "TEXT" };
    private readonly Option<bool> _detach = new("--detach") { Description = "Leave it to workers, and return" };

    public PipelinesResumeCommand(Terminal terminal)
        : base(terminal, "resume", "Go on with a run that was paused, failed, was cancelled, or has no worker any more")
    {
        Arguments.Add(_run);
        foreach (var option in new Option[] { _project, _reason, _detach })
            Options.Add(option);
        Examples = ["pipelines resume 0198c1de…", "pipelines resume 0198c1de… --detach"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var pipelines = ProjectPipelines.Open(parse, parse.GetValue(_project), Terminal.Time);
        await using var workspace = Workspace.OpenExisting(pipelines.Home, Terminal.Time);
        var run = await workspace.Pipelines.GetAsync(await StoredIds.PipelineRuns.CompleteAsync(workspace.Store, parse.GetRequiredValue(_run), cancellation), cancellation);
        if (run.IsDone || run.IsPaused)
            run = await workspace.Pipelines.ResumeAsync(run.Id, Champion.Actor, parse.GetValue(_reason) ?? "", cancellation);
        return parse.GetValue(_detach)
            ? await RunTables.ReportAsync(Terminal, parse, workspace, run, cancellation)
            : await RunWork.UntilEndAsync(Terminal, parse, workspace, pipelines.Catalogue, run, cancellation);
    }
}
