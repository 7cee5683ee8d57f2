using System.Text.Json;
using System.Text.Json.Serialization;

namespace Plumbline.Storage.Artifacts;

/// <summary>What a tree is of.</summary>
public enum ArtifactKind
{
    Bundles,
    Snapshots,
    Runs,
    LoggedModels,
}

/// <summary>The files of a bundle, snapshot, run or logged model.</summary>
public readonly record struct ArtifactTree
{
    /// <exception cref="MetadataException">Invalid: nothing of this kind is called so.</exception>
    public ArtifactTree(ArtifactKind kind, string id)
    {
        (Kind, Id) = (kind, id);
        if (IsSealed)
            MetadataText.CheckDigest(kind == ArtifactKind.Bundles ? "bundle digest" : "snapshot digest", id);
        else if (ArtifactPath.Split(id) is not [var only] || only != id)
            throw new MetadataException(MetadataError.Invalid, $"'{MetadataText.Quote(id)}' is no id of a run or logged model.");
    }

    public ArtifactKind Kind { get; }

    /// <summary>The digest, or the id of the run or logged model.</summary>
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
        _ => "logged-models",
    };

    internal static string FolderOf(ArtifactKind kind) => kind is ArtifactKind.Bundles or ArtifactKind.Snapshots ? $"trees/{NameOf(kind)}" : $"files/{NameOf(kind)}";
}

/// <summary>A file of a tree.</summary>
/// <param name="Path">Parts separated by /, as <see cref="ArtifactPath.Split"/> takes them.</param>
internal sealed record TreeFile(string Path, string Sha256, long Size)
{
    [JsonIgnore]
    public Blob Blob => new(Sha256, Size);
}

/// <summary>All files of a sealed tree.</summary>
internal sealed record TreeContent(IReadOnlyList<TreeFile> Files)
{
    /// <exception cref="JsonException">It is no tree's.</exception>
    /// <exception cref="MetadataException">A path leads elsewhere.</exception>
    public void Check()
    {
        foreach (var file in Files)
        {
            file.Blob.Check();
            if (ArtifactPath.Split(file.Path).Length == 0)
                throw new JsonException();
        }
    }
}

/// <summary>The first object of a store.</summary>
internal sealed record StoreFormat(int Format);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(TreeContent))]
[JsonSerializable(typeof(Blob))]
[JsonSerializable(typeof(StoreFormat))]
internal sealed partial class ArtifactJson : JsonSerializerContext;
