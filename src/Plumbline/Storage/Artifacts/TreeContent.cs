using System.Text.Json;
using System.Text.Json.Serialization;

namespace Plumbline.Storage.Artifacts;

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
