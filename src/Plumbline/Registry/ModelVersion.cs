namespace Plumbline.Registry;

/// <summary>A bundle under a number.</summary>
/// <param name="Version">From 1, without gaps, never reused.</param>
/// <param name="BundleDigest">SHA-256, 64 lower-case hex digits: the name of its folder among the bundles.</param>
/// <param name="RunId">The run that made it; null if not tracked.</param>
/// <param name="SnapshotDigest">What it was trained on; null if unknown.</param>
/// <param name="CreationTime">Unix ms.</param>
public sealed record ModelVersion(
    string Name, long Version, string BundleDigest, string? RunId, string? SnapshotDigest, string Description, long CreationTime)
{
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>The aliases that point here, by name.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];
}
