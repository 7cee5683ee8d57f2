using System.Data.Common;
using Plumbline.Storage;

namespace Plumbline.Tracking;

/// <summary>Rows of <c>run_datasets</c> and <c>run_dataset_tags</c>.</summary>
internal static class RunDatasets
{
    // MLflow's limits.
    private const int NameLength = 500;
    private const int SourceLength = 65_535;
    private const int ProfileLength = 16_777_215;

    public static void Check(IEnumerable<RunDataset> datasets)
    {
        foreach (var dataset in datasets)
        {
            MetadataText.CheckName("data set name", dataset.Name, NameLength);
            MetadataText.CheckName("data set digest", dataset.Digest, KeyedTexts.KeyLength);
            MetadataText.CheckName("data set source type", dataset.SourceType, KeyedTexts.KeyLength);
            MetadataText.Check("data set source", dataset.Source, SourceLength);
            MetadataText.Check("data set schema", dataset.Schema, SourceLength);
            MetadataText.Check("data set profile", dataset.Profile, ProfileLength);
            KeyedTexts.CheckTags(dataset.Tags);
        }
    }

    public static IEnumerable<RowInsert> ToInsert(string runId, IReadOnlyCollection<RunDataset> datasets) =>
    [
        new(
            "run_datasets", ["run_id", "name", "digest", "source_type", "source", "columns", "profile"],
            [.. datasets.Select(set => new object?[] { runId, set.Name, set.Digest, set.SourceType, set.Source, set.Schema, set.Profile })], "ON CONFLICT DO NOTHING"),
        new(
            "run_dataset_tags", ["run_id", "name", "digest", "key", "value"],
            [
                .. datasets.SelectMany(set => set.Tags.Select(tag => new object?[] { runId, set.Name, set.Digest, tag.Key, tag.Value }))
                    .GroupBy(row => (row[1], row[2], row[3])).Select(same => same.Last()),
            ],
            "ON CONFLICT (run_id, name, digest, key) DO UPDATE SET value = excluded.value"),
    ];

    /// <param name="among">Which runs, over column <c>run_id</c>.</param>
    public static ILookup<string, RunDataset> Load(DbConnection connection, string among, (string, object?) parameter)
    {
        var sets = connection.Query(
            $"SELECT run_id, name, digest, source_type, source, columns, profile FROM run_datasets {among} ORDER BY run_id, name, digest",
            row => (Run: row.GetString(0), Set: new RunDataset(row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5), row.GetString(6))), parameter);
        var tags = connection.Query(
            $"SELECT run_id, name, digest, key, value FROM run_dataset_tags {among} ORDER BY run_id, name, digest, key",
            row => (Of: (row.GetString(0), row.GetString(1), row.GetString(2)), Tag: KeyValuePair.Create(row.GetString(3), row.GetString(4))), parameter)
            .ToLookup(row => row.Of, row => row.Tag);
        return sets.ToLookup(row => row.Run, row => row.Set with { Tags = tags[(row.Run, row.Set.Name, row.Set.Digest)].ToDictionary() });
    }
}
