using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Plumbline.Text;

/// <summary>
/// From an n-gram's hash to its feature index: open addressing with linear probing over 8-byte slots (low half of the hash as tag, index + 1),
/// at most half full, in memory that may be a mapped file. An n-gram is taken for another with a chance of about 2⁻³² a look-up.
/// Immutable and thread-safe.
/// </summary>
internal sealed unsafe class Vocabulary
{
    private readonly ulong* _slots;
    private readonly int _shift;
    private readonly int _mask;

    /// <param name="slots">Slots, a power of two of them; must outlive this object.</param>
    public Vocabulary(ulong* slots, int length)
    {
        if (!BitOperations.IsPow2(length))
            throw new ArgumentException($"A vocabulary has a power of two slots, not {length}.", nameof(length));
        _slots = slots;
        _mask = length - 1;
        _shift = 64 - BitOperations.Log2((uint)length);
    }

    /// <summary>Feature index of an n-gram's hash, or −1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Find(ulong hash)
    {
        var tag = (uint)hash;
        for (var at = (int)(hash >> _shift); ; at = (at + 1) & _mask)
        {
            var slot = _slots[at];
            if ((uint)(slot >> 32) == tag && slot != 0)
                return (int)(uint)slot - 1;
            if (slot == 0)
                return -1;
        }
    }

    /// <summary>Asks the processor to fetch the home slot of a hash that will be looked up soon.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(ulong hash)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(_slots + (hash >> _shift));
    }

    /// <summary>Slots for n-grams whose feature index is their position in <paramref name="hashes"/>; of two that cannot be told apart the first counts.</summary>
    public static ulong[] Build(ReadOnlySpan<ulong> hashes)
    {
        var length = Math.Max(4, (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, hashes.Length) * 2));
        var slots = new ulong[length];
        var shift = 64 - BitOperations.Log2((uint)length);
        for (var index = 0; index < hashes.Length; index++)
        {
            var tag = (uint)hashes[index];
            var at = (int)(hashes[index] >> shift);
            while (slots[at] != 0 && (uint)(slots[at] >> 32) != tag)
                at = (at + 1) & (length - 1);
            if (slots[at] == 0)
                slots[at] = ((ulong)tag << 32) | ((uint)index + 1);
        }
        return slots;
    }
}
