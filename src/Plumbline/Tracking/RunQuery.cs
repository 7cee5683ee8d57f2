namespace Plumbline.Tracking;

public sealed record RunQuery
{
    /// <summary>Null: of all experiments.</summary>
    public long? ExperimentId { get; init; }

    /// <summary>Null: both.</summary>
    public LifecycleStage? Stage { get; init; } = LifecycleStage.Active;

    /// <summary>Null: whatever their tags.</summary>
    public KeyValuePair<string, string>? Tag { get; init; }

    /// <summary>From 1 to 1,000.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Of the page before; null for the first.</summary>
    public string? PageToken { get; init; }
}
