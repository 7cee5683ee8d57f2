using System.Numerics;

namespace Plumbline.Statistics;

/// <summary>
/// Counts of whole numbers, such as microseconds, by powers of two, each cut into 128 equal buckets as HdrHistogram does: a quantile is off by less than 0.8 % of its value.
/// Integers only, so that it is the same on every machine; sums of histograms are the histogram of all values. <see cref="Record"/> may be called from several threads
/// at once and allocates nothing; what is read meanwhile may lack values that are being recorded.
/// </summary>
public sealed class LatencyHistogram
{
    private const int SubBits = 7;
    private const int Buckets = (64 - SubBits) << SubBits;

    private readonly long[] _counts = new long[Buckets];
    private long _count;
    private long _max;

    public long Count => Volatile.Read(ref _count);

    /// <summary>The largest value, exact; 0 without values.</summary>
    public long Max => Volatile.Read(ref _max);

    /// <param name="value">Below 0 counts as 0.</param>
    public void Record(long value)
    {
        value = Math.Max(0, value);
        Interlocked.Increment(ref _counts[Index(value)]);
        Interlocked.Increment(ref _count);
        for (var max = Max; value > max; max = Max)
            Interlocked.CompareExchange(ref _max, value, max);
    }

    /// <summary>The smallest recorded value, to bucket precision, that a share of <paramref name="quantile"/> does not exceed; 0 without values.</summary>
    public double Quantile(double quantile) => AtRank(Math.Max(1, (long)Math.Ceiling(quantile * Count)));

    /// <summary>The value that <paramref name="rank"/> values do not exceed, to bucket precision.</summary>
    /// <param name="rank">From 1; beyond the count it is the largest value.</param>
    public double AtRank(long rank)
    {
        long seen = 0;
        for (var i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= rank)
                return Math.Min(Middle(i), Max);
        }
        return Max;
    }

    /// <summary>All values of both; neither is changed.</summary>
    public static LatencyHistogram Sum(LatencyHistogram first, LatencyHistogram second)
    {
        var sum = new LatencyHistogram { _count = first._count + second._count, _max = Math.Max(first._max, second._max) };
        for (var i = 0; i < Buckets; i++)
            sum._counts[i] = first._counts[i] + second._counts[i];
        return sum;
    }

    /// <summary>Index and count of each bucket that has values, the smallest first.</summary>
    public IEnumerable<(int Index, long Count)> NonEmptyBuckets()
    {
        for (var i = 0; i < _counts.Length; i++)
        {
            if (_counts[i] > 0)
                yield return (i, _counts[i]);
        }
    }

    /// <exception cref="ArgumentException">An index that no bucket has, a count below 1, or a largest value outside the last bucket.</exception>
    internal static LatencyHistogram Of(long max, IEnumerable<(int Index, long Count)> buckets)
    {
        var (histogram, last) = (new LatencyHistogram { _max = max }, 0);
        foreach (var (index, count) in buckets)
        {
            if (index is < 0 or >= Buckets || count < 1)
                throw new ArgumentException(FormattableString.Invariant($"A latency histogram has no bucket {index} of {count} values; indexes are 0 to {Buckets - 1}, counts at least 1."));
            histogram._counts[index] += count;
            histogram._count += count;
            last = Math.Max(last, index);
        }
        return max >= 0 && Index(max) == last ? histogram : throw new ArgumentException(FormattableString.Invariant($"The largest latency {max} is not in the last bucket, {last}."));
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
