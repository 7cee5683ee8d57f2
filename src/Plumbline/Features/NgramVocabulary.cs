using Plumbline.Datasets;

namespace Plumbline.Features;

/// <summary>
/// The n-grams that become features, learnt from training texts: those in at least <see cref="FeatureOptions.MinDf"/> texts, at most
/// <see cref="FeatureOptions.MaxFeatures"/>, the most frequent first, so that the features most often met lie together in memory.
/// The same texts give the same vocabulary whatever their order in threads.
/// </summary>
internal sealed record NgramVocabulary(ulong[] Hashes, int[] DocumentFrequencies, long Texts)
{
    /// <summary>Distinct n-grams that one counting pass may hold (about 1 GiB, half as much again while a table grows); beyond it, passes share the hash range.</summary>
    private const int MostDistinct = 1 << 25;

    /// <summary>Counts that are kept for a later, larger set of texts hold at most this many n-grams (about 256 MiB).</summary>
    private const int MostKept = 1 << 23;

    /// <param name="read">Starts a pass over the training texts.</param>
    public static NgramVocabulary Learn(
        Func<IEnumerable<RecordBatch>> read, FeatureOptions options, int threads, CancellationToken cancellation, int mostDistinct = MostDistinct)
    {
        var vocabulary = Learn(read, options, threads, out var counts, cancellation, mostDistinct);
        counts?.Dispose();
        return vocabulary;
    }

    /// <param name="counts">What was counted, to be continued by <see cref="From"/>; null where that would take too much memory.</param>
    public static NgramVocabulary Learn(
        Func<IEnumerable<RecordBatch>> read, FeatureOptions options, int threads, out NgramCounts? counts, CancellationToken cancellation,
        int mostDistinct = MostDistinct)
    {
        var parallel = NgramCounts.PartsFor(threads);
        for (var parts = parallel; ; parts *= 2)
        {
            var kept = new List<(ulong Hash, int Df)>();
            NgramCounts counted;
            var first = 0;
            do
            {
                counted = new NgramCounts(options, parts, first, parallel);
                if (!counted.Add(read(), mostDistinct, cancellation))
                    break;
                kept.AddRange(counted.Most());
                first += parallel;
                if (first < parts)
                    counted.Dispose();
            }
            while (first < parts);
            var isKept = parts == parallel && first == parts && counted.Distinct <= MostKept;
            if (!isKept)
                counted.Dispose();
            if (first < parts)
                continue;
            counts = isKept ? counted : null;
            return Of(kept, options.MaxFeatures, counted.Texts);
        }
    }

    /// <summary>The vocabulary of all texts that <paramref name="counts"/> has seen.</summary>
    public static NgramVocabulary From(NgramCounts counts, FeatureOptions options) => Of([.. counts.Most()], options.MaxFeatures, counts.Texts);

    private static NgramVocabulary Of(List<(ulong Hash, int Df)> ngrams, int most, long texts)
    {
        // By frequency, then within each frequency by hash: two sorts of plain numbers are several times faster than one with a comparison.
        var frequencies = new int[ngrams.Count];
        var hashes = new ulong[ngrams.Count];
        for (var i = 0; i < hashes.Length; i++)
            (hashes[i], frequencies[i]) = (ngrams[i].Hash, -ngrams[i].Df);
        Array.Sort(frequencies, hashes);
        for (int start = 0, end; start < hashes.Length; start = end)
        {
            for (end = start + 1; end < hashes.Length && frequencies[end] == frequencies[start];)
                end++;
            hashes.AsSpan(start..end).Sort();
        }
        Array.Resize(ref hashes, Math.Min(most, hashes.Length));
        Array.Resize(ref frequencies, hashes.Length);
        for (var i = 0; i < frequencies.Length; i++)
            frequencies[i] = -frequencies[i];
        return new NgramVocabulary(hashes, frequencies, texts);
    }
}
