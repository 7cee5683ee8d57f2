namespace Plumbline.Tracking;

/// <summary>A folder of runs.</summary>
/// <param name="CreationTime">Unix ms.</param>
/// <param name="LastUpdateTime">Unix ms.</param>
public sealed record Experiment(long Id, string Name, LifecycleStage Stage, long CreationTime, long LastUpdateTime)
{
    /// <summary>Where the artifacts of its runs are; null: in the state folder.</summary>
    public string? ArtifactLocation { get; init; }

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
}
