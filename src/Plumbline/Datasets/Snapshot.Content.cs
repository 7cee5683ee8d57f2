using System.Security.Cryptography;
using Plumbline.Text;

namespace Plumbline.Datasets;

/// <summary>Proving that what is stored is what the name says.</summary>
public sealed partial class Snapshot
{
    /// <summary>
    /// Computes the digest anew from the rows, and what the manifest counts: neither files that were exchanged together with their hashes nor a manifest that was
    /// edited pass.
    /// </summary>
    /// <exception cref="DatasetException">The content is not that of the digest, or the manifest says of it what is not so.</exception>
    public void VerifyContent(CancellationToken stop = default)
    {
        using var held = Hold(Directory);
        var counts = new Dictionary<(string Label, Split Split), long>();
        var digest = ContentDigest(counts, stop);
        if (digest != Digest)
            throw new DatasetException($"{Directory}: the content's digest is {digest}, not that of its name. {Advice(Directory)}");
        foreach (var @class in Manifest.Classes)
            foreach (var split in Enum.GetValues<Split>())
                Check($"{SplitNames.Of(split)} records of '{FieldCleaning.Quote(@class.Label)}'", @class.Counts.Of(split), counts.GetValueOrDefault((@class.Label, split)));
        foreach (var split in Enum.GetValues<Split>())
            Check($"{SplitNames.Of(split)} records", Manifest.Counts.Of(split), counts.Where(count => count.Key.Split == split).Sum(count => count.Value));
        Check("records in its files", Manifest.RowsFiles.Sum(file => file.Rows), counts.Values.Sum());
        if (!Labels.Order(LabelOrder.Of(Labels)).SequenceEqual(Labels) || !Labels.SequenceEqual(Manifest.Classes.Select(@class => @class.Label)))
            throw new DatasetException($"{Directory}: the manifest's labels are not in their order, or not those of its classes. {Advice(Directory)}");
    }

    private void Check(string what, long said, long found)
    {
        if (said != found)
            throw new DatasetException($"{Directory}: the manifest says {said} {what}, there are {found}. {Advice(Directory)}");
    }

    private string ContentDigest(Dictionary<(string, Split), long> counts, CancellationToken stop)
    {
        using var session = new DuckSession(Environment.ProcessorCount, MemoryMegabytes);
        var columns = Manifest.Columns;
        var fields = columns.Select(column => $"CAST({DuckSession.Name(column.Name)} AS {TypeOf(column.Type)})").Append("CAST(split AS VARCHAR)");
        using var cursor = Select(session, $"SELECT {string.Join(", ", fields)} FROM read_parquet({FilesLiteral})");
        using var digest = new SnapshotDigest(columns);
        using var splits = new NativeList<Split>();
        var splitNames = Utf8Index.Of(Enum.GetValues<Split>().Select(SplitNames.Of));
        var (labels, labelColumn) = (Utf8Index.Of(Labels), columns.TakeWhile(column => column.Name != "label").Count());
        while (Next(cursor))
        {
            stop.ThrowIfCancellationRequested();
            for (var row = 0; row < cursor.Count; row++)
            {
                for (var column = 0; column < columns.Count; column++)
                    Add(digest, columns[column].Type, cursor, column, row);
                var split = splitNames.Add(cursor.Utf8(columns.Count, row));
                if (split > (int)Split.Test)
                    throw new DatasetException($"{Directory}: a record is in the split '{FieldCleaning.Quote(splitNames.Values[split])}'. {Advice(Directory)}");
                splits.Add((Split)split);
                var key = (labels.Values[labels.Add(cursor.Utf8(labelColumn, row))], (Split)split);
                counts[key] = counts.GetValueOrDefault(key) + 1;
            }
        }
        return digest.Finish(splits.Span);
    }

    private static void Add(SnapshotDigest digest, SnapshotColumnType type, ChunkCursor cursor, int column, int row)
    {
        var missing = cursor.IsNull(column, row);
        switch (type)
        {
            case SnapshotColumnType.Text:
                Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
                SHA256.HashData(cursor.Utf8(column, row), hash);
                digest.AddText(hash);
                break;
            case SnapshotColumnType.String when missing:
                digest.AddMissingString();
                break;
            case SnapshotColumnType.String:
                digest.AddString(cursor.Utf8(column, row));
                break;
            case SnapshotColumnType.Time:
                digest.AddTime(missing ? long.MinValue : cursor.Int64(column, row));
                break;
            case SnapshotColumnType.Number:
                digest.AddNumber(missing ? null : cursor.Double(column, row));
                break;
            default:
                digest.AddCount(cursor.Int64(column, row));
                break;
        }
    }

    private static string TypeOf(SnapshotColumnType type) => type switch
    {
        SnapshotColumnType.Time => "TIMESTAMP",
        SnapshotColumnType.Number => "DOUBLE",
        SnapshotColumnType.Count => "BIGINT",
        _ => "VARCHAR",
    };
}
