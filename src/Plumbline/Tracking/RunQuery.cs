namespace Plumbline.Tracking;

public sealed record RunQuery
{
    /// <summary>Null: of all experiments; none: of none.</summary>
    public IReadOnlyCollection<long>? ExperimentIds { get; init; }

    /// <summary>Null: both.</summary>
    public LifecycleStage? Stage { get; init; } = LifecycleStage.Active;

    /// <summary>MLflow's filter (<c>docs/specs/mlflow.md</c>), such as <c>metrics.f1 &gt; 0.9 AND params.C = '1'</c>; null or blank for all.</summary>
    public string? Filter { get; init; }

    /// <summary>Such as <c>metrics.f1 DESC</c>; runs without it, or with NaN, come last. The newest first where these do not decide, then by id.</summary>
    public IReadOnlyList<string> OrderBy { get; init; } = [];

    /// <summary>From 1 to 50,000.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Of the page before; null for the first.</summary>
    public string? PageToken { get; init; }
}
