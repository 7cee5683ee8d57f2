using System.CommandLine;
using Plumbline.Cli.Output;
using Plumbline.Pipelines.Runs;
using Plumbline.Pipelines.Workers;

namespace Plumbline.Cli;

/// <summary>Works at a run in this process, beside other workers, until it ends.</summary>
internal static class RunWork
{
    /// <returns>Ok if it succeeded; else what failed is told, and the code says so.</returns>
    public static async Task<ExitCode> UntilEndAsync(Terminal terminal, ParseResult parse, Workspace workspace, PipelineCatalogue catalogue, PipelineRun run, CancellationToken cancellation)
    {
        await ProgressView.RunAsync(terminal, async view =>
        {
            var worker = new PipelineWorker(workspace.Pipelines, catalogue, new PipelineWorkerOptions { Run = run.Id }, workspace.Home) { Progress = view };
            await worker.RunAsync(cancellation);
            return true;
        });
        run = await workspace.Pipelines.GetAsync(run.Id, CancellationToken.None);
        if (!run.IsDone)
        {
            terminal.Error.WriteLine($"Interrupted; what was begun was given back. plumbline pipelines resume {run.Id} goes on with it, or any worker.");
            cancellation.ThrowIfCancellationRequested();
        }
        await RunTables.ReportAsync(terminal, parse, workspace, run, CancellationToken.None);
        if (run.State == RunState.Succeeded)
            return ExitCode.Ok;
        terminal.Error.WriteLine($"error: run {run.Id} {Names.Of(run.State)}; plumbline pipelines logs {run.Id} TASK has what a task said, pipelines resume {run.Id} goes on from there");
        return ExitCode.Pipeline;
    }
}
