using System.Runtime.CompilerServices;

namespace Plumbline.Statistics;

/// <summary>
/// Counts numbers in buckets of equal relative width: DDSketch (Masson, Rim &amp; Lee 2019) with 64 linear buckets an octave, cut from the bits of a float, so that a value is off by at most 0.8 %. Where there are too many
/// buckets, neighbours become one, everywhere at once (Epicoco, Melle, Cafaro &amp; Pulimeno 2020): the state depends on nothing but what was counted, so merging is exact, in any order. Not thread-safe.
/// </summary>
internal sealed class QuantileSketch
{
    /// <summary>Bits of a float that a bucket of level 0 does not tell apart.</summary>
    private const int Shift = 17;
    private const int MostLevel = 14;
    private const uint Magnitude = 0x7FFF_FFFF;
    private const uint LeastNormal = 0x0080_0000;
    private const uint Infinity = 0x7F80_0000;

    private uint[] _keys = new uint[32];
    private long[] _counts = new long[32];
    private int _used;

    /// <param name="most">Buckets; 16 or more.</param>
    public QuantileSketch(int most)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 16);
        Most = most;
    }

    public int Most { get; }

    /// <summary>How often neighbours became one.</summary>
    public int Level { get; private set; }

    public long Missing { get; private set; }

    /// <summary>Zeros, and numbers too small for a float without leading zeros.</summary>
    public long Zeros { get; private set; }

    /// <summary>Values, missing ones not among them.</summary>
    public long Count { get; private set; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(float value) => Add(value, 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(float value, long count)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        var magnitude = bits & Magnitude;
        if (magnitude > Infinity)
        {
            Missing += count;
        }
        else if (magnitude < LeastNormal)
        {
            Zeros += count;
            Count += count;
        }
        else
        {
            // Infinity is as the largest number.
            Add(Math.Min(magnitude, Infinity - 1) >> (Shift + Level) << 1 | bits >> 31, count);
        }
    }

    /// <summary>Counts values that are known by bins alone, each as the greatest of its bin; those beyond the last cut as twice as far from the one before.</summary>
    /// <param name="cuts">The greatest value of each bin but the last.</param>
    public void AddBins(IReadOnlyList<float> cuts, IReadOnlyList<int> counts, int missing)
    {
        Missing += missing;
        for (var bin = 0; bin < counts.Count; bin++)
        {
            var value = bin < cuts.Count ? cuts[bin] : cuts.Count == 0 ? 0 : cuts[^1] + Math.Max(1, Math.Abs(cuts[^1]));
            if (counts[bin] == 0)
                continue;
            Add(value, counts[bin]);
        }
    }

    public void Merge(QuantileSketch other)
    {
        if (other.Most != Most)
            throw new ArgumentException($"A sketch of {other.Most} buckets cannot be merged with one of {Most}.", nameof(other));
        while (Level < other.Level)
            Coarsen();
        (Missing, Zeros, Count) = (Missing + other.Missing, Zeros + other.Zeros, Count + other.Zeros);
        for (var slot = 0; slot < other._keys.Length; slot++)
        {
            if (other._counts[slot] > 0)
                Add(At(other._keys[slot], Level - other.Level), other._counts[slot]);
        }
    }

    /// <summary>The buckets in the order of their values, at a level no lower than their own, zeros among them.</summary>
    public List<(double Value, long Count)> Buckets(int level)
    {
        var merged = new SortedDictionary<double, long>();
        for (var slot = 0; slot < _keys.Length; slot++)
        {
            if (_counts[slot] > 0 && ValueOf(At(_keys[slot], level - Level), level) is var value)
                merged[value] = merged.GetValueOrDefault(value) + _counts[slot];
        }
        if (Zeros > 0)
            merged[0] = Zeros;
        return [.. merged.Select(pair => (pair.Key, pair.Value))];
    }

    public void Write(SketchWriter writer)
    {
        writer.Write(Level);
        writer.Write(Missing);
        writer.Write(Zeros);
        writer.Write(_used);
        var before = 0u;
        foreach (var slot in Enumerable.Range(0, _keys.Length).Where(slot => _counts[slot] > 0).OrderBy(slot => _keys[slot]))
        {
            writer.Write(_keys[slot] - before);
            writer.Write(_counts[slot]);
            before = _keys[slot];
        }
    }

    /// <exception cref="InvalidDataException">It is not what was written.</exception>
    public static QuantileSketch Read(ref SketchReader reader, int most)
    {
        var sketch = new QuantileSketch(most) { Level = reader.ReadCount(MostLevel), Missing = reader.ReadCount(), Zeros = reader.ReadCount() };
        sketch.Count = sketch.Zeros;
        var key = 0u;
        for (var left = reader.ReadCount(most); left > 0; left--)
        {
            key = checked((uint)(key + reader.ReadCount(uint.MaxValue - key)));
            var count = reader.ReadCount();
            if (count == 0 || (key >> 1) >= ((Infinity >> Shift) >> sketch.Level) + 1)
                throw new InvalidDataException("a bucket is empty, or of no number");
            sketch.Add(key, count);
        }
        return sketch;
    }

    private void Add(uint key, long count)
    {
        Count += count;
        while (true)
        {
            var slot = SlotOf(key);
            if (_counts[slot] > 0)
            {
                _counts[slot] += count;
                return;
            }
            if (_used < Most)
            {
                (_keys[slot], _counts[slot]) = (key, count);
                if (++_used * 2 > _keys.Length)
                    Rebuild(2 * _keys.Length, 0);
                return;
            }
            Coarsen();
            key = At(key, 1);
        }
    }

    private void Coarsen()
    {
        Level++;
        Rebuild(_keys.Length, 1);
    }

    private void Rebuild(int length, int levels)
    {
        var (keys, counts) = (_keys, _counts);
        (_keys, _counts, _used) = (new uint[length], new long[length], 0);
        for (var old = 0; old < keys.Length; old++)
        {
            if (counts[old] == 0)
                continue;
            var key = At(keys[old], levels);
            var slot = SlotOf(key);
            _used += _counts[slot] == 0 ? 1 : 0;
            _keys[slot] = key;
            _counts[slot] += counts[old];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int SlotOf(uint key)
    {
        var mask = _keys.Length - 1;
        var slot = (int)(key * 0x9E3779B1u >> 7) & mask;
        while (_counts[slot] > 0 && _keys[slot] != key)
            slot = (slot + 1) & mask;
        return slot;
    }

    /// <summary>The bucket some levels above; the sign is the lowest bit.</summary>
    private static uint At(uint key, int levels) => (key >> 1 >> levels << 1) | (key & 1);

    /// <summary>The middle of a bucket.</summary>
    private static double ValueOf(uint key, int level)
    {
        var first = (key >> 1) << level;
        double low = BitConverter.UInt32BitsToSingle(first << Shift), high = BitConverter.UInt32BitsToSingle(Math.Min((first + (1u << level)) << Shift, Infinity - 1));
        return (low + high) / ((key & 1) == 0 ? 2 : -2);
    }
}
