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

    /// <summary>Data sets as MLflow describes them; one logged again keeps what it was, its tags become the new ones.</summary>
    public IReadOnlyCollection<RunDataset> Datasets { get; init; } = [];

    /// <summary>Ids of logged models that the run read.</summary>
    public IReadOnlyCollection<string> ModelInputs { get; init; } = [];

    public IReadOnlyCollection<ModelOutput> ModelOutputs { get; init; } = [];

    /// <summary>Whether a new run that it is logged to shows just what is in it.</summary>
    internal bool IsOnlyTexts => Metrics.Count + Inputs.Count + Datasets.Count + ModelInputs.Count + ModelOutputs.Count == 0;
}
