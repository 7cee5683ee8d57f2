using Plumbline.Storage;

namespace Plumbline.Pipelines.Lineage;

/// <summary>One node of the lineage: a kind, and a name that only one of its kind has (docs/specs/lineage.md).</summary>
/// <param name="Name">A digest, a run's id, <c>reviews/3</c>, <c>reviews@champion</c>, a contest's name, a prediction's UUID; of a source its digest, a space and its path or address.</param>
public readonly record struct LineageKey(LineageKind Kind, string Name)
{
    /// <summary>What the name of a snapshot's source begins with where it is another snapshot; its digest follows.</summary>
    internal const string SnapshotPrefix = "snapshot:";

    /// <summary>What a user calls it: of a source the path.</summary>
    public string Title => Kind == LineageKind.Source ? Name[(Name.IndexOf(' ', StringComparison.Ordinal) + 1)..] : Name;

    /// <summary>As in JSON: <c>run:3f0c…</c>.</summary>
    public override string ToString() => $"{Kind.ToString().ToLowerInvariant()}:{Name}";

    internal static LineageKey OfSource(string sha256, string name) => new(LineageKind.Source, $"{sha256} {name}");

    internal static bool IsDigest(string text) => MetadataText.IsHex(text, 64);
}
