namespace Plumbline.Datasets;

/// <summary>What records can be grouped and ordered by.</summary>
public sealed partial class Snapshot
{
    /// <summary>Whether classes were balanced, so that train has not the mix that valid and test have.</summary>
    internal bool IsBalanced => HasCopies || Manifest.Dropped.Any(dropped => dropped.Reason == OverItsShare);

    /// <summary>Whether records have a value of a column <c>user</c>, <c>item</c> or <c>time</c>.</summary>
    internal bool HasKeys(string column) => column is "user" or "item" or "time" && Manifest.Columns.Any(one => one.Name == column);

    /// <summary>One value a record, in the order of rows over all splits.</summary>
    /// <param name="column"><c>user</c> or <c>item</c>: a number for each that there is, −1 for none; <c>time</c>: microseconds since 1970 UTC, <see cref="long.MinValue"/> for none.</param>
    /// <exception cref="DatasetException">The snapshot has no such column, or cannot be read.</exception>
    internal long[] ReadKeys(string column, CancellationToken stop = default)
    {
        if (!HasKeys(column))
            throw new DatasetException($"The snapshot {Digest} has no column '{column}'. Ingest its source with --{column} (data.{column})");
        using var held = Hold(Directory);
        using var session = new DuckSession(Environment.ProcessorCount, MemoryMegabytes);
        using var cursor = Select(session, $"SELECT file_index::BIGINT, file_row_number, {DuckSession.Name(column)} FROM read_parquet({FilesLiteral}, file_row_number = true)");
        var (keys, numbers, first) = (new long[Manifest.RowsFiles.Sum(file => file.Rows)], new Utf8Index(), FirstRows());
        while (Next(cursor))
        {
            stop.ThrowIfCancellationRequested();
            for (var row = 0; row < cursor.Count; row++)
            {
                ref var key = ref keys[first[cursor.Int64(0, row)] + cursor.Int64(1, row)];
                if (column == "time")
                    key = cursor.IsNull(2, row) ? long.MinValue : cursor.Int64(2, row);
                else
                    key = cursor.IsNull(2, row) ? -1 : numbers.Add(cursor.Utf8(2, row));
            }
        }
        return keys;
    }
}
