using System.Globalization;
using System.Text.Json;
using DuckDB.NET.Native;
using Plumbline.Datasets.Sources;
using Plumbline.Storage;

namespace Plumbline.Datasets;

/// <summary>One pass from a source to a published snapshot. Used once.</summary>
internal sealed partial class Ingestion : IDisposable
{
    private const int ProgressRows = 4096;

    // Small, so that two threads compress and read even a set of fifty thousand.
    private const int RowGroupRows = 16384;

    private readonly SourceOptions _options;
    private readonly string _snapshots;
    private readonly string _temporary;
    private readonly Task<DuckSession> _session;
    private readonly SourceFile _source;
    private readonly SchemaMapping _mapping;
    private readonly SplitBy _by;
    private readonly List<SnapshotColumn> _columns;
    private readonly SplitAssigner _splits;
    private readonly Utf8Index _labels = new();
    private readonly List<int> _labelOfRow = [];
    private readonly RowTally _noText = new();
    private readonly RowTally _noLabel = new();
    private readonly RowTally _noTime = new();
    private readonly RowTally[] _noNumber;
    private long _textsWithNul;

    public Ingestion(SourceOptions options, string home)
    {
        _options = options;
        _snapshots = Path.Combine(Path.GetFullPath(home), "snapshots");
        _temporary = Path.Combine(_snapshots, $".tmp-{Guid.NewGuid():N}");
        // Loading the engine takes as long as the first look at the source.
        _session = Task.Run(() => new DuckSession(options.Threads, options.MemoryMegabytes, Path.Combine(_temporary, "spill")));
        try
        {
            _source = SourceFile.Open(options.Path);
            _mapping = ColumnFinder.Find(options, _source.Columns, _source.Sample, labelled: true);
            _by = ResolveSplit(options, _mapping);
            _columns = ListColumns(options, _mapping);
        }
        catch
        {
            Dispose();
            throw;
        }
        _splits = new SplitAssigner(_by, options.Split);
        _noNumber = [.. _mapping.Numeric.Select(_ => new RowTally())];
    }

    public Snapshot Run(IProgress<IngestProgress>? progress, CancellationToken stop)
    {
        Directory.CreateDirectory(_temporary);
        try
        {
            var sourceDigest = Task.Run(() => Snapshot.Sha256(_options.Path), stop);
            var session = _session.GetAwaiter().GetResult();
            using var digest = new SnapshotDigest(_columns);
            CreateTable(session);
            ReadRecords(session, digest, progress, stop);
            CheckLabels();
            var splits = _splits.Finish(_labels.Values.Count);
            MoveSplits(session, splits);
            WriteRows(session, stop);
            var source = new FileDigest(Path.GetFullPath(_options.Path), new FileInfo(_options.Path).Length, sourceDigest.GetAwaiter().GetResult());
            var manifest = Describe(digest.Finish(splits), splits, source);
            return Publish(manifest);
        }
        finally
        {
            Directory.Delete(_temporary, recursive: true);
        }
    }

    public void Dispose()
    {
        _source?.Dispose();
        _session.GetAwaiter().GetResult().Dispose();
    }

    private static SplitBy ResolveSplit(SourceOptions options, SchemaMapping mapping)
    {
        var by = options.Split.By;
        if (by == SplitBy.Auto)
            return mapping.Split is null ? SplitBy.Stratified : SplitBy.Column;
        var (column, option) = by switch
        {
            SplitBy.Column => (mapping.Split, "--split-column"),
            SplitBy.Time => (mapping.Time, "--time"),
            SplitBy.User => (mapping.User, "--user"),
            SplitBy.Item => (mapping.Item, "--item"),
            _ => (mapping.Text, ""),
        };
        return column is not null ? by : throw new DatasetException(
            $"{options.Path} has no {by.ToString().ToLowerInvariant()} column to split by. Name one with {option}, or split another way (--split-by)");
    }

    private static List<SnapshotColumn> ListColumns(SourceOptions options, SchemaMapping mapping)
    {
        var columns = new List<SnapshotColumn> { new("text", SnapshotColumnType.Text), new("label", SnapshotColumnType.String) };
        if (mapping.User is not null)
            columns.Add(new("user", SnapshotColumnType.String));
        if (mapping.Item is not null)
            columns.Add(new("item", SnapshotColumnType.String));
        if (mapping.Time is not null)
            columns.Add(new("time", SnapshotColumnType.Time));
        string[] reserved = ["text", "label", "split", "user", "item", "time"];
        foreach (var numeric in mapping.Numeric)
        {
            if (reserved.Contains(numeric.Name, StringComparer.OrdinalIgnoreCase) || columns.Any(column => string.Equals(column.Name, numeric.Name, StringComparison.OrdinalIgnoreCase)))
                throw new DatasetException($"{options.Path}: a numeric input cannot be called '{numeric.Name}', a column of every snapshot or one already there. Rename it");
            columns.Add(new(numeric.Name, SnapshotColumnType.Number));
        }
        return columns;
    }

    private void CreateTable(DuckSession session)
    {
        var fields = _columns.Select(column => $"{DuckSession.Name(column.Name)} {TypeOf(column).ToString().ToUpperInvariant()}").Append("split VARCHAR");
        // The table's row groups, too, are the unit of work of a thread.
        session.Execute(string.Create(CultureInfo.InvariantCulture, $"ATTACH ':memory:' AS held (ROW_GROUP_SIZE {RowGroupRows}); USE held; CREATE TABLE records ({string.Join(", ", fields)})"));
    }

    private static DuckDBType TypeOf(SnapshotColumn column) => column.Type switch
    {
        SnapshotColumnType.Time => DuckDBType.Timestamp,
        SnapshotColumnType.Number => DuckDBType.Double,
        _ => DuckDBType.Varchar,
    };

    private void ReadRecords(DuckSession session, SnapshotDigest digest, IProgress<IngestProgress>? progress, CancellationToken stop)
    {
        var wanted = new[] { _mapping.Text, _mapping.Label, _mapping.Split, _mapping.User, _mapping.Item, _mapping.Time }
            .Concat(_mapping.Numeric).OfType<MappedColumn>().Select(column => column.Index).ToHashSet();
        using var appender = new ChunkAppender(session, "records", [.. _columns.Select(TypeOf), DuckDBType.Varchar]);
        using var reader = _source.Read(wanted.Contains);
        var total = new FileInfo(_options.Path).Length;
        while (reader.Read())
        {
            if (reader.Row % ProgressRows == 0)
            {
                stop.ThrowIfCancellationRequested();
                progress?.Report(new IngestProgress(reader.Row, _source.BytesRead, total));
            }
            Take(reader, appender, digest);
        }
        appender.Complete();
        progress?.Report(new IngestProgress(reader.Row - 1, total, total));
    }

    private void CheckLabels()
    {
        var rows = _labelOfRow.Count;
        var dropped = _noText.Count + _noLabel.Count;
        if (rows == 0)
            throw new DatasetException(dropped == 0
                ? $"{_options.Path} has a header but no records"
                : $"{_options.Path}: none of its {dropped} records has both a text ('{_mapping.Text.Name}') and a label ('{_mapping.Label!.Name}')");
        var labels = _labels.Values.Count;
        if (labels == 1)
            throw new DatasetException($"{_options.Path}: every label in '{_mapping.Label!.Name}' is '{Quote(System.Text.Encoding.UTF8.GetBytes(_labels.Values[0]))}'. Two classes or more are needed. Another column is named with --label");
        if (rows >= 20 && labels * 2L > rows)
            throw new DatasetException($"{_options.Path}: '{_mapping.Label!.Name}' has {labels} different values in {rows} records, so it is no label. Name another column with --label");
    }

    private void MoveSplits(DuckSession session, IReadOnlyList<Split> splits)
    {
        if (_splits.Moved.Count == 0)
            return;
        session.Execute("CREATE TABLE moved (record BIGINT, split VARCHAR)");
        using (var appender = new ChunkAppender(session, "moved", [DuckDBType.BigInt, DuckDBType.Varchar]))
        {
            foreach (var record in _splits.Moved)
            {
                appender.Set(0, (long)record);
                appender.Set(1, Utf8Of(splits[record]));
                appender.EndRow();
            }
            appender.Complete();
        }
        session.Execute("UPDATE records SET split = moved.split FROM moved WHERE records.rowid = moved.record");
    }

    private void WriteRows(DuckSession session, CancellationToken stop)
    {
        var order = _columns.Select(column => DuckSession.Name(column.Name)).ToList();
        order.Insert(2, "split");
        session.Execute(string.Create(CultureInfo.InvariantCulture, $"""
            COPY (SELECT {string.Join(", ", order)} FROM records) TO {DuckSession.Literal(Path.Combine(_temporary, Snapshot.RowsFileName))}
                (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT 1024, ROW_GROUP_SIZE {RowGroupRows})
            """), stop);
    }

    private SnapshotManifest Describe(string digest, IReadOnlyList<Split> splits, FileDigest source)
    {
        var rows = Path.Combine(_temporary, Snapshot.RowsFileName);
        var counts = new long[_labels.Values.Count, 3];
        for (var i = 0; i < splits.Count; i++)
            counts[_labelOfRow[i], (int)splits[i]]++;
        var classes = _labels.Values
            .Select((label, i) => new ClassCounts(label, new SplitCounts(counts[i, 0], counts[i, 1], counts[i, 2])))
            .OrderBy(@class => @class.Label, LabelOrder.Of(_labels.Values)).ToArray();
        var options = _options.Split;
        return new SnapshotManifest
        {
            FormatVersion = SnapshotManifest.CurrentFormat,
            Digest = digest,
            Columns = _columns,
            Mapping = _mapping,
            Labels = [.. classes.Select(@class => @class.Label)],
            Split = new SplitRule(_by, options.Seed, options.ValidShare, options.TestShare, options.CarvedValidShare),
            Counts = new SplitCounts(classes.Sum(@class => @class.Counts.Train), classes.Sum(@class => @class.Counts.Valid), classes.Sum(@class => @class.Counts.Test)),
            Classes = classes,
            Dropped = [.. new[] { ("no text", _noText), ("no label", _noLabel) }.Where(reason => reason.Item2.Count > 0)
                .Select(reason => new DroppedRows(reason.Item1, reason.Item2.Count, reason.Item2.First))],
            Unreadable = [.. _noNumber.Select((tally, i) => (_mapping.Numeric[i].Name, Tally: tally)).Prepend(("time", _noTime)).Where(column => column.Item2.Count > 0)
                .Select(column => new UnreadableValues(column.Item1, column.Item2.Count, column.Item2.First))],
            TextsWithNul = _textsWithNul,
            Source = source,
            RowsFile = new FileDigest(Snapshot.RowsFileName, new FileInfo(rows).Length, Snapshot.Sha256(rows)),
            CodeVersion = Plumbline.CodeVersion.Current,
        };
    }

    private Snapshot Publish(SnapshotManifest manifest)
    {
        var target = Path.Combine(_snapshots, manifest.Digest);
        using var directory = AtomicDirectory.Create(_snapshots);
        File.Move(Path.Combine(_temporary, Snapshot.RowsFileName), Path.Combine(directory.Path, Snapshot.RowsFileName));
        File.WriteAllBytes(Path.Combine(directory.Path, Snapshot.ManifestFileName), JsonSerializer.SerializeToUtf8Bytes(manifest, SnapshotJson.Default.SnapshotManifest));
        return directory.Publish(manifest.Digest) ? new Snapshot(target, manifest) : Snapshot.Open(target);
    }
}
