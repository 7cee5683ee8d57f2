namespace Plumbline.Tracking;

public sealed record NewRun
{
    /// <summary>Experiment 0, <c>Default</c>, always exists.</summary>
    public long ExperimentId { get; init; }

    /// <summary>Null: made from the run's id.</summary>
    public string? Name { get; init; }

    /// <summary>The run in which it is nested; null: what the tag <c>mlflow.parentRunId</c> says, if that run exists.</summary>
    public string? ParentId { get; init; }

    /// <summary>Who starts it.</summary>
    public string UserId { get; init; } = "";

    /// <summary>Unix ms; null: now.</summary>
    public long? StartTime { get; init; }

    /// <summary>Null: within the experiment's location, or where that has none <c>runs/{id}</c>, relative to the state folder, so that the folder may be moved.</summary>
    public string? ArtifactUri { get; init; }

    /// <summary>Logged with the run's first row.</summary>
    public RunBatch Data { get; init; } = new();
}
