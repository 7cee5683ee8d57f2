using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text.Json;
using DuckDB.NET.Native;

namespace Plumbline.Datasets;

/// <summary>One pass from a source to a published snapshot. Used once.</summary>
internal sealed class Ingestion : IDisposable
{
    private const int ProgressRows = 4096;

    // Small, so that two threads compress and read even a set of fifty thousand.
    private const int RowGroupRows = 16384;

    private readonly SourceOptions _options;
    private readonly string _snapshots;
    private readonly string _temporary;
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
        _source = SourceFile.Open(options.Path);
        try
        {
            _mapping = ColumnFinder.Find(options, _source.Columns, _source.Sample, labelled: true);
            _by = ResolveSplit(options, _mapping);
            _columns = ListColumns(options, _mapping);
        }
        catch
        {
            _source.Dispose();
            throw;
        }
        _splits = new SplitAssigner(_by, options.Split);
        _noNumber = [.. _mapping.Numeric.Select(_ => new RowTally())];
    }

    public Snapshot Run(IProgress<IngestProgress>? progress, CancellationToken stop)
    {
        DurableFolder.Create(_snapshots);
        Directory.CreateDirectory(_temporary);
        try
        {
            var sourceDigest = Task.Run(() => Snapshot.Sha256(_options.Path), stop);
            using var session = new DuckSession(_options.Threads, _options.MemoryMegabytes, Path.Combine(_temporary, "spill"));
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

    public void Dispose() => _source.Dispose();

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

    private void Take(RecordReader reader, ChunkAppender appender, SnapshotDigest digest)
    {
        var raw = reader.Field(_mapping.Text.Index);
        var label = FieldCleaning.ReplaceNul(FieldCleaning.Trim(reader.Field(_mapping.Label!.Index)));
        if (FieldCleaning.IsBlank(raw) || label.IsEmpty)
        {
            (label.IsEmpty && !FieldCleaning.IsBlank(raw) ? _noLabel : _noText).Add(reader.Row);
            return;
        }
        var text = FieldCleaning.ReplaceNul(raw);
        if (text.Length != raw.Length)
            _textsWithNul++;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text, hash);
        digest.AddText(hash);
        digest.AddString(label);
        appender.Set(0, text);
        appender.Set(1, label);
        var column = 2;
        if (_mapping.User is { } user)
            TakeString(reader, user, appender, digest, column++, SplitBy.User, hash);
        if (_mapping.Item is { } item)
            TakeString(reader, item, appender, digest, column++, SplitBy.Item, hash);
        var time = long.MinValue;
        if (_mapping.Time is { } times)
            time = TakeTime(reader, times, appender, digest, column++);
        for (var i = 0; i < _noNumber.Length; i++)
            TakeNumber(reader, i, appender, digest, column++);
        var number = _labels.Add(label);
        _labelOfRow.Add(number);
        var split = _splits.Add(SplitAssigner.Key(hash, _options.Split.Seed), number, GivenSplit(reader), time);
        appender.Set(column, Utf8Of(split));
        appender.EndRow();
    }

    /// <param name="key">Becomes the hash of the value where the split is by it.</param>
    private void TakeString(RecordReader reader, MappedColumn source, ChunkAppender appender, SnapshotDigest digest, int column, SplitBy group, Span<byte> key)
    {
        var value = FieldCleaning.ReplaceNul(FieldCleaning.Trim(reader.Field(source.Index)));
        if (value.IsEmpty)
        {
            digest.AddMissingString();
            appender.SetNull(column);
            return;
        }
        digest.AddString(value);
        appender.Set(column, value);
        if (_by == group)
            SHA256.HashData(value, key);
    }

    private long TakeTime(RecordReader reader, MappedColumn source, ChunkAppender appender, SnapshotDigest digest, int column)
    {
        var field = FieldCleaning.Trim(reader.Field(source.Index));
        if (TimeParser.TryParse(field, out var time))
        {
            appender.Set(column, time);
            digest.AddTime(time);
            return time;
        }
        if (!field.IsEmpty)
            _noTime.Add(reader.Row);
        appender.SetNull(column);
        digest.AddTime(long.MinValue);
        return long.MinValue;
    }

    private void TakeNumber(RecordReader reader, int input, ChunkAppender appender, SnapshotDigest digest, int column)
    {
        var field = FieldCleaning.Trim(reader.Field(_mapping.Numeric[input].Index));
        if (FieldCleaning.TryNumber(field, out var value))
        {
            appender.Set(column, value);
            digest.AddNumber(value);
            return;
        }
        if (!field.IsEmpty)
            _noNumber[input].Add(reader.Row);
        appender.SetNull(column);
        digest.AddNumber(null);
    }

    private Split GivenSplit(RecordReader reader)
    {
        if (_by != SplitBy.Column)
            return Split.Train;
        var value = FieldCleaning.Trim(reader.Field(_mapping.Split!.Index));
        return SplitNames.TryParse(value, out var split)
            ? split
            : throw reader.Error($"its {_mapping.Split.Name} is '{Quote(value)}', not train, valid or test. Correct it, or let the split be made: --split-by stratified");
    }

    private static string Quote(ReadOnlySpan<byte> value)
    {
        var text = System.Text.Encoding.UTF8.GetString(value);
        return text.Length <= 40 ? text : string.Concat(text.AsSpan(0, 40), "…");
    }

    private static ReadOnlySpan<byte> Utf8Of(Split split) => split switch
    {
        Split.Train => "train"u8,
        Split.Valid => "valid"u8,
        _ => "test"u8,
    };

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
                (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {RowGroupRows})
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
            CodeVersion = typeof(Snapshot).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown",
        };
    }

    private Snapshot Publish(SnapshotManifest manifest)
    {
        var target = Path.Combine(_snapshots, manifest.Digest);
        if (!Directory.Exists(target))
        {
            var whole = Path.Combine(_temporary, "snapshot");
            Directory.CreateDirectory(whole);
            File.Move(Path.Combine(_temporary, Snapshot.RowsFileName), Path.Combine(whole, Snapshot.RowsFileName));
            File.WriteAllBytes(Path.Combine(whole, Snapshot.ManifestFileName), JsonSerializer.SerializeToUtf8Bytes(manifest, SnapshotJson.Default.SnapshotManifest));
            foreach (var file in Directory.EnumerateFiles(whole))
                using (var handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite))
                    RandomAccess.FlushToDisk(handle);
            DurableFolder.Flush(whole);
            try
            {
                Directory.Move(whole, target);
            }
            catch (IOException) when (Directory.Exists(target))
            {
                // Another ingest of the same content was faster.
            }
            DurableFolder.Flush(_snapshots);
        }
        return Snapshot.Open(target);
    }
}
