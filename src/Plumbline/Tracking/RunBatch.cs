namespace Plumbline.Tracking;

/// <summary>What is logged to a run at once, all or nothing.</summary>
public sealed record RunBatch
{
    /// <summary>Set once: the same value again is accepted, another is a conflict.</summary>
    public IReadOnlyCollection<KeyValuePair<string, string>> Params { get; init; } = [];

    public IReadOnlyCollection<Metric> Metrics { get; init; } = [];

    /// <summary>The last value wins.</summary>
    public IReadOnlyCollection<KeyValuePair<string, string>> Tags { get; init; } = [];

    public IReadOnlyCollection<DatasetInput> Inputs { get; init; } = [];

    internal bool IsEmpty => Params.Count + Metrics.Count + Tags.Count + Inputs.Count == 0;
}
