using System.Runtime.InteropServices;
using System.Security.Cryptography;
using DuckDB.NET.Native;
using Plumbline.Datasets.Aggregates;
using Plumbline.Datasets.Duplicates;
using Plumbline.Datasets.Expectations;
using Plumbline.Datasets.Preparation;
using Plumbline.Datasets.Profiling;
using Plumbline.Datasets.Sources;
using Plumbline.Storage;

namespace Plumbline.Datasets;

/// <summary>
/// From a source to a published snapshot: one pass over the source on all threads, decisions over what was remembered of each record, one pass
/// over the spooled texts. Used once.
/// </summary>
internal sealed partial class Ingestion : IDisposable
{
    private const int BatchRows = 2048;

    private readonly IngestOptions _options;
    private readonly Home _home;
    private readonly SourceReader _source;
    private readonly SchemaMapping _mapping;
    private readonly SplitBy _by;
    private readonly List<SnapshotColumn> _columns;
    private readonly RowFacts _rows = new();
    private readonly TextSpool _spool;
    private readonly DuplicateFinder _duplicates;
    private readonly LabelRules _labels;
    private readonly Validation _validation;
    private readonly EntityIndex? _users;
    private readonly EntityIndex? _items;
    private readonly EntityIndex[] _categories = [];
    private readonly Dictionary<RejectReason, RowTally> _rejected = [];
    private readonly RowTally _noTime = new();
    private readonly RowTally[] _noNumber;
    private readonly DataProfiler _profiler;
    private long _textsWithNul;
    private DuplicateFindings? _findings;
    private AtomicDirectory? _folder;
    private RowsWriter? _writer;

    public Ingestion(IngestOptions options, Home home, CancellationToken stop)
    {
        options.Preparation.Validate();
        _options = options;
        _home = home;
        _source = SourceReader.Open(options.Source, stop);
        try
        {
            _mapping = ColumnFinder.Find(options.Source, _source.Columns, _source.Sample, labelled: true);
            _by = ResolveSplit(options.Source, _mapping);
            _columns = ListColumns(options, _mapping);
            CheckAggregates();
            _labels = new LabelRules(options.Preparation.Labels);
            _users = _mapping.User is null ? null : new EntityIndex();
            _items = _mapping.Item is null ? null : new EntityIndex();
            _categories = [.. _mapping.Categorical.Select(_ => new EntityIndex())];
            _noNumber = [.. _mapping.Numeric.Select(_ => new RowTally())];
            _validation = new Validation(options, home, _source, _mapping);
            _profiler = new DataProfiler(_source.InferSchema(_mapping), _mapping);
            _spool = new TextSpool((long)options.MemoryMegabytes << 20, home.Temporary);
            _duplicates = new DuplicateFinder(options.Preparation, options.Source.Split.Together, home.Temporary);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public Snapshot Run(IProgress<IngestProgress>? progress, CancellationToken stop)
    {
        OpenFolder(_home.Snapshots);
        _writer = new RowsWriter(ParquetColumns(), _folder.Path, _options.Threads);
        ReadSource(progress, stop);
        if (!TryDecide(stop, out var order, out var failed))
            throw Refuse(failed, null, stop);
        Aggregate();
        var digest = WriteRows(order, progress, stop);
        var profile = BuildProfile(order);
        var result = _validation.Evaluate(profile, digest);
        if (!result.Success)
            throw Refuse(result, profile, stop);
        var manifest = Describe(digest, order, _writer.Finish(stop), WriteEntities()) with { Validation = result.Summary };
        return Publish(manifest, result, profile, stop);
    }

    public void Dispose()
    {
        _writer?.Dispose();
        _source.Dispose();
        _rows.Dispose();
        _spool?.Dispose();
        _profiler?.Dispose();
        _duplicates?.Dispose();
        _users?.Dispose();
        _items?.Dispose();
        foreach (var categories in _categories)
            categories.Dispose();
        _aggregates?.Dispose();
        _validation?.Dispose();
        _folder?.Dispose();
    }

    /// <summary>What is to become of each record.</summary>
    /// <returns>The position of each label, by its number.</returns>
    private int[] Decide(CancellationToken stop)
    {
        CheckLabels();
        var order = OrderLabels();
        Prepare(order.Length, stop);
        _profiler.Prepare(_rows, order.Length);
        _findings = new DuplicateSummary(_duplicates, _rows).Make();
        foreach (var record in _findings.Examples)
            _profiler.Excerpts.Want(record);
        _duplicates.Dispose();
        return order;
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
            $"{options.Name} has no {by.ToString().ToLowerInvariant()} column to split by. Name one with {option}, or split another way (--split-by)");
    }

    private static List<SnapshotColumn> ListColumns(IngestOptions options, SchemaMapping mapping)
    {
        var columns = new List<SnapshotColumn> { new("text", SnapshotColumnType.Text), new("label", SnapshotColumnType.String) };
        if (mapping.User is not null)
            columns.Add(new("user", SnapshotColumnType.String));
        if (mapping.Item is not null)
            columns.Add(new("item", SnapshotColumnType.String));
        if (mapping.Time is not null)
            columns.Add(new("time", SnapshotColumnType.Time));
        string[] reserved = ["text", "label", "split", "user", "item", "time", Snapshot.CopiesColumn, .. EntityFeature.All.Select(feature => feature.Name)];
        foreach (var input in mapping.Numeric.Concat(mapping.Categorical))
        {
            var isNumeric = columns.Count(column => column.Type == SnapshotColumnType.Number) < mapping.Numeric.Count;
            if (reserved.Contains(input.Name, StringComparer.OrdinalIgnoreCase) || columns.Any(column => string.Equals(column.Name, input.Name, StringComparison.OrdinalIgnoreCase)))
                throw new DatasetException($"{options.Source.Name}: a {(isNumeric ? "numeric" : "categorical")} input cannot be called '{input.Name}', a column of every snapshot or one already there. Rename it");
            columns.Add(isNumeric ? new(input.Name, SnapshotColumnType.Number) : new(input.Name, SnapshotColumnType.String, Categorical: true));
        }
        columns.AddRange(options.Aggregates.Select(feature => new SnapshotColumn(feature.Name, SnapshotColumnType.Number, Aggregate: true)));
        if (options.Preparation.Balance.Method == BalanceMethod.Oversample)
            columns.Add(new(Snapshot.CopiesColumn, SnapshotColumnType.Count));
        return columns;
    }

    private List<(string, DuckDBType)> ParquetColumns()
    {
        var columns = _columns.Select(column => (column.Name, column.Type switch
        {
            SnapshotColumnType.Time => DuckDBType.Timestamp,
            SnapshotColumnType.Number => DuckDBType.Double,
            SnapshotColumnType.Count => DuckDBType.BigInt,
            _ => DuckDBType.Varchar,
        })).ToList();
        columns.Insert(2, ("split", DuckDBType.Varchar));
        return columns;
    }

    private void ReadSource(IProgress<IngestProgress>? progress, CancellationToken stop)
    {
        var wanted = _mapping.Columns.Select(column => column.Index).ToHashSet();
        var parser = new RecordParser(_source, _mapping, _by, _options.Preparation, _duplicates, _profiler, _validation);
        long read = 0;
        foreach (var batch in RecordBatches.MapInOrder(_source.ReadBatches(wanted.Contains, BatchRows, others: true, stop), _options.Threads, parser.Parse, stop))
        {
            Take(batch);
            read += batch.Fields.Count;
            progress?.Report(new IngestProgress("read", read, _source.BytesRead, _source.BytesTotal));
        }
        _spool.Rewind();
    }

    private void Take(ParsedBatch batch)
    {
        CheckRoom(batch.Fields);
        _validation.Add(batch.Fields, batch.Findings);
        _profiler.Take(batch.Fields, batch.Facts!);
        for (var record = 0; record < batch.Fields.Count; record++)
        {
            var label = LabelRules.Dropped;
            var reason = batch.Rejected[record] ?? (_validation.IsBroken(record) ? RejectReason.Expectation : null);
            if (reason is null)
            {
                label = _labels.NumberOf(FieldCleaning.Name(batch.Fields.Field(_mapping.Label!.Index, record)));
                if (label == LabelRules.Dropped)
                    reason = RejectReason.DroppedLabel;
            }
            if (reason is { } why)
                Reject(why, batch.Fields, record);
            else
                Take(batch, record, label);
            _profiler.TakeRecord(batch.Fields, batch.Facts!, record, label, reason is null ? _rows.Count - 1 : RowSample.None);
        }
        foreach (var record in batch.UnreadableTimes)
            _noTime.Add(batch.Fields.Row(record));
        foreach (var (record, input) in batch.UnreadableNumbers)
            _noNumber[input].Add(batch.Fields.Row(record));
        _textsWithNul += batch.Replaced.Count;
        _timeForms |= batch.TimeForms;
    }

    private void Take(ParsedBatch batch, int record, int label)
    {
        var text = batch.Text(record, _mapping.Text.Index);
        _spool.Append(text);
        _duplicates.Add(batch.Fingerprints, record);
        _rows.Texts.Add(batch.Texts[record]);
        _rows.Bytes.Add(text.Length);
        _rows.Characters.Add(batch.Characters[record]);
        _rows.Labels.Add(label);
        if (_users is not null)
            _rows.Users.Add(NumberOf(_users, _mapping.User!, batch.Fields, record));
        if (_items is not null)
            _rows.Items.Add(NumberOf(_items, _mapping.Item!, batch.Fields, record));
        if (_mapping.Time is not null)
            _rows.Times.Add(batch.Times[record]);
        if (_mapping.LabelTime is not null)
            _rows.LabelTimes.Add(batch.LabelTimes[record]);
        for (var input = 0; input < _categories.Length; input++)
            _rows.Categories.Add(NumberOf(_categories[input], _mapping.Categorical[input], batch.Fields, record));
        _rows.Numbers.AddRange(batch.Numbers.AsSpan(record * _noNumber.Length, _noNumber.Length));
        _rows.Origins.Add(RowFacts.Origin(batch.Fields.File, batch.Fields.Row(record)));
        _rows.Splits.Add(batch.Splits[record]);
        _rows.Fates.Add(RowFate.Kept);
    }

    private void Reject(RejectReason reason, FieldBatch fields, int record)
    {
        _validation.LeaveOut(fields, record, reason);
        if (!_rejected.TryGetValue(reason, out var tally))
            _rejected[reason] = tally = new RowTally();
        tally.Add(fields.Row(record));
    }

    private void CheckLabels()
    {
        var dropped = _rejected.Values.Sum(tally => tally.Count);
        if (_rows.Count == 0)
            throw new DatasetException(dropped == 0
                ? $"{_source.Name} has a header but no records"
                : $"{_source.Name}: none of its {dropped} records can be used: {string.Join(", ", _rejected.Select(pair => $"{pair.Value.Count} {Describe(pair.Key)}"))}. The text is '{_mapping.Text.Name}', the label '{_mapping.Label!.Name}'");
        var labels = _labels.Labels.Count;
        if (labels == 1)
            throw new DatasetException($"{_source.Name}: every label in '{_mapping.Label!.Name}' is '{FieldCleaning.Quote(_labels.Labels[0])}'. Two classes or more are needed. Another column is named with --label");
        if (_rows.Count >= 20 && labels * 2L > _rows.Count)
            throw new DatasetException($"{_source.Name}: '{_mapping.Label!.Name}' has {labels} different values in {_rows.Count} records, so it is no label. Name another column with --label");
    }

    /// <summary>The position of each label, by its number.</summary>
    private int[] OrderLabels()
    {
        var labels = _labels.Labels;
        var sorted = labels.Select((label, number) => (label, number)).OrderBy(pair => pair.label, LabelOrder.Of(labels)).Select(pair => pair.number).ToArray();
        var order = new int[sorted.Length];
        for (var position = 0; position < sorted.Length; position++)
            order[sorted[position]] = position;
        return order;
    }

    private void Prepare(int classes, CancellationToken stop)
    {
        _duplicates.Group(_options.Threads, stop);
        _duplicates.Apply(_rows);
        CheckClasses();
        using var keys = new Text.NativeArray<ulong>(_rows.Count);
        FindSplitKeys(keys.Span);
        new SplitAssigner(_by, _options.Source.Split, classes).Assign(keys.Span, _rows.Labels.Span, _rows.Times.Span, _rows.Fates.Span, _rows.Splits.Span);
        stop.ThrowIfCancellationRequested();
        Balancing.Apply(_options.Preparation.Balance, _rows.Labels.Span, classes, keys.Span, _rows.Splits.Span, _rows.Fates.Span, _rows.Copies);
    }

    /// <summary>A class that nothing is left of would be one in name only.</summary>
    private void CheckClasses()
    {
        var isThere = new bool[_labels.Labels.Count];
        for (var i = 0; i < _rows.Count; i++)
            isThere[_rows.Labels[i]] |= _rows.Fates[i] == RowFate.Kept;
        if (Array.IndexOf(isThere, false) is >= 0 and var gone)
            throw new DatasetException($"{_source.Name}: all texts labelled '{FieldCleaning.Quote(_labels.Labels[gone])}' are left out, as each stands before or has another label, too. Keep them (--duplicates keep, --conflicts keep), or drop the label (data.prepare.labels.drop)");
    }

    /// <summary>The key of a record is that of its text, or of its user or item when splitting by them.</summary>
    private void FindSplitKeys(Span<ulong> keys)
    {
        var seed = _options.Source.Split.Seed;
        var (entities, numbers) = _by switch
        {
            SplitBy.User => (_users, _rows.Users),
            SplitBy.Item => (_items, _rows.Items),
            _ => (null, null),
        };
        var ofEntity = new ulong[entities?.Count ?? 0];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        for (var entity = 0; entity < ofEntity.Length; entity++)
        {
            SHA256.HashData(entities!.Id(entity), hash);
            ofEntity[entity] = MemoryMarshal.Read<ulong>(hash);
        }
        var texts = _rows.Texts.Span;
        for (var i = 0; i < keys.Length; i++)
            keys[i] = SplitKey.Of(numbers is not null && numbers[i] >= 0 ? ofEntity[numbers[i]] : texts[_duplicates.Leader(i)][0], seed);
    }

    private static string Describe(RejectReason reason) => reason switch
    {
        RejectReason.NoText => "no text",
        RejectReason.NoLabel => "no label",
        RejectReason.TooShort => "text too short",
        RejectReason.TooLong => "text too long",
        RejectReason.DroppedLabel => "label to be dropped",
        _ => "an expectation not met",
    };

    private SnapshotManifest Describe(string digest, int[] order, IReadOnlyList<SnapshotFile> files, SnapshotFile? entities)
    {
        var counts = new long[order.Length, 3];
        for (var i = 0; i < _rows.Count; i++)
            if (_rows.Fates[i] == RowFate.Kept)
                counts[order[_rows.Labels[i]], (int)_rows.Splits[i]]++;
        var labels = new string[order.Length];
        for (var number = 0; number < order.Length; number++)
            labels[order[number]] = _labels.Labels[number];
        var classes = labels.Select((label, i) => new ClassCounts(label, new SplitCounts(counts[i, 0], counts[i, 1], counts[i, 2]))).ToArray();
        var split = _options.Source.Split;
        return new SnapshotManifest
        {
            FormatVersion = SnapshotManifest.CurrentFormat,
            Digest = digest,
            Columns = _columns,
            Mapping = _mapping,
            Labels = labels,
            Split = new SplitRule(_by, split.Seed, split.ValidShare, split.TestShare, split.CarvedValidShare, split.Together),
            Counts = new SplitCounts(classes.Sum(@class => @class.Counts.Train), classes.Sum(@class => @class.Counts.Valid), classes.Sum(@class => @class.Counts.Test)),
            Classes = classes,
            Dropped = [.. _rejected.OrderBy(pair => pair.Key).Select(pair => new DroppedRows(Describe(pair.Key), pair.Value.Count, pair.Value.First)), .. DroppedFates()],
            Unreadable = [.. _noNumber.Select((tally, i) => (_mapping.Numeric[i].Name, Tally: tally)).Prepend(("time", _noTime)).Where(column => column.Item2.Count > 0)
                .Select(column => new UnreadableValues(column.Item1, column.Item2.Count, column.Item2.First))],
            TextsWithNul = _textsWithNul,
            Sources = _source.Parts,
            Schema = _source.InferSchema(_mapping).Columns,
            Notes = [.. Notes()],
            RowsFiles = files,
            Entities = entities,
            CodeVersion = Plumbline.CodeVersion.Current,
        };
    }

    private IEnumerable<DroppedRows> DroppedFates()
    {
        foreach (var fate in Enum.GetValues<RowFate>())
        {
            if (fate == RowFate.Kept)
                continue;
            var tally = new RowTally();
            for (var i = 0; i < _rows.Count; i++)
                if (_rows.Fates[i] == fate)
                    tally.Add(_rows.OriginOf(i).Row);
            if (tally.Count > 0)
                yield return new DroppedRows(Describe(fate), tally.Count, tally.First);
        }
    }

    private static string Describe(RowFate fate) => fate switch
    {
        RowFate.Duplicate => "a text that stands before",
        RowFate.Conflict => "a text that has several labels",
        _ => "a class with more records than its share",
    };
}
