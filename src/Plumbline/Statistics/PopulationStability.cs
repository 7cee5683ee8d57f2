namespace Plumbline.Statistics;

/// <summary>
/// The population stability index by the rules of different houses for what a bin is: docs/specs/drift.md. The first sample is what is expected. Pure.
/// </summary>
internal static class PopulationStability
{
    private const double EmptyShare = 1e-6;

    /// <summary>Of counts in the same bins, without the bias that finite samples have, at least 0: (bins − 1)(1/n + 1/m) is what is expected of samples of one distribution (Yurdakul &amp; Naranjo 2020).</summary>
    public static double Unbiased(ReadOnlySpan<long> first, ReadOnlySpan<long> second)
    {
        var (n, m) = (Sum(first), Sum(second));
        if (n == 0 || m == 0)
            return 0;
        var used = 0;
        for (var bin = 0; bin < first.Length; bin++)
            used += first[bin] + second[bin] > 0 ? 1 : 0;
        var bias = (used - 1) * ((1.0 / n) + (1.0 / m));
        return Math.Max(0, Divergence.PopulationStabilityIndex(Shares(first, n), Shares(second, m)) - bias);
    }

    /// <summary>Bins by quantiles of the first sample, open at both ends; as it is, its bias included.</summary>
    public static double OfQuantileBins(TwoSamples samples, int bins = 10)
    {
        var (first, second, _) = samples.Bins(bins);
        return Divergence.PopulationStabilityIndex(Shares(first, samples.FirstCount), Shares(second, samples.SecondCount));
    }

    /// <summary>Ten bins between the deciles of the first sample, interpolated; what lies outside them does not count, and a share is (count + 1e-6) ÷ (counted + 10 · 1e-6).</summary>
    public static double OfInnerDeciles(TwoSamples samples)
    {
        const int Bins = 10;
        var cuts = new double[Bins + 1];
        for (var cut = 0; cut <= Bins; cut++)
        {
            var at = (samples.FirstCount - 1) * cut / (double)Bins;
            var (low, high) = (samples.FirstAt((long)Math.Floor(at)), samples.FirstAt((long)Math.Ceiling(at)));
            cuts[cut] = low + ((high - low) * (at - Math.Floor(at)));
        }
        var (first, second) = Histograms(samples, cuts);
        return Index(first, second, (count, counted) => (count + EmptyShare) / (counted + (Bins * EmptyShare)));
    }

    /// <summary>Bins of equal width over both samples, as many as Sturges (1926) says of both together; an empty one has the share 1e-4. Evidently's rule.</summary>
    public static double OfSturgesBins(TwoSamples samples)
    {
        var bins = (int)Math.Ceiling(Math.Log2(samples.FirstCount + samples.SecondCount) + 1);
        var (low, high) = (samples.Values[0], samples.Values[^1]);
        var cuts = Enumerable.Range(0, bins + 1).Select(cut => cut == bins ? high : low + ((high - low) * cut / bins)).ToArray();
        var (first, second) = Histograms(samples, cuts);
        return Index(first, second, (count, counted) => count == 0 ? 1e-4 : (double)count / counted);
    }

    /// <summary>Counts in [cut, next cut), the last of them closed.</summary>
    private static (long[] First, long[] Second) Histograms(TwoSamples samples, double[] cuts)
    {
        var (first, second) = (new long[cuts.Length - 1], new long[cuts.Length - 1]);
        for (var i = 0; i < samples.Values.Length; i++)
        {
            var value = samples.Values[i];
            if (value < cuts[0] || value > cuts[^1])
                continue;
            var bin = 0;
            while (bin < first.Length - 1 && value >= cuts[bin + 1])
                bin++;
            first[bin] += samples.First[i];
            second[bin] += samples.Second[i];
        }
        return (first, second);
    }

    private static double Index(long[] first, long[] second, Func<long, long, double> share)
    {
        var (n, m) = (first.Sum(), second.Sum());
        return first.Zip(second).Sum(bin => (share(bin.Second, m) - share(bin.First, n)) * Math.Log(share(bin.Second, m) / share(bin.First, n)));
    }

    private static double[] Shares(ReadOnlySpan<long> counts, long all)
    {
        var shares = new double[counts.Length];
        for (var bin = 0; bin < shares.Length; bin++)
            shares[bin] = (double)counts[bin] / Math.Max(1, all);
        return shares;
    }

    private static long Sum(ReadOnlySpan<long> counts)
    {
        long sum = 0;
        foreach (var count in counts)
            sum += count;
        return sum;
    }
}
