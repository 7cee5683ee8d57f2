using System.Runtime.CompilerServices;
using Plumbline.Text;

namespace Plumbline.Datasets.Aggregates;

/// <summary>
/// Numbers distinct UTF-8 ids 0, 1, 2… in order of appearance, outside the collected heap: one pool of bytes and an open-addressing table
/// (linear probing, at most 5/8 full), some 30 bytes an id beside its own. Not thread-safe; any number of readers while nobody adds.
/// </summary>
internal sealed unsafe class EntityIndex : IDisposable
{
    private const int FirstCapacity = 1024;

    private readonly NativeList<byte> _pool = new();
    private readonly NativeList<int> _ends = new();
    private NativeArray<Slot> _slots = new(FirstCapacity);

    public int Count => _ends.Count;

    /// <summary>The hash under which <see cref="Add(ReadOnlySpan{byte}, uint)"/> and <see cref="Find(ReadOnlySpan{byte}, uint)"/> look; seeded anew in each process.</summary>
    public static uint Hash(ReadOnlySpan<byte> id)
    {
        var hash = new HashCode();
        hash.AddBytes(id);
        return (uint)hash.ToHashCode();
    }

    /// <summary>The number of <paramref name="id"/>, a new one if it was not there.</summary>
    /// <exception cref="OverflowException">More than 2 GiB of ids.</exception>
    public int Add(ReadOnlySpan<byte> id) => Add(id, Hash(id));

    public int Add(ReadOnlySpan<byte> id, uint hash)
    {
        ref var slot = ref Probe(id, hash);
        if (slot.Number != 0)
            return slot.Number - 1;
        if (Count >= _slots.Length / 8 * 5)
        {
            Grow();
            slot = ref Probe(id, hash);
        }
        _pool.AddRange(id);
        _ends.Add(_pool.Count);
        slot = new Slot(hash, Count);
        return Count - 1;
    }

    /// <summary>-1 where it was never added.</summary>
    public int Find(ReadOnlySpan<byte> id) => Find(id, Hash(id));

    public int Find(ReadOnlySpan<byte> id, uint hash) => Probe(id, hash).Number - 1;

    /// <summary>The bytes of an id, valid until the next <see cref="Add(ReadOnlySpan{byte})"/>.</summary>
    public ReadOnlySpan<byte> Id(int number)
    {
        var start = number == 0 ? 0 : _ends[number - 1];
        return _pool.Span[start.._ends[number]];
    }

    public void Dispose()
    {
        _pool.Dispose();
        _ends.Dispose();
        _slots.Dispose();
    }

    /// <summary>The slot of <paramref name="id"/>, or the empty one where it belongs.</summary>
    private ref Slot Probe(ReadOnlySpan<byte> id, uint hash)
    {
        var slots = _slots.Start;
        var mask = (uint)_slots.Length - 1;
        for (var at = Place(hash) & mask; ; at = (at + 1) & mask)
        {
            ref var slot = ref slots[at];
            if (slot.Number == 0 || (slot.Hash == hash && Id(slot.Number - 1).SequenceEqual(id)))
                return ref slot;
        }
    }

    private void Grow()
    {
        var larger = new NativeArray<Slot>(_slots.Length * 2);
        var mask = (uint)larger.Length - 1;
        foreach (ref readonly var slot in _slots.Span)
        {
            if (slot.Number == 0)
                continue;
            var at = Place(slot.Hash) & mask;
            while (larger.Start[at].Number != 0)
                at = (at + 1) & mask;
            larger.Start[at] = slot;
        }
        _slots.Dispose();
        _slots = larger;
    }

    // A table that is split by the low bits of the hash would otherwise fill every n-th slot only.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Place(uint hash) => (hash * 0x9E3779B1u) ^ (hash >> 15);

    /// <param name="Number">1 more than the number of the id; 0 is an empty slot.</param>
    private readonly record struct Slot(uint Hash, int Number);
}
