namespace Plumbline.Registry;

/// <summary>A name under which versions are numbered.</summary>
/// <param name="CreationTime">Unix ms.</param>
/// <param name="LastVersion">The greatest number given out.</param>
/// <param name="Aliases">Alias → version.</param>
public sealed record RegisteredModel(string Name, string Description, long CreationTime, long LastVersion, IReadOnlyDictionary<string, long> Aliases)
{
    /// <summary>Unix ms; of the model itself or of what belongs to it.</summary>
    public long LastUpdateTime { get; init; }

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>The newest version of each stage that has one.</summary>
    public IReadOnlyList<ModelVersion> LatestVersions { get; init; } = [];
}
