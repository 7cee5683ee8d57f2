namespace Plumbline.Pipelines.Graphs;

/// <summary>How a node is run. Immutable.</summary>
public sealed record NodeOptions
{
    private const int MostRetries = 1000;

    public static NodeOptions Default { get; } = new();

    public TriggerRule Trigger { get; init; } = TriggerRule.AllSuccess;

    /// <summary>Attempts after one that failed; those whose worker was lost are not counted.</summary>
    public int Retries { get; init; }

    public RetryBackoff Backoff { get; init; } = RetryBackoff.Default;

    /// <summary>Of one attempt; null: none.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Which slots of a worker it takes: <see cref="WorkerPools.Cpu"/>, <see cref="WorkerPools.Memory"/>, <see cref="WorkerPools.Gpu"/>, or a name of one's own.</summary>
    public string Pool { get; init; } = WorkerPools.Cpu;

    /// <summary>Slots of the pool, at least 1.</summary>
    public int Slots { get; init; } = 1;

    /// <summary>Of tasks that could run now the greatest goes first.</summary>
    public int Priority { get; init; }

    /// <summary>Whether a result of the same program, parameters and inputs is taken as it is. For nodes that do nothing but give a result.</summary>
    public bool IsCached { get; init; }

    /// <summary>Names of the run's parameters on which the result depends, for the cache; null: all.</summary>
    public IReadOnlyList<string>? Parameters { get; init; }

    /// <summary>Of a mapped node: the share of its tasks that may fail, 0 to 1. It succeeds, and what comes after sees who failed, where at most so many did and one succeeded.</summary>
    public double ToleratedFailures { get; init; }

    internal void Validate(string node)
    {
        if (Retries is < 0 or > MostRetries)
            throw new ArgumentException($"{node}: {Retries} retries are not within 0 to {MostRetries}.");
        if (Slots < 1 || string.IsNullOrWhiteSpace(Pool))
            throw new ArgumentException($"{node}: a node takes at least one slot of a pool.");
        if (Timeout <= TimeSpan.Zero)
            throw new ArgumentException($"{node}: a timeout is above 0.");
        if (!(ToleratedFailures is >= 0 and <= 1))
            throw new ArgumentException(FormattableString.Invariant($"{node}: the tolerated share of failures, {ToleratedFailures}, is not within 0 and 1."));
        Backoff.Validate(node);
    }
}
