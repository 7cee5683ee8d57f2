using Plumbline.Text;

namespace Plumbline.Datasets.Aggregates;

/// <summary>Rows that have a time, sorted by it, equal times in row order: a radix sort, least significant digit first.</summary>
internal sealed unsafe class TimeOrder : IDisposable
{
    private const int DigitBits = 11;
    private const int Buckets = 1 << DigitBits;

    private NativeArray<ulong> _keys;
    private NativeArray<int> _rows;

    /// <param name="times"><see cref="EntityState.NoTime"/> leaves a row out.</param>
    public TimeOrder(ReadOnlySpan<long> times)
    {
        _keys = new NativeArray<ulong>(times.Length);
        _rows = new NativeArray<int>(times.Length);
        var (isSorted, bits, previous) = (true, 0UL, 0UL);
        for (var row = 0; row < times.Length; row++)
        {
            if (times[row] == EntityState.NoTime)
                continue;
            var key = Key(times[row]);
            isSorted &= key >= previous;
            previous = key;
            _keys.Start[Count] = key;
            _rows.Start[Count++] = row;
            bits |= key ^ _keys.Start[0];
        }
        if (!isSorted)
            Sort(bits);
    }

    public int Count { get; private set; }

    /// <summary>Row at <paramref name="position"/> in time.</summary>
    public int Row(int position) => _rows.Start[position];

    public long Time(int position) => (long)(_keys.Start[position] ^ (1UL << 63));

    public void Dispose()
    {
        _keys.Dispose();
        _rows.Dispose();
    }

    // The sign bit flipped: unsigned order is that of the times.
    private static ulong Key(long time) => (ulong)time ^ (1UL << 63);

    /// <param name="bits">Those in which keys differ; digits outside them need no pass.</param>
    private void Sort(ulong bits)
    {
        var keys = new NativeArray<ulong>(_keys.Length);
        var rows = new NativeArray<int>(_rows.Length);
        var starts = new int[Buckets];
        for (var shift = 0; shift < 64; shift += DigitBits)
        {
            if (((bits >> shift) & (Buckets - 1)) == 0)
                continue;
            Array.Clear(starts);
            for (var i = 0; i < Count; i++)
                starts[Digit(_keys.Start[i], shift)]++;
            for (int bucket = 0, start = 0; bucket < Buckets; bucket++)
                (starts[bucket], start) = (start, start + starts[bucket]);
            for (var i = 0; i < Count; i++)
            {
                var to = starts[Digit(_keys.Start[i], shift)]++;
                keys.Start[to] = _keys.Start[i];
                rows.Start[to] = _rows.Start[i];
            }
            (_keys, keys) = (keys, _keys);
            (_rows, rows) = (rows, _rows);
        }
        keys.Dispose();
        rows.Dispose();
    }

    private static int Digit(ulong key, int shift) => (int)(key >> shift) & (Buckets - 1);
}
