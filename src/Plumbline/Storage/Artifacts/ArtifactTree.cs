namespace Plumbline.Storage.Artifacts;

/// <summary>The files of a bundle, snapshot, run or logged model, predictions of an hour, or logs of a run of a pipeline.</summary>
public readonly record struct ArtifactTree
{
    /// <exception cref="MetadataException">Invalid: nothing of this kind is called so.</exception>
    public ArtifactTree(ArtifactKind kind, string id)
    {
        (Kind, Id) = (kind, id);
        if (IsSealed)
            MetadataText.CheckDigest(kind == ArtifactKind.Bundles ? "bundle digest" : "snapshot digest", id);
        else if (ArtifactPath.Split(id) is not [var only] || only != id)
            throw new MetadataException(MetadataError.Invalid, $"'{MetadataText.Quote(id)}' is no id of a run or logged model, nor an hour of predictions.");
    }

    public ArtifactKind Kind { get; }

    /// <summary>The digest, the id of the run or logged model, or the hour.</summary>
    public string Id { get; }

    /// <summary>Whether it is complete and never changes.</summary>
    public bool IsSealed => Kind is ArtifactKind.Bundles or ArtifactKind.Snapshots;

    /// <summary>Of the object that names all files of a sealed tree, or of the folder that holds an open one's references.</summary>
    internal string Key => IsSealed ? $"{FolderOf(Kind)}/{Id}{ArtifactStore.TreeSuffix}" : $"{FolderOf(Kind)}/{Id}";

    public override string ToString() => $"{NameOf(Kind)}/{Id}";

    internal static string NameOf(ArtifactKind kind) => kind switch
    {
        ArtifactKind.Bundles => "bundles",
        ArtifactKind.Snapshots => "snapshots",
        ArtifactKind.Runs => "runs",
        ArtifactKind.Predictions => "predictions",
        ArtifactKind.Pipelines => "pipelines",
        _ => "logged-models",
    };

    internal static string FolderOf(ArtifactKind kind) => kind is ArtifactKind.Bundles or ArtifactKind.Snapshots ? $"trees/{NameOf(kind)}" : $"files/{NameOf(kind)}";
}
