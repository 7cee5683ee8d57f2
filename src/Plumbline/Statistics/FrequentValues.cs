using System.Text;

namespace Plumbline.Statistics;

/// <summary>
/// Counts the values of a stream: exactly while there are at most 4,096 different ones, then only those that are frequent, by taking the median count off all
/// counters whenever they run out (Misra &amp; Gries 1982; Anderson et al. 2017). Values are told apart by their hash. Not thread-safe.
/// </summary>
internal sealed class FrequentValues
{
    public const int MostExact = 4096;

    /// <summary>Bytes of UTF-8 up to which a value is told whole.</summary>
    public const int MostBytes = ValueBytes - 1;

    /// <summary>Bytes of a value that are remembered.</summary>
    private const int ValueBytes = 64;

    private const int Free = -1;
    private const int SmallCounts = 256;

    private readonly int[] _slots = new int[2 * MostExact];
    private ulong[] _hashes = new ulong[64];
    private long[] _counts = new long[64];
    private byte[] _values = new byte[64 * ValueBytes];
    private byte[] _lengths = new byte[64];
    private int _used;

    public FrequentValues() => Array.Fill(_slots, Free);

    /// <summary>Whether every value has a counter and every count is right.</summary>
    public bool IsExact => Undercount == 0;

    /// <summary>By how much a count may be too low.</summary>
    public long Undercount { get; private set; }

    /// <summary>Values that have one: all of them where <see cref="IsExact"/>.</summary>
    public int Counters => _used;

    /// <param name="hash">Of the value, uniform over 64 bits.</param>
    public void Add(ulong hash, ReadOnlySpan<byte> value)
    {
        var slot = SlotOf(hash);
        if (_slots[slot] != Free)
        {
            _counts[_slots[slot]]++;
            return;
        }
        if (_used == MostExact)
        {
            Purge();
            slot = SlotOf(hash);
        }
        Insert(slot, hash, value);
    }

    /// <summary>
    /// The values with the largest counts, the largest first, equal ones by their bytes; where counts are not exact, only values whose counter has outgrown
    /// what it may lack, with that added.
    /// </summary>
    public List<(string Value, long Count)> Largest(int most)
    {
        var found = Enumerable.Range(0, _used).Where(counter => _counts[counter] > Undercount).ToArray();
        Array.Sort(found, (x, y) => _counts[x] != _counts[y] ? _counts[y].CompareTo(_counts[x]) : ValueOf(x).SequenceCompareTo(ValueOf(y)));
        return [.. found.Take(most).Select(counter => (Text(counter), _counts[counter] + Undercount))];
    }

    private ReadOnlySpan<byte> ValueOf(int counter) => _values.AsSpan(counter * ValueBytes, _lengths[counter]);

    private string Text(int counter)
    {
        var value = ValueOf(counter);
        if (value.Length < ValueBytes)
            return Encoding.UTF8.GetString(value);
        var end = ValueBytes - 1;
        while (end > 0 && (value[end] & 0xC0) == 0x80)
            end--;
        return Encoding.UTF8.GetString(value[..end]) + "…";
    }

    private int SlotOf(ulong hash)
    {
        var slot = (int)(hash & (ulong)(_slots.Length - 1));
        while (_slots[slot] != Free && _hashes[_slots[slot]] != hash)
            slot = (slot + 1) & (_slots.Length - 1);
        return slot;
    }

    private void Insert(int slot, ulong hash, ReadOnlySpan<byte> value)
    {
        if (_used == _hashes.Length)
        {
            Array.Resize(ref _hashes, 2 * _used);
            Array.Resize(ref _counts, 2 * _used);
            Array.Resize(ref _values, 2 * _used * ValueBytes);
            Array.Resize(ref _lengths, 2 * _used);
        }
        _slots[slot] = _used;
        _hashes[_used] = hash;
        _counts[_used] = 1;
        var length = Math.Min(value.Length, ValueBytes);
        value[..length].CopyTo(_values.AsSpan(_used * ValueBytes));
        _lengths[_used++] = (byte)length;
    }

    private void Purge()
    {
        var median = MedianCount();
        Undercount += median;
        Array.Fill(_slots, Free);
        var kept = 0;
        for (var counter = 0; counter < _used; counter++)
        {
            if (_counts[counter] <= median)
                continue;
            _hashes[kept] = _hashes[counter];
            _counts[kept] = _counts[counter] - median;
            _lengths[kept] = _lengths[counter];
            ValueOf(counter).CopyTo(_values.AsSpan(kept * ValueBytes));
            _slots[SlotOf(_hashes[kept])] = kept++;
        }
        _used = kept;
    }

    private long MedianCount()
    {
        Span<int> small = stackalloc int[SmallCounts];
        small.Clear();
        for (var counter = 0; counter < _used; counter++)
            if (_counts[counter] < SmallCounts)
                small[(int)_counts[counter]]++;
        var below = 0;
        for (var count = 0; count < SmallCounts; count++)
            if ((below += small[count]) * 2 >= _used)
                return count;
        var sorted = _counts[.._used];
        Array.Sort(sorted);
        return sorted[(_used - 1) / 2];
    }
}
