using System.Numerics;
using Plumbline.Text;

namespace Plumbline.Datasets.Duplicates;

/// <summary>Finds what stands before.</summary>
internal static class FirstOccurrences
{
    /// <param name="keys">Of each record, uniform over 128 bits.</param>
    /// <param name="firsts">Receives the first record with the same key, the record itself where it is that.</param>
    public static void Find(ReadOnlySpan<UInt128> keys, Span<int> firsts)
    {
        var length = BitOperations.RoundUpToPowerOf2((uint)Math.Max(4, keys.Length + (keys.Length / 2)));
        using var memory = new NativeArray<int>(length);
        var slots = memory.Span;
        for (var record = 0; record < keys.Length; record++)
        {
            var at = (int)((ulong)keys[record] & (length - 1));
            while (slots[at] != 0 && keys[slots[at] - 1] != keys[record])
                at = (int)((at + 1) & (length - 1));
            if (slots[at] == 0)
                slots[at] = record + 1;
            firsts[record] = slots[at] - 1;
        }
    }
}
