using System.Data.Common;

namespace Plumbline.Pipelines.Lineage;

/// <summary>One kind of link that is a row of the store already, found from either end.</summary>
/// <param name="Select">Gives the names of both ends; ends with WHERE and perhaps conditions.</param>
/// <param name="FromColumn">What of a row is compared with <see cref="Comparable"/> names of what is made from.</param>
/// <param name="ToColumn">Likewise of what is made.</param>
internal sealed record LineageLink(LineageKind From, LineageKind To, string Select, string FromColumn, string ToColumn)
{
    // Of a tag's value the beginning is indexed.
    private const string TagValue = "substr(value, 1, 100)";
    private const int ComparedLength = 100;

    public static IReadOnlyList<LineageLink> All { get; } =
    [
        new(LineageKind.Snapshot, LineageKind.Run, "SELECT snapshot_digest, run_id FROM dataset_inputs WHERE", "snapshot_digest", "run_id"),
        new(LineageKind.Study, LineageKind.Run, $"SELECT value, run_id FROM tags WHERE key = '{TrainingPipeline.ContestTag}' AND", TagValue, "run_id"),
        new(LineageKind.Run, LineageKind.Run, "SELECT parent_run_id, run_id FROM runs WHERE parent_run_id IS NOT NULL AND", "parent_run_id", "run_id"),
        new(LineageKind.Run, LineageKind.Contract, $"SELECT run_id, value FROM tags WHERE key = '{TrainingPipeline.ContractTag}' AND", "run_id", TagValue),
        new(LineageKind.Run, LineageKind.Bundle, $"SELECT run_id, value FROM tags WHERE key = '{TrainingPipeline.BundleTag}' AND", "run_id", TagValue),
        new(
            LineageKind.Contract, LineageKind.Bundle,
            $"""
            SELECT contract.value, bundle.value FROM tags contract JOIN tags bundle ON bundle.run_id = contract.run_id AND bundle.key = '{TrainingPipeline.BundleTag}'
            WHERE contract.key = '{TrainingPipeline.ContractTag}' AND
            """,
            "substr(contract.value, 1, 100)", "substr(bundle.value, 1, 100)"),
        new(LineageKind.Run, LineageKind.Bundle, "SELECT run_id, bundle_digest FROM model_versions WHERE run_id IS NOT NULL AND bundle_digest IS NOT NULL AND", "run_id", "bundle_digest"),
        new(
            LineageKind.Snapshot, LineageKind.Bundle, "SELECT snapshot_digest, bundle_digest FROM model_versions WHERE run_id IS NULL AND snapshot_digest IS NOT NULL AND bundle_digest IS NOT NULL AND",
            "snapshot_digest", "bundle_digest"),
        new(LineageKind.Run, LineageKind.Version, "SELECT run_id, name || '/' || version FROM model_versions WHERE bundle_digest IS NULL AND run_id IS NOT NULL AND", "run_id", "name"),
        new(LineageKind.Bundle, LineageKind.Version, "SELECT bundle_digest, name || '/' || version FROM model_versions WHERE bundle_digest IS NOT NULL AND", "bundle_digest", "name"),
        new(LineageKind.Version, LineageKind.Alias, "SELECT name || '/' || version, name || '@' || alias FROM model_aliases WHERE", "name", "name"),
    ];

    /// <summary>Those that touch <paramref name="names"/>, all of one kind.</summary>
    /// <param name="up">Whether <paramref name="names"/> are what is made.</param>
    public IEnumerable<LineageEdge> Find(DbConnection connection, IReadOnlyCollection<string> names, bool up)
    {
        var wanted = names.ToHashSet(StringComparer.Ordinal);
        string[] compared = [.. wanted.Select(name => Comparable(up ? To : From, name)).Distinct(StringComparer.Ordinal)];
        foreach (var (from, to) in LineageRows.WhereIn(connection, Select, up ? ToColumn : FromColumn, compared, row => (row.GetString(0), row.GetString(1))))
        {
            if (wanted.Contains(up ? to : from))
                yield return new LineageEdge(new LineageKey(From, from), new LineageKey(To, to));
        }
    }

    private static string Comparable(LineageKind kind, string name) => kind switch
    {
        LineageKind.Version => name[..name.LastIndexOf('/')],
        LineageKind.Alias => name[..name.LastIndexOf('@')],
        _ => name.Length <= ComparedLength ? name : name[..ComparedLength],
    };
}
