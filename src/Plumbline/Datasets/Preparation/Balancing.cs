using Plumbline.Text;

namespace Plumbline.Datasets.Preparation;

/// <summary>
/// Balances the classes of train. Of a class those records stay whose keys are smallest: a bottom-k sample (Cohen &amp; Kaplan 2007), which
/// does not depend on the order of records and changes little when some are added.
/// </summary>
internal static class Balancing
{
    /// <summary>Makes the sample independent of the split, which is decided by the same keys.</summary>
    private const ulong Seed = 0xA0761D6478BD642F;

    /// <param name="labels">Class of each record, 0 to <paramref name="classes"/>.</param>
    /// <param name="keys">Order-free key of each record.</param>
    /// <param name="fates">Records of train beyond their class's share become <see cref="RowFate.Balanced"/>.</param>
    /// <param name="copies">Receives how often each record stands in its split; left empty where that is once for all.</param>
    public static void Apply(
        BalanceOptions options, ReadOnlySpan<int> labels, int classes, ReadOnlySpan<ulong> keys, ReadOnlySpan<Split> splits, Span<RowFate> fates, NativeList<int> copies)
    {
        if (options is { Method: BalanceMethod.Natural, Cap: int.MaxValue })
            return;
        var ends = new int[classes + 1];
        for (var i = 0; i < labels.Length; i++)
            if (IsBalanced(i, splits, fates))
                ends[labels[i] + 1]++;
        var sizes = ends[1..];
        for (var label = 0; label < classes; label++)
            ends[label + 1] += ends[label];
        using var memory = new NativeArray<(ulong Key, int Record)>(ends[classes]);
        var members = memory.Span;
        var next = ends.ToArray();
        for (var i = 0; i < labels.Length; i++)
            if (IsBalanced(i, splits, fates))
                members[next[labels[i]]++] = (SplitKey.Of(keys[i], Seed), i);

        var most = options.Cap;
        if (options.Method == BalanceMethod.Undersample)
            most = Math.Min(most, sizes.Where(size => size > 0).DefaultIfEmpty(0).Min());
        var largest = sizes.DefaultIfEmpty(0).Max(size => Math.Min(size, most));
        if (options.Method == BalanceMethod.Oversample)
            for (var i = 0; i < labels.Length; i++)
                copies.Add(1);
        for (var label = 0; label < classes; label++)
        {
            // Equal keys are equal texts; the record's number makes their order certain.
            var ofClass = members[ends[label]..ends[label + 1]];
            ofClass.Sort();
            for (var rank = most; rank < ofClass.Length; rank++)
                fates[ofClass[rank].Record] = RowFate.Balanced;
            var size = Math.Min(ofClass.Length, most);
            if (options.Method == BalanceMethod.Oversample)
                for (var rank = 0; rank < size; rank++)
                    copies[ofClass[rank].Record] = (largest / size) + (rank < largest % size ? 1 : 0);
        }
    }

    private static bool IsBalanced(int record, ReadOnlySpan<Split> splits, ReadOnlySpan<RowFate> fates) =>
        splits[record] == Split.Train && fates[record] == RowFate.Kept;
}
