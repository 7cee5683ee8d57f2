using FsCheck.Xunit;
using Plumbline.Pipelines.Graphs;
using Plumbline.Pipelines.Runs;

namespace Plumbline.Tests.Pipelines.Runs;

public sealed class TriggerRulesTests
{
    private static readonly TaskState[] Done = [TaskState.Succeeded, TaskState.Cached, TaskState.Skipped, TaskState.Failed, TaskState.UpstreamFailed, TaskState.Cancelled];

    [Property]
    public void Decide_AnyRuleAndStates_AsTheSpecSays(TriggerRule rule, TaskState[] upstream) => TriggerRules.Decide(rule, upstream).ShouldBe(Naive(rule, upstream));

    /// <summary>What is decided while one runs must hold whatever becomes of it.</summary>
    [Property]
    public void Decide_WhileOneRuns_HoldsWhateverBecomesOfIt(TriggerRule rule, TaskState[] upstream)
    {
        var early = TriggerRules.Decide(rule, [.. upstream, TaskState.Running]);
        if (early != TaskState.Waiting)
            Done.Select(last => TriggerRules.Decide(rule, [.. upstream, last])).ShouldAllBe(late => late == early);
    }

    private static TaskState Naive(TriggerRule rule, TaskState[] upstream)
    {
        bool Succeeded(TaskState state) => state is TaskState.Succeeded or TaskState.Cached;
        bool Failed(TaskState state) => state is TaskState.Failed or TaskState.UpstreamFailed or TaskState.Cancelled;
        if (upstream.Length == 0 || rule == TriggerRule.Always)
            return TaskState.Ready;
        if (rule == TriggerRule.OneSuccess && upstream.Any(Succeeded))
            return TaskState.Ready;
        if (rule == TriggerRule.OneFailed && upstream.Any(Failed))
            return TaskState.Ready;
        if (rule == TriggerRule.OneDone && upstream.Any(state => Succeeded(state) || Failed(state)))
            return TaskState.Ready;
        if (!upstream.All(Done.Contains))
            return TaskState.Waiting;
        return rule switch
        {
            TriggerRule.AllSuccess => upstream.All(Succeeded) ? TaskState.Ready : upstream.Any(Failed) ? TaskState.UpstreamFailed : TaskState.Skipped,
            TriggerRule.AllFailed => upstream.All(Failed) ? TaskState.Ready : TaskState.Skipped,
            TriggerRule.AllDone => TaskState.Ready,
            TriggerRule.OneSuccess => upstream.Any(Failed) ? TaskState.UpstreamFailed : TaskState.Skipped,
            TriggerRule.OneFailed or TriggerRule.OneDone => TaskState.Skipped,
            TriggerRule.NoneFailed => upstream.Any(Failed) ? TaskState.UpstreamFailed : TaskState.Ready,
            TriggerRule.NoneFailedMinOneSuccess => upstream.Any(Failed) ? TaskState.UpstreamFailed : upstream.Any(Succeeded) ? TaskState.Ready : TaskState.Skipped,
            _ => upstream.Contains(TaskState.Skipped) ? TaskState.Skipped : TaskState.Ready,
        };
    }
}
