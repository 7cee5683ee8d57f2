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

    /// <summary>Bands worked on at once, each of which needs 12 bytes a record.</summary>
    private const int MostBands = 2;

    private const int Parts = 1 << (32 - PartShift);
    private const int PartShift = 21;

    private readonly int _fewestMatches = Signature.MatchesFor(similarity);
    private readonly DisjointSets _groups = new((int)roots.Length);

    /// <summary>Replaces the roots by the first record of their group.</summary>
    public void Find(int threads, CancellationToken stop)
    {
        foreach (var _ in RecordBatches.MapInOrder(Enumerable.Range(0, MinHash.Bands), Math.Min(threads, MostBands), Join, stop))
        {
        }
        for (var record = 0; record < roots.Length; record++)
            roots.Span[record] = _groups.Find(roots.Span[record]);
    }

    public void Dispose() => _groups.Dispose();

    private int Join(int band)
    {
        using var memory = new NativeArray<ulong>(roots.Length);
        var ends = Distribute(band, memory.Span);
        for (var part = 0; part < Parts; part++)
        {
            // Key and number of a record: those with one key stand together, in source order.
            var order = memory.Span[(part == 0 ? 0 : ends[part - 1])..ends[part]];
            order.Sort();
            for (int start = 0, end; start < order.Length; start = end)
            {
                for (end = start + 1; end < order.Length && order[end] >> 32 == order[start] >> 32;)
                    end++;
                if (end - start > 1)
                    JoinBucket(order[start..end]);
            }
        }
        return band;
    }

    /// <summary>Writes key and number of each record that has a key, by the highest bits of the key, so that each part is sorted within the processor's cache.</summary>
    /// <returns>Where each part ends.</returns>
    private int[] Distribute(int band, Span<ulong> order)
    {
        using var memory = new NativeArray<uint>(order.Length);
        var ofBand = memory.Span;
        keys.Read(band, ofBand);
        var ends = new int[Parts];
        for (var record = 0; record < ofBand.Length; record++)
        {
            if (roots.Span[record] != record)
                ofBand[record] = 0;
            if (ofBand[record] != 0 && ofBand[record] >> PartShift < Parts - 1)
                ends[(ofBand[record] >> PartShift) + 1]++;
        }
        for (var part = 1; part < Parts; part++)
            ends[part] += ends[part - 1];
        // Each count is a part's start until its records are written.
        for (var record = 0; record < ofBand.Length; record++)
            if (ofBand[record] is > 0 and var key)
                order[ends[key >> PartShift]++] = ((ulong)key << 32) | (uint)record;
        return ends;
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
