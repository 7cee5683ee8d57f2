using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Plumbline.Datasets.Duplicates;
using Plumbline.Datasets.Preparation;

namespace Plumbline.Datasets;

/// <summary>Between the passes: what is to become of each record, decided over what was remembered of all.</summary>
internal sealed partial class Ingestion
{
    /// <summary>What is to become of each record.</summary>
    /// <returns>The position of each label, by its number.</returns>
    private int[] Decide(CancellationToken stop)
    {
        CheckLabels();
        var order = OrderLabels();
        Prepare(order.Length, stop);
        _profiler.Prepare(_rows, order.Length);
        var summary = new DuplicateSummary(_duplicates, _rows);
        _findings = summary.Make();
        MarkFaults(summary);
        foreach (var record in _findings.Examples)
            _profiler.Excerpts.Want(record);
        _duplicates.Dispose();
        return order;
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
}
