namespace Plumbline.Tracking;

public sealed record NewRun
{
    /// <summary>Experiment 0, <c>Default</c>, always exists.</summary>
    public long ExperimentId { get; init; }

    /// <summary>Null: made from the run's id.</summary>
    public string? Name { get; init; }

    public string? ParentId { get; init; }

    /// <summary>Unix ms; null: now.</summary>
    public long? StartTime { get; init; }

    /// <summary>Null: <c>runs/{id}</c>, relative to the state folder, so that the folder may be moved.</summary>
    public string? ArtifactUri { get; init; }

    /// <summary>Logged with the run's first row.</summary>
    public RunBatch Data { get; init; } = new();
}
