using Plumbline.Pipelines.Graphs;

namespace Plumbline.Pipelines.Workers;

/// <summary>How a worker works.</summary>
public sealed record PipelineWorkerOptions
{
    /// <summary>Who works, for people.</summary>
    public string Name { get; init; } = $"{Environment.MachineName}, process {Environment.ProcessId}";

    /// <summary>Slots by pool, at least 1 each.</summary>
    public IReadOnlyDictionary<string, int> Pools { get; init; } = WorkerPools.Default;

    /// <summary>Of this run alone; null: of all.</summary>
    public string? Run { get; init; }

    /// <summary>How often it looks for work that nothing told of: what backed off, what a dead worker left, what was cancelled.</summary>
    public TimeSpan Look { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long an attempt that is told to stop may take to do so before it is ended without it.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>After which others run the attempts of a worker that died; one that lives may stand still for two thirds of it.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(12);

    /// <exception cref="ArgumentException">A pool has no slots, or the lease is shorter than a second.</exception>
    public void Validate()
    {
        if (Lease < TimeSpan.FromSeconds(1))
            throw new ArgumentException($"A lease of {Lease.TotalSeconds} s is too short to be renewed in time; give it a second or more.");
        if (Pools.Count == 0)
            throw new ArgumentException("A worker needs at least one pool, such as cpu=2.");
        if (Pools.FirstOrDefault(pool => pool.Value < 1) is { Key: not null } empty)
            throw new ArgumentException(FormattableString.Invariant($"The pool {empty.Key} has {empty.Value} slots; it needs at least 1, or leave it out."));
    }
}
