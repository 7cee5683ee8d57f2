using System.Security.Cryptography;
using System.Text.Json;

namespace Plumbline.Registry.Evidence;

/// <summary>What a bundle's manifest says to those who do not load it.</summary>
/// <param name="Metrics">By split and name, such as <c>test.macro_f1</c>.</param>
/// <param name="Numeric">Numeric inputs that callers send.</param>
/// <param name="Categorical">Likewise of names.</param>
/// <param name="Aggregates">Those of users and items.</param>
/// <param name="Features">What the contract is, key by key, such as <c>ngrams.word_max</c>.</param>
/// <param name="Bytes">Of manifest and sections.</param>
internal sealed record BundleFacts(
    string Snapshot, IReadOnlyList<string> Labels, IReadOnlyDictionary<string, double> Metrics, IReadOnlyList<string> Numeric, IReadOnlyList<string> Categorical,
    IReadOnlyList<string> Aggregates, IReadOnlyDictionary<string, string> Features, long Bytes)
{
    private const string ManifestFile = "manifest.json";

    /// <summary>Reads the manifest, and checks that it is the one that its digest names and that all its sections are there.</summary>
    /// <exception cref="MissingEvidenceException">The bundle is not there, or not whole.</exception>
    public static BundleFacts Read(string directory)
    {
        try
        {
            var json = File.ReadAllBytes(Path.Combine(directory, ManifestFile));
            var name = Path.GetFileName(directory);
            if (name.Length == 64 && Convert.ToHexStringLower(SHA256.HashData(json)) != name)
                throw new MissingEvidenceException($"the bundle {directory} is damaged: its manifest is not the one that its name is the SHA-256 of. Copy it again, or train again");
            using var manifest = JsonDocument.Parse(json);
            return Read(directory, manifest.RootElement, json.Length);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new MissingEvidenceException($"the bundle {directory} cannot be read ({exception.Message}). Copy it back, or train again", exception);
        }
    }

    private static BundleFacts Read(string directory, JsonElement manifest, long bytes)
    {
        foreach (var section in manifest.GetProperty("sections").EnumerateArray())
        {
            var (file, expected) = (section.GetProperty("file").GetString()!, section.GetProperty("bytes").GetInt64());
            if (new FileInfo(Path.Combine(directory, file)) is var info && (!info.Exists || info.Length != expected))
                throw new MissingEvidenceException($"the bundle {directory} is not whole: {file} is not there with {expected} bytes. Copy it again, or train again");
            bytes += expected;
        }
        var options = manifest.GetProperty("contract").GetProperty("options");
        var features = new SortedDictionary<string, string>(StringComparer.Ordinal);
        Flatten("", options, features);
        features["ngram_features"] = manifest.GetProperty("contract").GetProperty("ngram_features").GetRawText();
        return new BundleFacts(
            manifest.GetProperty("training").GetProperty("snapshot").GetString()!, Texts(manifest, "labels"),
            manifest.GetProperty("metrics").EnumerateObject().Where(metric => metric.Value.ValueKind == JsonValueKind.Number).ToDictionary(metric => metric.Name, metric => metric.Value.GetDouble()),
            Texts(options, "numeric", "inputs"), Texts(options, "categorical", "inputs"), Texts(options, "numeric", "aggregates"), features, bytes);
    }

    /// <summary>None where a bundle is older than the key.</summary>
    internal static string[] Texts(JsonElement element, params ReadOnlySpan<string> path)
    {
        foreach (var key in path)
        {
            if (!element.TryGetProperty(key, out element))
                return [];
        }
        return [.. element.EnumerateArray().Select(item => item.GetString()!)];
    }

    private static void Flatten(string path, JsonElement element, SortedDictionary<string, string> values)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            values[path] = element.ValueKind == JsonValueKind.Array ? string.Join(", ", element.EnumerateArray()) : element.ToString();
            return;
        }
        foreach (var property in element.EnumerateObject())
            Flatten(path.Length == 0 ? property.Name : $"{path}.{property.Name}", property.Value, values);
    }
}
