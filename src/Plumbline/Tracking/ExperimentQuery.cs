namespace Plumbline.Tracking;

public sealed record ExperimentQuery
{
    /// <summary>Null: both.</summary>
    public LifecycleStage? Stage { get; init; } = LifecycleStage.Active;

    /// <summary>MLflow's filter (<c>docs/specs/mlflow.md</c>); null or blank for all.</summary>
    public string? Filter { get; init; }

    /// <summary>Such as <c>name ASC</c>; the newest first where these do not decide.</summary>
    public IReadOnlyList<string> OrderBy { get; init; } = [];

    /// <summary>From 1 to 50,000.</summary>
    public int Limit { get; init; } = 1000;

    /// <summary>Of the page before; null for the first.</summary>
    public string? PageToken { get; init; }
}

/// <param name="NextPageToken">Null on the last page.</param>
public sealed record ExperimentPage(IReadOnlyList<Experiment> Experiments, string? NextPageToken);
