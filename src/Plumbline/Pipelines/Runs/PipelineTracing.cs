using System.Diagnostics;

namespace Plumbline.Pipelines.Runs;

/// <summary>Spans of runs, tasks and attempts. A run keeps its trace context in the store, so that one trace goes through all processes that work at it.</summary>
public static class PipelineTracing
{
    public const string SourceName = "Plumbline.Pipelines";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>Of a run that begins, as a child of whatever asked for it.</summary>
    internal static Activity? Begin(string pipeline) => Source.StartActivity("pipeline run", ActivityKind.Producer)?.SetTag("plumbline.pipeline", pipeline);

    /// <param name="parent"><c>traceparent</c> of the run, or the span of the task.</param>
    internal static Activity? Of(string name, string parent, ActivityKind kind, ClaimedTask task, PipelineRun run)
    {
        ActivityContext.TryParse(parent, null, isRemote: true, out var context);
        return Source.StartActivity(name, kind, context)?
            .SetTag("plumbline.pipeline", run.Pipeline).SetTag("plumbline.run", run.Id).SetTag("plumbline.task", task.Name).SetTag("plumbline.attempt", task.Attempt);
    }
}
