using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Plumbline.Storage;

namespace Plumbline.Tests.Registry;

/// <summary>A bundle of a manifest and one section, which nothing can predict with but everything that reads manifests takes.</summary>
internal static class WrittenBundle
{
    /// <returns>Its digest.</returns>
    public static string Publish(string bundles, int number, double macroF1 = 0.5, string[]? labels = null, string[]? numeric = null)
    {
        using var directory = AtomicDirectory.Create(bundles);
        File.WriteAllText(Path.Combine(directory.Path, "weights.bin"), number.ToString("d8", CultureInfo.InvariantCulture));
        var manifest = new
        {
            labels = labels ?? ["bad", "good"],
            contract = new { options = new { numeric = new { inputs = numeric ?? [], aggregates = Array.Empty<string>() }, min_df = 2 }, ngram_features = number },
            training = new { snapshot = $"{number:x64}" },
            metrics = new Dictionary<string, double> { ["test.macro_f1"] = macroF1 },
            sections = new[] { new { name = "weights", file = "weights.bin", bytes = 8 } },
        };
        var json = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(manifest));
        File.WriteAllBytes(Path.Combine(directory.Path, "manifest.json"), json);
        var digest = Convert.ToHexStringLower(SHA256.HashData(json));
        directory.Publish(digest);
        return digest;
    }
}
