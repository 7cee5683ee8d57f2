using Plumbline.Datasets;
using Plumbline.Text;

namespace Plumbline.Features;

/// <summary>
/// The n-grams that become features, learnt from training texts: those in at least <see cref="FeatureOptions.MinDf"/> texts, at most
/// <see cref="FeatureOptions.MaxFeatures"/>, the most frequent first, so that the features most often met lie together in memory.
/// The same texts give the same vocabulary whatever their order in threads.
/// </summary>
internal sealed record NgramVocabulary(ulong[] Hashes, int[] DocumentFrequencies, long Texts)
{
    /// <summary>Distinct n-grams that one counting pass may hold (about 2 GiB); beyond it, passes share the hash range.</summary>
    private const int MostDistinct = 1 << 26;

    /// <param name="read">Starts a pass over the training texts.</param>
    public static NgramVocabulary Learn(
        Func<IEnumerable<RecordBatch>> read, FeatureOptions options, int threads, CancellationToken cancellation, int mostDistinct = MostDistinct)
    {
        var hasher = new NgramHasher(options.Tokens, options.Ngrams);
        for (var passes = 1; ; passes *= 2)
        {
            var kept = new List<(ulong Hash, int Df)>();
            long texts = 0;
            var overflow = false;
            for (var pass = 0; pass < passes && !overflow; pass++)
            {
                (var counter, texts) = Count(read(), hasher, threads, (ulong)passes - 1, (ulong)pass, mostDistinct, cancellation);
                if (counter is null)
                    overflow = true;
                else
                    kept.AddRange(Most(counter.AtLeast(options.MinDf), options.MaxFeatures));
            }
            if (overflow)
                continue;
            var chosen = Most(kept, options.MaxFeatures);
            return new NgramVocabulary([.. chosen.Select(ngram => ngram.Hash)], [.. chosen.Select(ngram => ngram.Df)], texts);
        }
    }

    private static (NgramCounter? Counter, long Texts) Count(
        IEnumerable<RecordBatch> batches, NgramHasher hasher, int threads, ulong mask, ulong partition, int mostDistinct, CancellationToken cancellation)
    {
        // One counter a thread; a batch goes to whichever is free, which cannot matter: counts are added.
        var counters = new System.Collections.Concurrent.ConcurrentBag<NgramCounter>();
        long texts = 0;
        foreach (var count in RecordBatches.MapInOrder(batches, threads, Count, cancellation))
        {
            texts += count;
            if (counters.Sum(counter => (long)counter.Distinct) > mostDistinct)
                return (null, texts);
        }
        if (!counters.TryTake(out var total))
            total = new NgramCounter();
        while (counters.TryTake(out var other))
            total.Add(other);
        return (total, texts);

        int Count(RecordBatch batch)
        {
            if (!counters.TryTake(out var counter))
                counter = new NgramCounter { PartitionMask = mask, Partition = partition };
            var buffer = FeatureBuffer.Current.Ngrams;
            for (var record = 0; record < batch.Count; record++)
            {
                hasher.Hash(batch.Text(record), buffer);
                counter.AddText(buffer.Hashes.AsSpan(0, buffer.Count));
            }
            counters.Add(counter);
            return batch.Count;
        }
    }

    private static List<(ulong Hash, int Df)> Most(IEnumerable<(ulong Hash, int Df)> ngrams, int count)
    {
        var sorted = ngrams.ToList();
        sorted.Sort(static (a, b) => a.Df != b.Df ? b.Df.CompareTo(a.Df) : a.Hash.CompareTo(b.Hash));
        if (sorted.Count > count)
            sorted.RemoveRange(count, sorted.Count - count);
        return sorted;
    }
}
