using System.Numerics;

namespace Plumbline.Bench.Load;

/// <summary>Counts by powers of two, each cut into 128 equal buckets as HdrHistogram does: the relative error stays below 0.8 %.</summary>
internal sealed class LatencyHistogram
{
    private const int SubBits = 7;
    private readonly long[] _counts = new long[(64 - SubBits) << SubBits];

    public long Count { get; private set; }

    public long Max { get; private set; }

    public void Record(long value)
    {
        value = Math.Max(0, value);
        _counts[Index(value)]++;
        Count++;
        Max = Math.Max(Max, value);
    }

    /// <summary>The smallest recorded value, to bucket precision, that a share of <paramref name="quantile"/> does not exceed.</summary>
    public double Quantile(double quantile)
    {
        var wanted = Math.Max(1, (long)Math.Ceiling(quantile * Count));
        long seen = 0;
        for (var i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= wanted)
                return Math.Min(Middle(i), Max);
        }
        return 0;
    }

    private static int Index(long value)
    {
        if (value < 1 << SubBits)
            return (int)value;
        var shift = BitOperations.Log2((ulong)value) - SubBits;
        return ((shift + 1) << SubBits) + (int)((value >> shift) & ((1 << SubBits) - 1));
    }

    private static double Middle(int index)
    {
        var shift = Math.Max(0, (index >> SubBits) - 1);
        var low = index < 1 << SubBits ? index : (long)((1 << SubBits) | (index & ((1 << SubBits) - 1))) << shift;
        return low + (((1L << shift) - 1) / 2.0);
    }
}
