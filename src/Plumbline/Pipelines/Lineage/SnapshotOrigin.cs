using System.Globalization;
using System.Text.Json;

namespace Plumbline.Pipelines.Lineage;

/// <summary>What a snapshot's manifest says of where it comes from. Immutable.</summary>
/// <param name="Sources">Sources, and snapshots whose rows it has.</param>
internal sealed record SnapshotOrigin(IReadOnlyList<LineageKey> Sources, IReadOnlyList<KeyValuePair<string, string>> Facts)
{
    public static SnapshotOrigin Of(JsonElement manifest)
    {
        // A manifest of format 1 has one source, with a path.
        var parts = manifest.TryGetProperty("sources", out var sources) ? [.. sources.EnumerateArray()] : new[] { manifest.GetProperty("source") };
        var counts = manifest.GetProperty("counts");
        var rows = counts.GetProperty("train").GetInt64() + counts.GetProperty("valid").GetInt64() + counts.GetProperty("test").GetInt64();
        return new SnapshotOrigin(
            [.. parts.Select(part => KeyOf(part.GetProperty(part.TryGetProperty("name", out _) ? "name" : "path").GetString()!, part.GetProperty("sha256").GetString()!)).Distinct()],
            [
                new("rows", rows.ToString("n0", CultureInfo.InvariantCulture)),
                new("labels", manifest.GetProperty("labels").GetArrayLength().ToString(CultureInfo.InvariantCulture)),
            ]);
    }

    /// <summary>Rows of another snapshot lead to that, and so to where they came from.</summary>
    private static LineageKey KeyOf(string name, string sha256) => name.StartsWith(LineageKey.SnapshotPrefix, StringComparison.Ordinal) && LineageKey.IsDigest(name[LineageKey.SnapshotPrefix.Length..])
        ? new LineageKey(LineageKind.Snapshot, name[LineageKey.SnapshotPrefix.Length..])
        : LineageKey.OfSource(sha256, name);
}
