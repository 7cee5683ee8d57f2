using System.Text.Json;

namespace Plumbline.Storage.Artifacts;

/// <summary>Content, by its digest.</summary>
/// <param name="Sha256">64 lower-case hex digits.</param>
/// <param name="Size">Bytes.</param>
public sealed record Blob(string Sha256, long Size)
{
    internal string Key => $"blobs/{Sha256[..2]}/{Sha256}";

    /// <exception cref="JsonException">It is no blob's.</exception>
    internal void Check()
    {
        if (!MetadataText.IsHex(Sha256, 64) || Size < 0)
            throw new JsonException();
    }
}
