namespace Plumbline.Registry;

public sealed record NewModelVersion
{
    public required string BundleDigest { get; init; }

    public string? RunId { get; init; }

    public string? SnapshotDigest { get; init; }

    public string Description { get; init; } = "";

    public IReadOnlyCollection<KeyValuePair<string, string>> Tags { get; init; } = [];
}
