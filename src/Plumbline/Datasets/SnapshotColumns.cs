using DuckDB.NET.Native;
using Plumbline.Datasets.Aggregates;
using Plumbline.Datasets.Preparation;

namespace Plumbline.Datasets;

/// <summary>Which columns a snapshot has; docs/specs/snapshot.md.</summary>
internal static class SnapshotColumns
{
    /// <summary>In the order in which they stand in the digest.</summary>
    /// <exception cref="DatasetException">A numeric or categorical input is called like another column.</exception>
    public static List<SnapshotColumn> List(IngestOptions options, SchemaMapping mapping)
    {
        var columns = new List<SnapshotColumn> { new("text", SnapshotColumnType.Text), new("label", SnapshotColumnType.String) };
        if (mapping.User is not null)
            columns.Add(new("user", SnapshotColumnType.String));
        if (mapping.Item is not null)
            columns.Add(new("item", SnapshotColumnType.String));
        if (mapping.Time is not null)
            columns.Add(new("time", SnapshotColumnType.Time));
        string[] reserved = ["text", "label", "split", "user", "item", "time", Snapshot.CopiesColumn, .. EntityFeature.All.Select(feature => feature.Name)];
        var inputs = mapping.Numeric.Select(input => new SnapshotColumn(input.Name, SnapshotColumnType.Number))
            .Concat(mapping.Categorical.Select(input => new SnapshotColumn(input.Name, SnapshotColumnType.String, Categorical: true)));
        foreach (var input in inputs)
        {
            if (reserved.Contains(input.Name, StringComparer.OrdinalIgnoreCase) || columns.Any(column => string.Equals(column.Name, input.Name, StringComparison.OrdinalIgnoreCase)))
                throw new DatasetException($"{options.Source.Name}: a {(input.Categorical ? "categorical" : "numeric")} input cannot be called '{input.Name}', a column of every snapshot or one already there. Rename it");
            columns.Add(input);
        }
        columns.AddRange(options.Aggregates.Select(feature => new SnapshotColumn(feature.Name, SnapshotColumnType.Number, Aggregate: true)));
        if (options.Preparation.Balance.Method == BalanceMethod.Oversample)
            columns.Add(new(Snapshot.CopiesColumn, SnapshotColumnType.Count));
        return columns;
    }

    /// <summary>As they stand in the files of rows: with the split.</summary>
    public static List<(string, DuckDBType)> ForParquet(IEnumerable<SnapshotColumn> columns)
    {
        var stored = columns.Select(column => (column.Name, column.Type switch
        {
            SnapshotColumnType.Time => DuckDBType.Timestamp,
            SnapshotColumnType.Number => DuckDBType.Double,
            SnapshotColumnType.Count => DuckDBType.BigInt,
            _ => DuckDBType.Varchar,
        })).ToList();
        stored.Insert(2, ("split", DuckDBType.Varchar));
        return stored;
    }
}
