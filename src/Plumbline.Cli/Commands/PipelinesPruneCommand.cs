using System.CommandLine;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Pipelines.Retention;

namespace Plumbline.Cli.Commands;

/// <summary>Removes runs that ended long ago, as workers do by themselves.</summary>
internal sealed class PipelinesPruneCommand : CliCommand
{
    private readonly Option<int?> _keep = new("--keep") { Description = "Keep of each pipeline the N runs that ended last (pipelines.retention.keep; 100)", HelpName = "N" };
    private readonly Option<double?> _keepDays = new("--keep-days") { Description = "Keep those that ended within N days (pipelines.retention.keep_days; 30)", HelpName = "N" };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Only say what would be removed" };
    private readonly Option<string?> _project = ProjectPipelines.Option();

    public PipelinesPruneCommand(Terminal terminal)
        : base(terminal, "prune", "Remove runs that ended long ago and that nothing refers to, with their logs and results")
    {
        foreach (var option in new Option[] { _keep, _keepDays, _dryRun, _project })
            Options.Add(option);
        Examples = ["pipelines prune --dry-run", "pipelines prune --keep 20 --keep-days 7"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var pipelines = ProjectPipelines.Open(parse, parse.GetValue(_project), Terminal.Time);
        await using var workspace = Workspace.OpenExisting(pipelines.Home, Terminal.Time);
        var retention = pipelines.Project.Retention;
        retention = retention with { Keep = parse.GetValue(_keep) ?? retention.Keep, KeepDays = parse.GetValue(_keepDays) ?? retention.KeepDays };
        try
        {
            retention.Validate();
        }
        catch (ArgumentException exception)
        {
            throw CliException.Usage($"--{exception.Message.Replace('_', '-')}.");
        }
        var pruner = pipelines.Pruner(workspace, retention);
        var dryRun = parse.GetValue(_dryRun);
        var runs = dryRun ? await pruner.PlanAsync(cancellation) : await pruner.PruneAsync(Champion.Actor, cancellation);
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, new JsonObject { ["dry_run"] = dryRun, ["runs"] = new JsonArray([.. runs.Select(run => (JsonNode)run.ToJson())]) });
        else
            Show(runs, dryRun);
        return ExitCode.Ok;
    }

    private void Show(IReadOnlyList<PrunedRun> runs, bool dryRun)
    {
        if (runs.Count > 0)
            Tables.Write(
                Terminal, ["Run", "Pipeline", "State", "Ended", dryRun ? "Would be" : "Was", "Why"],
                runs.Select(run => new[] { run.Id, run.Pipeline, Names.Of(run.State), RunTables.Time(run.Ended), run.Removed ? "removed" : "kept", run.Reason }));
        var removed = runs.Count(run => run.Removed);
        Terminal.Error.WriteLine($"{(dryRun ? "Would remove" : "Removed")} {removed} runs; {runs.Count - removed} as old are kept, as something refers to them");
    }
}
