namespace Plumbline.Storage.Artifacts;

/// <summary>What a tree is of.</summary>
public enum ArtifactKind
{
    Bundles,
    Snapshots,
    Runs,
    LoggedModels,

    /// <summary>Of prediction logs: a tree an hour.</summary>
    Predictions,

    /// <summary>Logs of a run of a pipeline.</summary>
    Pipelines,
}
