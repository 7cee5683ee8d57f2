using System.Globalization;
using System.Text.Json;

namespace Plumbline.Pipelines.Lineage;

/// <summary>What a snapshot's manifest says of where it comes from. Immutable.</summary>
internal sealed record SnapshotOrigin(IReadOnlyList<LineageKey> Sources, IReadOnlyList<KeyValuePair<string, string>> Facts)
{
    public static SnapshotOrigin Of(JsonElement manifest)
    {
        // A manifest of format 1 has one source, with a path.
        var parts = manifest.TryGetProperty("sources", out var sources) ? [.. sources.EnumerateArray()] : new[] { manifest.GetProperty("source") };
        var counts = manifest.GetProperty("counts");
        var rows = counts.GetProperty("train").GetInt64() + counts.GetProperty("valid").GetInt64() + counts.GetProperty("test").GetInt64();
        return new SnapshotOrigin(
            [.. parts.Select(part => LineageKey.OfSource(part.GetProperty("sha256").GetString()!, part.GetProperty(part.TryGetProperty("name", out _) ? "name" : "path").GetString()!)).Distinct()],
            [
                new("rows", rows.ToString("n0", CultureInfo.InvariantCulture)),
                new("labels", manifest.GetProperty("labels").GetArrayLength().ToString(CultureInfo.InvariantCulture)),
            ]);
    }
}
