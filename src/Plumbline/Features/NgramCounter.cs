using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Plumbline.Text;

namespace Plumbline.Features;

/// <summary>
/// Document frequencies of the n-grams of one part of the hash range: in how many texts each occurs. Open addressing over entries of a quarter
/// of a cache line. Not thread-safe.
/// </summary>
/// <param name="partition">Which part: the hashes with these low bits.</param>
/// <param name="partitionMask">Which bits: the number of parts, a power of two, less 1.</param>
internal sealed unsafe class NgramCounter(ulong partition, ulong partitionMask) : IDisposable
{
    private const int PrefetchDistance = 16;

    private NativeArray<Entry> _entries = new(1 << 18);
    private ulong[] _own = new ulong[1024];
    private int _texts;

    private struct Entry
    {
        /// <summary>0 where the entry is free; the hash 0 itself counts as 1.</summary>
        public ulong Hash;
        public int Count;
        public int LastText;
    }

    public int Distinct { get; private set; }

    /// <summary>Counts each n-gram of one text once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void AddText(ReadOnlySpan<ulong> hashes)
    {
        _texts++;
        var count = KeepOwn(hashes);
        for (var i = 0; i < Math.Min(PrefetchDistance, count); i++)
            Prefetch(_own[i]);
        for (var i = 0; i < count; i++)
        {
            if (i + PrefetchDistance < count)
                Prefetch(_own[i + PrefetchDistance]);
            var hash = _own[i] == 0 ? 1 : _own[i];
            if (Distinct * 2L >= _entries.Length)
                Grow();
            ref var entry = ref Find(hash);
            if (entry.Hash == 0)
            {
                entry.Hash = hash;
                Distinct++;
            }
            entry.Count += entry.LastText == _texts ? 0 : 1;
            entry.LastText = _texts;
        }
    }

    /// <summary>Gathers this part's hashes, so that only lines that will be touched are fetched ahead.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int KeepOwn(ReadOnlySpan<ulong> hashes)
    {
        if (_own.Length < hashes.Length)
            _own = new ulong[2 * hashes.Length];
        ref var own = ref MemoryMarshal.GetArrayDataReference(_own);
        var count = 0;
        foreach (var hash in hashes)
        {
            Unsafe.Add(ref own, count) = hash;
            count += (hash & partitionMask) == partition ? 1 : 0;
        }
        return count;
    }

    /// <summary>The n-grams in at least <paramref name="minDf"/> texts, down to the frequency at which there are <paramref name="most"/>; in no order.</summary>
    public List<(ulong Hash, int Df)> Most(int minDf, int most)
    {
        // How many n-grams have each frequency says from which on they fit.
        var histogram = new int[_texts + 1];
        foreach (ref readonly var entry in _entries.Span)
            histogram[entry.Count]++;
        var least = _texts;
        for (var fitting = histogram[least]; least > minDf && fitting < most; fitting += histogram[least])
            least--;
        least = Math.Max(least, minDf);
        var kept = new List<(ulong Hash, int Df)>();
        foreach (ref readonly var entry in _entries.Span)
        {
            if (entry.Count >= least)
                kept.Add((entry.Hash, entry.Count));
        }
        return kept;
    }

    public void Dispose() => _entries.Dispose();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref Entry Find(ulong hash)
    {
        var mask = _entries.Length - 1;
        for (var at = Home(hash) & mask; ; at = (at + 1) & mask)
        {
            ref var entry = ref _entries.Start[at];
            if (entry.Hash == hash || entry.Hash == 0)
                return ref entry;
        }
    }

    /// <summary>High bits, as the low ones are the same in a whole partition.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long Home(ulong hash) => (long)(hash >> 32);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Prefetch(ulong hash)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(_entries.Start + (Home(hash) & (_entries.Length - 1)));
    }

    private void Grow()
    {
        using var old = _entries;
        _entries = new NativeArray<Entry>(old.Length << (old.Length < 1 << 22 ? 2 : 1));
        foreach (ref readonly var entry in old.Span)
        {
            if (entry.Hash != 0)
                Find(entry.Hash) = entry;
        }
    }
}
