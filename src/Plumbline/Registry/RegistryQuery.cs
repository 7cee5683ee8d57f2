namespace Plumbline.Registry;

/// <summary>A search of models or versions.</summary>
public sealed record RegistryQuery
{
    /// <summary>MLflow's filter (<c>docs/specs/mlflow.md</c>); null or blank for all.</summary>
    public string? Filter { get; init; }

    /// <summary>Such as <c>version_number DESC</c>. Where these do not decide: models by name, versions the last changed first.</summary>
    public IReadOnlyList<string> OrderBy { get; init; } = [];

    /// <summary>Models: from 1 to 1,000; versions: to 200,000.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Of the page before; null for the first.</summary>
    public string? PageToken { get; init; }
}

/// <param name="NextPageToken">Null on the last page.</param>
public sealed record RegisteredModelPage(IReadOnlyList<RegisteredModel> Models, string? NextPageToken);

/// <param name="NextPageToken">Null on the last page.</param>
public sealed record ModelVersionPage(IReadOnlyList<ModelVersion> Versions, string? NextPageToken);
