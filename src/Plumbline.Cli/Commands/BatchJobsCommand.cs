using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Inference.Batch;
using Plumbline.Storage;

namespace Plumbline.Cli.Commands;

internal sealed class BatchJobsCommand : CliCommand
{
    public BatchJobsCommand(Terminal terminal)
        : base(terminal, "batch-jobs", "Batch jobs that servers and workers share: how they stand")
    {
        Subcommands.Add(new BatchJobsListCommand(terminal));
        Subcommands.Add(new BatchJobsShowCommand(terminal));
        Subcommands.Add(new BatchJobsCancelCommand(terminal));
        Examples = ["batch-jobs list", "batch-jobs show 0198c1de6b7a70008000…", "batch-jobs cancel 0198c1de6b7a70008000…", "predict --job 0198c1de6b7a70008000…"];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) => BatchJobsListCommand.ListAsync(Terminal, parse, cancellation);

    public static void Report(Terminal terminal, ParseResult parse, BatchJob job)
    {
        if (parse.GetValue(CommonOptions.Json))
        {
            JsonOutput.Write(terminal, Json(terminal, job));
            return;
        }
        var culture = CultureInfo.InvariantCulture;
        terminal.Error.WriteLine(string.Create(culture, $"{job.Id}: {Names.Of(job.State)}{(job.Fault is null ? "" : $", {job.Fault}")}"));
        terminal.Error.WriteLine($"    {job.Definition.Input} to {job.Definition.Output} by {job.Definition.Version}");
        terminal.Error.WriteLine(string.Create(
            culture, $"    {job.Rows:n0} rows, {job.Errors:n0} without an answer, chunk {job.Chunks} of {job.ChunksTotal?.ToString(culture) ?? "an unknown number"}, {job.RowsPerSecond(terminal.Time.GetUtcNow()):n0} rows/s, workers: {job.Workers}"));
    }

    public static JsonObject Json(Terminal terminal, BatchJob job) => new()
    {
        ["id"] = job.Id,
        ["state"] = Names.Of(job.State),
        ["version"] = job.Definition.Version,
        ["bundle"] = job.Definition.Bundle,
        ["input"] = job.Definition.Input,
        ["output"] = job.Definition.Output,
        ["created"] = job.Created,
        ["ended"] = job.Ended,
        ["rows"] = job.Rows,
        ["errors"] = job.Errors,
        ["chunks"] = job.Chunks,
        ["chunks_total"] = job.ChunksTotal,
        ["rows_per_second"] = Math.Round(job.RowsPerSecond(terminal.Time.GetUtcNow()), 1),
        ["workers"] = job.Workers,
        ["fault"] = job.Fault,
    };
}

internal sealed class BatchJobsListCommand : CliCommand
{
    public BatchJobsListCommand(Terminal terminal)
        : base(terminal, "list", "The newest first") => Examples = ["batch-jobs list", "batch-jobs list --json"];

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) => ListAsync(Terminal, parse, cancellation);

    public static async Task<ExitCode> ListAsync(Terminal terminal, ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), terminal.Time);
        var jobs = await new BatchJobStore(workspace.Store, terminal.Time).ListAsync(cancellation: cancellation);
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(terminal, new JsonArray([.. jobs.Select(job => (JsonNode)BatchJobsCommand.Json(terminal, job))]));
        else
            Tables.Write(terminal, ["Job", "State", "Version", "Rows>", "Errors>", "Output"], jobs.Select(job => new[]
            {
                job.Id, Names.Of(job.State), job.Definition.Version, job.Rows.ToString("n0", CultureInfo.InvariantCulture), job.Errors.ToString("n0", CultureInfo.InvariantCulture), job.Definition.Output,
            }));
        return ExitCode.Ok;
    }
}

internal sealed class BatchJobsShowCommand : CliCommand
{
    private readonly Argument<string> _id = new("ID") { Description = "Job, or its first digits" };

    public BatchJobsShowCommand(Terminal terminal)
        : base(terminal, "show", "How a job stands, and why it failed")
    {
        Arguments.Add(_id);
        Examples = ["batch-jobs show 0198c1de6b7a70008000… --json"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        BatchJobsCommand.Report(Terminal, parse, await new BatchJobStore(workspace.Store, Terminal.Time).GetAsync(await StoredIds.BatchJobs.CompleteAsync(workspace.Store, parse.GetRequiredValue(_id), cancellation), cancellation));
        return ExitCode.Ok;
    }
}

internal sealed class BatchJobsCancelCommand : CliCommand
{
    private readonly Argument<string> _id = new("ID") { Description = "Job, or its first digits" };

    public BatchJobsCancelCommand(Terminal terminal)
        : base(terminal, "cancel", "End a job; nothing of it is published")
    {
        Arguments.Add(_id);
        Examples = ["batch-jobs cancel 0198c1de6b7a70008000…"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        BatchJobsCommand.Report(Terminal, parse, await new BatchJobStore(workspace.Store, Terminal.Time).CancelAsync(await StoredIds.BatchJobs.CompleteAsync(workspace.Store, parse.GetRequiredValue(_id), cancellation), Champion.Actor, cancellation));
        return ExitCode.Ok;
    }
}
