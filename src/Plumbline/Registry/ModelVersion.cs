using Plumbline.Storage;

namespace Plumbline.Registry;

/// <summary>A bundle under a number, or a model that a client of MLflow registered under one.</summary>
/// <param name="Version">From 1, never reused.</param>
/// <param name="BundleDigest">SHA-256, 64 lower-case hex digits: the name of its folder among the bundles; null where only <see cref="Source"/> says where the model is.</param>
/// <param name="RunId">The run that made it; null if not tracked.</param>
/// <param name="SnapshotDigest">What it was trained on; null if unknown.</param>
/// <param name="CreationTime">Unix ms.</param>
public sealed record ModelVersion(
    string Name, long Version, string? BundleDigest, string? RunId, string? SnapshotDigest, string Description, long CreationTime)
{
    /// <summary>Address of the model as a client gave it; null for a bundle.</summary>
    public string? Source { get; init; }

    /// <summary>The logged model that it is; null for none.</summary>
    public string? LoggedModelId { get; init; }

    public ModelStage Stage { get; init; }

    /// <summary>Where the run can be looked at, in the client's words.</summary>
    public string RunLink { get; init; } = "";

    /// <summary>Who registered it; empty where nobody said.</summary>
    public string UserId { get; init; } = "";

    /// <summary>Unix ms.</summary>
    public long LastUpdateTime { get; init; }

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>The aliases that point here, by name.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Of its row.</summary>
    internal long Id { get; init; }

    /// <summary>Digest of its bundle.</summary>
    /// <exception cref="MetadataException">Invalid: it has none.</exception>
    public string RequireBundle() => BundleDigest
        ?? throw new MetadataException(MetadataError.Invalid, $"{Name}/{Version} was registered by a client of MLflow and is no bundle; it is at {MetadataText.Quote(Source!)}.");
}
