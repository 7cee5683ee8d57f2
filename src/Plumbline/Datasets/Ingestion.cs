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
            if (options.Preparation.Before is { } before && _mapping.Time is null)
                throw new DatasetException(FormattableString.Invariant($"{options.Source.Name} has no time column, so that nobody can say what was there before {before.UtcDateTime:yyyy-MM-dd HH:mm} UTC. Name it with --time (data.time)"));
            _columns = SnapshotColumns.List(options, _mapping);
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
        _writer = new RowsWriter(SnapshotColumns.ForParquet(_columns), _folder.Path, _options.Threads);
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
        _faults?.Dispose();
        _validation?.Dispose();
        _folder?.Dispose();
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
        // Those that are later are as good as the others.
        if (reason != RejectReason.TooLate)
            _validation.LeaveOut(fields, record, reason);
        if (!_rejected.TryGetValue(reason, out var tally))
            _rejected[reason] = tally = new RowTally();
        tally.Add(fields.Row(record));
    }
}
