namespace Plumbline.Tracking;

/// <summary>A tracked training with all that was logged to it.</summary>
/// <param name="Id">32 lower-case hex digits.</param>
/// <param name="StartTime">Unix ms.</param>
/// <param name="EndTime">Unix ms; null while running.</param>
/// <param name="ArtifactUri">Where its files are; if relative, to the state folder.</param>
public sealed record Run(
    string Id,
    long ExperimentId,
    string Name,
    RunStatus Status,
    long StartTime,
    long? EndTime,
    string? ParentId,
    string ArtifactUri,
    LifecycleStage Stage)
{
    public IReadOnlyDictionary<string, string> Params { get; init; } = new Dictionary<string, string>();

    /// <summary>The point of each metric with the greatest step, then timestamp, then value.</summary>
    public IReadOnlyDictionary<string, Metric> Metrics { get; init; } = new Dictionary<string, Metric>();

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<DatasetInput> Inputs { get; init; } = [];

    public IReadOnlyList<RunDataset> Datasets { get; init; } = [];

    /// <summary>Ids of logged models that it read.</summary>
    public IReadOnlyList<string> ModelInputs { get; init; } = [];

    public IReadOnlyList<ModelOutput> ModelOutputs { get; init; } = [];

    /// <summary>Who started it; empty where nobody said.</summary>
    public string UserId { get; init; } = "";
}
