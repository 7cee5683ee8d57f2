using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Pipelines.Runs;

namespace Plumbline.Cli.Output;

/// <summary>Runs of pipelines, for people and machines.</summary>
internal static class RunTables
{
    private const int ShownItems = 30;

    public static void Report(Terminal terminal, ParseResult parse, IReadOnlyList<PipelineRun> runs)
    {
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(terminal, new JsonArray([.. runs.Select(run => (JsonNode)run.ToJson())]));
        else
            Write(terminal, runs);
    }

    public static void Write(Terminal terminal, IReadOnlyList<PipelineRun> runs) => Tables.Write(
        terminal, ["Run", "Pipeline", "State", "Begun by", "Created", "Ended", "About"],
        runs.Select(run => new[]
        {
            run.Id, run.Pipeline, run.IsPaused && !run.IsDone ? "paused" : Names.Of(run.State), $"{Names.Of(run.Trigger.Kind)}, {run.Trigger.Actor}", Time(run.Created), Time(run.Ended),
            run.Interval is { } interval ? $"{Time(interval.From)} to {Time(interval.Until)}" : "",
        }));

    /// <summary>A run with its tasks.</summary>
    public static async Task<ExitCode> ReportAsync(Terminal terminal, ParseResult parse, Workspace workspace, PipelineRun run, CancellationToken cancellation)
    {
        var tasks = await workspace.Pipelines.TasksAsync(run.Id, cancellation);
        if (parse.GetValue(CommonOptions.Json))
        {
            JsonOutput.Write(terminal, await ToJsonAsync(workspace, run, tasks, cancellation));
            return ExitCode.Ok;
        }
        terminal.Error.WriteLine($"Run {run.Id} of {run.Pipeline}: {(run.IsPaused && !run.IsDone ? "paused" : Names.Of(run.State))}{(run.Trigger.Reason.Length > 0 ? $" ({run.Trigger.Reason})" : "")}");
        var shown = tasks.GroupBy(task => task.Node).SelectMany(node => node.Take(ShownItems));
        Tables.Write(terminal, ["Task", "State", "Attempts>", "Seconds>", "Worker", "Why"], shown.Select(task => new[]
        {
            task.Name, Names.Of(task.State), task.Attempts.ToString(CultureInfo.InvariantCulture), Seconds(task), task.Worker ?? "", task.WhyNotYet ?? task.Reason,
        }));
        foreach (var node in tasks.GroupBy(task => task.Node).Where(node => node.Count() > ShownItems))
            terminal.Error.WriteLine(FormattableString.Invariant($"{node.Key}: {node.Count() - ShownItems} more tasks; --json has up to {PipelineStore.MostItems}"));
        return ExitCode.Ok;
    }

    /// <summary>UTC; empty where there is none.</summary>
    public static string Time(DateTimeOffset? time) => time is { } known ? known.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) : "";

    private static async Task<JsonObject> ToJsonAsync(Workspace workspace, PipelineRun run, IReadOnlyList<PipelineTask> tasks, CancellationToken cancellation)
    {
        var json = run.ToJson();
        json["tasks"] = new JsonArray([.. tasks.Select(task => (JsonNode)task.ToJson())]);
        var outputs = new JsonObject();
        foreach (var task in tasks.Where(task => task.Item is null && task.State.IsSuccess()))
            outputs[task.Node] = await workspace.Pipelines.OutputAsync(run.Id, task.Node, cancellation: cancellation);
        json["outputs"] = outputs;
        return json;
    }

    private static string Seconds(PipelineTask task) =>
        task is { Started: { } started, Ended: { } ended } ? (ended - started).TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture) : "";
}
