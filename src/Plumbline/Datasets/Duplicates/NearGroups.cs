using System.Numerics;
using Plumbline.Text;

namespace Plumbline.Datasets.Duplicates;

/// <summary>
/// Groups of near-duplicates by locality-sensitive hashing (Indyk and Motwani 1998): records with a key in common are compared by their signatures;
/// docs/specs/duplicates.md. Used once.
/// </summary>
/// <param name="signatures">Of each record; must outlive this object.</param>
/// <param name="roots">The first record with the same normalised text; only those are compared.</param>
internal sealed class NearGroups(BandKeys keys, NativeList<Signature> signatures, NativeArray<int> roots, double similarity) : IDisposable
{
    /// <summary>Records of a bucket that the others of it are compared with, so that a part which very many texts share costs no square.</summary>
    private const int Compared = 16;

    private readonly int _fewestMatches = Signature.MatchesFor(similarity);
    private readonly DisjointSets _groups = new((int)roots.Length);

    /// <summary>Replaces the roots by the first record of their group.</summary>
    public void Find(int threads, CancellationToken stop)
    {
        foreach (var _ in RecordBatches.MapInOrder(Enumerable.Range(0, MinHash.Bands), threads, Join, stop))
        {
        }
        for (var record = 0; record < roots.Length; record++)
            roots.Span[record] = _groups.Find(roots.Span[record]);
    }

    public void Dispose() => _groups.Dispose();

    private int Join(int band)
    {
        using var memory = new NativeArray<ulong>(roots.Length);
        var order = Sort(band, memory.Span);
        for (int start = 0, end; start < order.Length; start = end)
        {
            for (end = start + 1; end < order.Length && order[end] >> 32 == order[start] >> 32;)
                end++;
            if (end - start > 1)
                JoinBucket(order[start..end]);
        }
        return band;
    }

    /// <summary>Key and number of each record that has a key, so that records with one key stand together in source order.</summary>
    private Span<ulong> Sort(int band, Span<ulong> order)
    {
        using var ofBand = new NativeArray<uint>(order.Length);
        keys.Read(band, ofBand.Span);
        var count = 0;
        for (var record = 0; record < order.Length; record++)
            if (ofBand.Span[record] is > 0 and var key && roots.Span[record] == record)
                order[count++] = ((ulong)key << 32) | (uint)record;
        order = order[..count];
        order.Sort();
        return order;
    }

    private void JoinBucket(ReadOnlySpan<ulong> bucket)
    {
        // Of each record compared with, those that are joined to it already: what is known to be of one group needs no comparison.
        Span<uint> joined = stackalloc uint[Compared];
        for (var i = 0; i < bucket.Length; i++)
        {
            var record = (int)(uint)bucket[i];
            uint mates = 0;
            for (var other = 0; other < Math.Min(i, Compared); other++)
                if ((mates >> other & 1) == 0 && Signature.Matches(signatures[record], signatures[(int)(uint)bucket[other]]) >= _fewestMatches)
                {
                    mates |= joined[other];
                    lock (_groups)
                        _groups.Join(record, (int)(uint)bucket[other]);
                }
            if (i < Compared)
                mates |= 1u << i;
            for (var rest = mates; rest != 0; rest &= rest - 1)
                joined[BitOperations.TrailingZeroCount(rest)] |= mates;
        }
    }
}
