namespace Plumbline.Tracking;

public sealed record LoggedModelQuery
{
    /// <summary>Null: of all experiments; none: of none.</summary>
    public IReadOnlyCollection<long>? ExperimentIds { get; init; }

    /// <summary>MLflow's filter (<c>docs/specs/mlflow.md</c>); null or blank for all.</summary>
    public string? Filter { get; init; }

    /// <summary>Such as <c>metrics.f1 DESC</c>; the newest first where these do not decide.</summary>
    public IReadOnlyList<string> OrderBy { get; init; } = [];

    /// <summary>Data sets that metrics of the filter were measured on; without such metrics, models with any that were. None: whatever they were measured on.</summary>
    public IReadOnlyList<MeasuredOn> Datasets { get; init; } = [];

    /// <summary>The data set that metrics of the order were measured on; null: whatever they were measured on.</summary>
    public MeasuredOn? OrderDataset { get; init; }

    /// <summary>From 1 to 1,000.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Of the page before; null for the first.</summary>
    public string? PageToken { get; init; }
}

/// <summary>What a metric was measured on.</summary>
/// <param name="Digest">Null: any of this name.</param>
public sealed record MeasuredOn(string Name, string? Digest);

/// <param name="NextPageToken">Null on the last page.</param>
public sealed record LoggedModelPage(IReadOnlyList<LoggedModel> Models, string? NextPageToken);
