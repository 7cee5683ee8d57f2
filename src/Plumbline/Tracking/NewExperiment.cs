namespace Plumbline.Tracking;

public sealed record NewExperiment
{
    /// <summary>1 to 500 characters; unique, deleted ones included.</summary>
    public required string Name { get; init; }

    /// <summary>An address outside, such as <c>s3://bucket/folder</c>; null: in the state folder.</summary>
    public string? ArtifactLocation { get; init; }

    public IReadOnlyCollection<KeyValuePair<string, string>> Tags { get; init; } = [];
}
