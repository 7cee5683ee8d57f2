using Plumbline.Text;

namespace Plumbline.Datasets.Expectations;

/// <summary>
/// A set of 128-bit hashes outside the collected heap (linear probing, at most 5/8 full): 26 to 51 bytes a value. That two of 10^9 values share a hash has a
/// probability of 10^-21. Not thread-safe.
/// </summary>
internal sealed class UniqueValues : IDisposable
{
    private NativeArray<UInt128> _slots = new(1024);
    private int _count;

    /// <param name="hash">Of a uniform hash; not zero, which marks a free place.</param>
    /// <returns>False if it was there before.</returns>
    public bool Add(UInt128 hash)
    {
        if (_count >= _slots.Length / 8 * 5)
            Grow();
        if (!Insert(_slots.Span, hash))
            return false;
        _count++;
        return true;
    }

    public void Dispose() => _slots.Dispose();

    private static bool Insert(Span<UInt128> slots, UInt128 hash)
    {
        for (var at = (int)(ulong)hash & (slots.Length - 1); ; at = (at + 1) & (slots.Length - 1))
        {
            if (slots[at] == hash)
                return false;
            if (slots[at] != UInt128.Zero)
                continue;
            slots[at] = hash;
            return true;
        }
    }

    private void Grow()
    {
        var grown = new NativeArray<UInt128>(checked(_slots.Length * 2));
        foreach (var hash in _slots.Span)
            if (hash != UInt128.Zero)
                Insert(grown.Span, hash);
        _slots.Dispose();
        _slots = grown;
    }
}
