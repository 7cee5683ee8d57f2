using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Plumbline.Datasets.Duplicates;
using Plumbline.Datasets.Preparation;

namespace Plumbline.Datasets;

/// <summary>Between the passes: what is left out, on which side of the split each record stands, and which texts are repeated.</summary>
internal sealed partial class Ingestion
{
    private DuplicateFindings? _found;

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
        _found = new DuplicateSummary(_duplicates, _rows).Make();
        foreach (var row in _found.Examples)
            _profiler.Excerpts.Want(row);
        _duplicates.Dispose();
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
