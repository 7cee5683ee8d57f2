namespace Plumbline.Statistics;

/// <summary>Two samples of numbers, as what their values are and how often each sample has each. Immutable; thread-safe.</summary>
/// <param name="Values">In growing order, each in at least one of the samples.</param>
internal sealed record TwoSamples(double[] Values, long[] First, long[] Second)
{
    public long FirstCount { get; } = First.Sum();

    public long SecondCount { get; } = Second.Sum();

    public static TwoSamples Of(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        var counts = new SortedDictionary<double, (long First, long Second)>();
        foreach (var value in first)
            counts[value] = counts.GetValueOrDefault(value) is var found ? (found.First + 1, found.Second) : default;
        foreach (var value in second)
            counts[value] = counts.GetValueOrDefault(value) is var found ? (found.First, found.Second + 1) : default;
        return Of(counts);
    }

    /// <summary>Each value is the middle of its bucket.</summary>
    public static TwoSamples Of(QuantileSketch first, QuantileSketch second)
    {
        var level = Math.Max(first.Level, second.Level);
        var counts = new SortedDictionary<double, (long First, long Second)>();
        foreach (var (value, count) in first.Buckets(level))
            counts[value] = (count, 0);
        foreach (var (value, count) in second.Buckets(level))
            counts[value] = (counts.GetValueOrDefault(value).First, count);
        return Of(counts);
    }

    /// <summary>The value of a place in the first sample, sorted, from 0.</summary>
    public double FirstAt(long place)
    {
        for (var i = 0; i < Values.Length; i++)
        {
            if ((place -= First[i]) < 0)
                return Values[i];
        }
        throw new ArgumentOutOfRangeException(nameof(place));
    }

    /// <summary>Standard deviation of the first sample's values.</summary>
    public double FirstDeviation
    {
        get
        {
            double sum = 0, squares = 0;
            for (var i = 0; i < Values.Length; i++)
                (sum, squares) = (sum + (First[i] * Values[i]), squares + (First[i] * Values[i] * Values[i]));
            return FirstCount == 0 ? 0 : Math.Sqrt(Math.Max(0, (squares / FirstCount) - (sum / FirstCount * (sum / FirstCount))));
        }
    }

    /// <summary>Between which values all but a share at each end of both samples together lie; at least one value.</summary>
    public (double Low, double High) Central(double tails)
    {
        var cut = (FirstCount + SecondCount) * tails;
        var (low, high) = (0, Values.Length - 1);
        for (double seen = First[low] + Second[low]; seen < cut; seen += First[low] + Second[low])
            low++;
        for (double seen = First[high] + Second[high]; seen < cut; seen += First[high] + Second[high])
            high--;
        return (Values[low], Values[high]);
    }

    /// <summary>
    /// Counts of both samples in bins that hold equal shares of the first, as far as equal values let them: closed at the right, open at both ends. A value that has such a share by itself is a bin of
    /// its own: what was nearly constant would else move unseen.
    /// </summary>
    /// <param name="isCoarse">Whether values stand for whole bins: then none is alone.</param>
    public (long[] First, long[] Second, double[] Cuts) Bins(int bins, bool isCoarse = false)
    {
        List<long> first = [0], second = [0];
        var cuts = new List<double>();
        var (seen, cut, isFull) = (0L, 0L, false);
        for (var i = 0; i < Values.Length; i++)
        {
            var isAlone = !isCoarse && First[i] > 0 && First[i] * bins >= FirstCount;
            if (i > 0 && (isFull || isAlone))
            {
                cut = seen;
                cuts.Add(Values[i - 1]);
                first.Add(0);
                second.Add(0);
            }
            first[^1] += First[i];
            second[^1] += Second[i];
            seen += First[i];
            isFull = isAlone || (seen != FirstCount && seen * bins / FirstCount != cut * bins / FirstCount);
        }
        return ([.. first], [.. second], [.. cuts]);
    }

    private static TwoSamples Of(SortedDictionary<double, (long First, long Second)> counts) =>
        new([.. counts.Keys], [.. counts.Values.Select(count => count.First)], [.. counts.Values.Select(count => count.Second)]);
}
