namespace Plumbline.Tracking;

public enum LoggedModelStatus
{
    /// <summary>Its files are being uploaded.</summary>
    Pending,
    Ready,
    UploadFailed,
}

/// <summary>A model that a client logged, before it has a registered name.</summary>
/// <param name="Id"><c>m-</c> and 32 hex digits.</param>
/// <param name="Type">What kind of model, in the client's words; may be empty.</param>
/// <param name="SourceRunId">The run that made it; null for none.</param>
/// <param name="CreationTime">Unix ms.</param>
/// <param name="LastUpdateTime">Unix ms.</param>
public sealed record LoggedModel(
    string Id, long ExperimentId, string Name, string Type, string? SourceRunId, LoggedModelStatus Status, long CreationTime, long LastUpdateTime)
{
    /// <summary>Where its files are, from outside; null: in the state folder.</summary>
    public string? ArtifactLocation { get; init; }

    public IReadOnlyDictionary<string, string> Params { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>The latest of each metric, run and data set.</summary>
    public IReadOnlyList<LoggedModelMetric> Metrics { get; init; } = [];
}

/// <param name="RunId">The run that measured it.</param>
public sealed record LoggedModelMetric(string RunId, Metric Point);

public sealed record NewLoggedModel
{
    public long ExperimentId { get; init; }

    /// <summary>Without / : . % and quotes; null: made from the id.</summary>
    public string? Name { get; init; }

    public string Type { get; init; } = "";

    public string? SourceRunId { get; init; }

    /// <summary>Set once.</summary>
    public IReadOnlyCollection<KeyValuePair<string, string>> Params { get; init; } = [];

    public IReadOnlyCollection<KeyValuePair<string, string>> Tags { get; init; } = [];
}
