using System.Text.Json;
using Plumbline.Registry.Evidence;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;

namespace Plumbline.Registry;

/// <summary>What a bundle takes beside a text, and what it answers.</summary>
/// <param name="Numeric">Inputs that callers send.</param>
/// <param name="Categorical">Likewise.</param>
/// <param name="Aggregates">Of users and items, whose ids callers send.</param>
public sealed record BundleSignature(IReadOnlyList<string> Numeric, IReadOnlyList<string> Categorical, IReadOnlyList<string> Aggregates, IReadOnlyList<string> Labels)
{
    private const string ManifestFile = "manifest.json";

    /// <summary>Reads the manifest alone, in the state folder or the artifact store.</summary>
    /// <returns>Null where it is in neither, or cannot be read.</returns>
    /// <exception cref="MetadataException">Unavailable: the artifact store does not answer.</exception>
    public static async Task<BundleSignature?> ReadAsync(SharedArtifacts artifacts, string digest, CancellationToken cancellation = default)
    {
        try
        {
            if (await artifacts.ReadAsync(new ArtifactTree(ArtifactKind.Bundles, digest), ManifestFile, cancellation).ConfigureAwait(false) is not { } bytes)
                return null;
            using var manifest = JsonDocument.Parse(bytes);
            var options = manifest.RootElement.GetProperty("contract").GetProperty("options");
            return new BundleSignature(
                BundleFacts.Texts(options, "numeric", "inputs"), BundleFacts.Texts(options, "categorical", "inputs"), BundleFacts.Texts(options, "numeric", "aggregates"),
                BundleFacts.Texts(manifest.RootElement, "labels"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException or InvalidOperationException
            || exception is MetadataException { Error: MetadataError.NotFound or MetadataError.Damaged })
        {
            return null;
        }
    }
}
