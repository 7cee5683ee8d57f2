namespace Plumbline.Pipelines.Runs;

/// <summary>An attempt that a worker was given.</summary>
/// <param name="Item">0 where the node is not mapped.</param>
/// <param name="Attempt">From 1.</param>
/// <param name="Failures">Of attempts before.</param>
/// <param name="Input">JSON of the item; empty where the node is not mapped.</param>
/// <param name="Trace">The span that earlier attempts were part of; empty where there is none.</param>
internal sealed record ClaimedTask(string RunId, string Node, int Item, long Attempt, long Lease, string Input, string Queue, int Slots, long Failures, long Lost, string Trace)
{
    /// <summary>When the first attempt did, or the first since the run went on.</summary>
    public DateTimeOffset Began { get; init; }

    public bool IsMapped => Input.Length > 0;

    public string Name => IsMapped ? FormattableString.Invariant($"{Node}[{Item}]") : Node;
}

/// <summary>What a worker can take of a queue.</summary>
/// <param name="Free">Slots that are free, for all queues of the pool together.</param>
/// <param name="Slots">All slots of the pool: a task that takes more is for others.</param>
internal sealed record QueueOffer(string Queue, string Pool, int Free, int Slots);
