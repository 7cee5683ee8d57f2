namespace Plumbline.Pipelines.Runs;

/// <summary>How a node of a run stands.</summary>
/// <param name="Followed">Of what comes after it, what goes on; null: all.</param>
/// <param name="Total">Tasks of one that is mapped; likewise those that follow.</param>
internal sealed record NodeStanding(TaskState State, string Reason, IReadOnlyList<string>? Followed, long Total = 0, long Succeeded = 0, long Skipped = 0, long Failed = 0)
{
    public static NodeStanding Waiting { get; } = new(TaskState.Waiting, "", null);

    /// <summary>Of a mapped node, by its counts.</summary>
    /// <param name="tolerated">Share of the tasks that may fail.</param>
    public NodeStanding Settled(double tolerated)
    {
        if (Succeeded + Skipped + Failed < Total)
            return this;
        if (Failed == 0)
            return this with { State = Succeeded > 0 ? TaskState.Succeeded : TaskState.Skipped, Reason = Succeeded > 0 ? "" : "all of its tasks were skipped" };
        var isTolerated = Succeeded > 0 && Failed <= tolerated * Total;
        return this with
        {
            State = isTolerated ? TaskState.Succeeded : TaskState.Failed,
            Reason = FormattableString.Invariant($"{Failed} of {Total} tasks failed{(isTolerated ? ", which is tolerated" : "")}"),
        };
    }
}
