using Plumbline.Pipelines.Graphs;

namespace Plumbline.Pipelines.Runs;

/// <summary>What a trigger rule says of a node that waits.</summary>
internal static class TriggerRules
{
    /// <param name="upstream">How the nodes stand that it comes after; as skipped those count that did not have it follow.</param>
    /// <returns><see cref="TaskState.Waiting"/>, <see cref="TaskState.Ready"/>, <see cref="TaskState.Skipped"/> or <see cref="TaskState.UpstreamFailed"/>.</returns>
    public static TaskState Decide(TriggerRule rule, IReadOnlyCollection<TaskState> upstream)
    {
        var succeeded = upstream.Count(state => state.IsSuccess());
        var failed = upstream.Count(state => state.IsFailure());
        var skipped = upstream.Count(state => state == TaskState.Skipped);
        var isDone = succeeded + failed + skipped == upstream.Count;
        var isEarly = rule switch
        {
            TriggerRule.Always => true,
            TriggerRule.OneSuccess => succeeded > 0,
            TriggerRule.OneFailed => failed > 0,
            TriggerRule.OneDone => succeeded + failed > 0,
            _ => false,
        };
        if (isEarly || upstream.Count == 0)
            return TaskState.Ready;
        return isDone ? OfDone(rule, succeeded, failed, skipped) : TaskState.Waiting;
    }

    private static TaskState OfDone(TriggerRule rule, int succeeded, int failed, int skipped)
    {
        var runs = rule switch
        {
            TriggerRule.AllSuccess => failed + skipped == 0,
            TriggerRule.AllFailed => succeeded + skipped == 0,
            TriggerRule.AllDone => true,
            TriggerRule.NoneFailed => failed == 0,
            TriggerRule.NoneFailedMinOneSuccess => failed == 0 && succeeded > 0,
            TriggerRule.NoneSkipped => skipped == 0,
            // Those that run early would have.
            _ => false,
        };
        if (runs)
            return TaskState.Ready;
        var isForSuccess = rule is TriggerRule.AllSuccess or TriggerRule.OneSuccess or TriggerRule.NoneFailed or TriggerRule.NoneFailedMinOneSuccess;
        return isForSuccess && failed > 0 ? TaskState.UpstreamFailed : TaskState.Skipped;
    }
}
