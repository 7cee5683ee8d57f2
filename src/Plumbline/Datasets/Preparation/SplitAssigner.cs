using Plumbline.Text;

namespace Plumbline.Datasets.Preparation;

/// <summary>Decides the split of every record; docs/specs/snapshot.md has the rules and the reasons.</summary>
/// <param name="by">Not <see cref="SplitBy.Auto"/>.</param>
/// <param name="classes">Number of labels.</param>
internal sealed class SplitAssigner(SplitBy by, SplitOptions options, int classes)
{
    /// <param name="keys">Order-free key of each record, or of its group.</param>
    /// <param name="labels">Class of each record.</param>
    /// <param name="times">Microseconds, <see cref="long.MinValue"/> for none; empty unless splitting by time.</param>
    /// <param name="fates">Only records that are kept count.</param>
    /// <param name="splits">In: what the split column says, when splitting by it. Out: the split of each record.</param>
    /// <exception cref="DatasetException">A split is left without records.</exception>
    public void Assign(ReadOnlySpan<ulong> keys, ReadOnlySpan<int> labels, ReadOnlySpan<long> times, ReadOnlySpan<RowFate> fates, Span<Split> splits)
    {
        if (by == SplitBy.Time)
            CutByTime(times, fates, splits);
        else if (by == SplitBy.Column)
            Carve(keys, labels, fates, splits);
        else
            for (var i = 0; i < keys.Length; i++)
                splits[i] = ByKey(keys[i], options.TestShare, options.ValidShare);
        if (by == SplitBy.Stratified)
            KeepEveryClassInTrain(keys, labels, fates, splits, carved: null);
        var counts = Count(fates, splits);
        foreach (var split in Enum.GetValues<Split>())
            if (counts[(int)split] == 0)
                throw new DatasetException($"No record falls into {SplitNames.Of(split)} ({counts.Sum()} records, split by {Describe()}). " +
                    "Give more records, another --seed, or another way to split (--split-by column, stratified, time, user or item)");
    }

    private static int[] Count(ReadOnlySpan<RowFate> fates, ReadOnlySpan<Split> splits)
    {
        var counts = new int[3];
        for (var i = 0; i < splits.Length; i++)
            if (fates[i] == RowFate.Kept)
                counts[(int)splits[i]]++;
        return counts;
    }

    private static Split ByKey(ulong key, double test, double valid)
    {
        var u = key * (1.0 / 18446744073709551616.0);
        return u < test ? Split.Test : u < test + valid ? Split.Valid : Split.Train;
    }

    private void Carve(ReadOnlySpan<ulong> keys, ReadOnlySpan<int> labels, ReadOnlySpan<RowFate> fates, Span<Split> splits)
    {
        var counts = Count(fates, splits);
        var (hasValid, hasTest) = (counts[(int)Split.Valid] > 0, counts[(int)Split.Test] > 0);
        if (hasValid && hasTest)
            return;
        using var carved = new NativeArray<bool>(splits.Length);
        for (var i = 0; i < splits.Length; i++)
        {
            if (splits[i] != Split.Train)
                continue;
            var split = ByKey(keys[i], options.TestShare, options.CarvedValidShare);
            if (split == Split.Train || (split == Split.Valid ? hasValid : hasTest))
                continue;
            splits[i] = split;
            carved.Span[i] = true;
        }
        KeepEveryClassInTrain(keys, labels, fates, splits, carved);
    }

    /// <param name="carved">Which records may be moved to train; null for all.</param>
    private void KeepEveryClassInTrain(ReadOnlySpan<ulong> keys, ReadOnlySpan<int> labels, ReadOnlySpan<RowFate> fates, Span<Split> splits, NativeArray<bool>? carved)
    {
        var trained = new bool[classes];
        for (var i = 0; i < splits.Length; i++)
            if (fates[i] == RowFate.Kept)
                trained[labels[i]] |= splits[i] == Split.Train;
        var largest = new Dictionary<int, ulong>();
        for (var i = 0; i < splits.Length; i++)
            if (fates[i] == RowFate.Kept && !trained[labels[i]] && carved?.Span[i] != false && (!largest.TryGetValue(labels[i], out var key) || keys[i] > key))
                largest[labels[i]] = keys[i];
        if (largest.Count == 0)
            return;
        var moved = largest.Values.ToHashSet();
        for (var i = 0; i < splits.Length; i++)
            if (carved?.Span[i] != false && moved.Contains(keys[i]))
                splits[i] = Split.Train;
    }

    private void CutByTime(ReadOnlySpan<long> times, ReadOnlySpan<RowFate> fates, Span<Split> splits)
    {
        var (validFrom, testFrom) = options is { ValidFrom: { } valid, TestFrom: { } test }
            ? (MicrosecondsOf(valid), MicrosecondsOf(test))
            : CutsAtShares(times, fates);
        for (var i = 0; i < splits.Length; i++)
            splits[i] = times[i] >= testFrom ? Split.Test : times[i] >= validFrom ? Split.Valid : Split.Train;
    }

    private (long ValidFrom, long TestFrom) CutsAtShares(ReadOnlySpan<long> times, ReadOnlySpan<RowFate> fates)
    {
        using var sorted = new NativeList<long>(times.Length);
        for (var i = 0; i < times.Length; i++)
            if (times[i] != long.MinValue && fates[i] == RowFate.Kept)
                sorted.Add(times[i]);
        if (sorted.Count == 0)
            throw new DatasetException("No record has a time that can be read, so they cannot be split by time. Name the column with --time, or split another way (--split-by)");
        sorted.Span.Sort();
        // What comes after the last time of the share before; equal times stay together.
        var trainEnd = sorted[(int)(Math.Ceiling((1 - options.ValidShare - options.TestShare) * sorted.Count) - 1)];
        var validEnd = sorted[(int)(Math.Ceiling((1 - options.TestShare) * sorted.Count) - 1)];
        return (trainEnd + 1, validEnd + 1);
    }

    private static long MicrosecondsOf(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    private string Describe() => by switch
    {
        SplitBy.Column => "column",
        SplitBy.Time => "time",
        SplitBy.User => "user",
        SplitBy.Item => "item",
        _ => "stratified hash",
    };
}
