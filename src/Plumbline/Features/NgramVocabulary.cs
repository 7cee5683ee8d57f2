using System.Numerics;
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
        var parallel = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, threads));
        for (var parts = parallel; ; parts *= 2)
        {
            var kept = new List<(ulong Hash, int Df)>();
            long texts = 0;
            var overflow = false;
            for (var first = 0; first < parts && !overflow; first += parallel)
            {
                (var counters, texts) = Count(read(), hasher, parts, first, parallel, mostDistinct, cancellation);
                overflow = counters is null;
                foreach (var counter in counters ?? [])
                    kept.AddRange(counter.Most(options.MinDf, options.MaxFeatures));
            }
            if (overflow)
                continue;
            var chosen = Most(kept, options.MaxFeatures);
            return new NgramVocabulary([.. chosen.Select(ngram => ngram.Hash)], [.. chosen.Select(ngram => ngram.Df)], texts);
        }
    }

    /// <summary>Counts parts of the hash range beside each other, each over all texts: no counter is shared, none is merged.</summary>
    /// <returns>Null if they hold too many n-grams together.</returns>
    private static (NgramCounter[]? Counters, long Texts) Count(
        IEnumerable<RecordBatch> batches, NgramHasher hasher, int parts, int first, int count, int mostDistinct, CancellationToken cancellation)
    {
        var counters = Enumerable.Range(first, count).Select(part => new NgramCounter((ulong)part, (ulong)parts - 1)).ToArray();
        var options = new ParallelOptions { MaxDegreeOfParallelism = count, CancellationToken = cancellation };
        long texts = 0;
        foreach (var batch in batches)
        {
            texts += batch.Count;
            Parallel.ForEach(counters, options, counter =>
            {
                var buffer = FeatureBuffer.Current.Ngrams;
                for (var record = 0; record < batch.Count; record++)
                {
                    hasher.Hash(batch.Text(record), buffer);
                    counter.AddText(buffer.Hashes.AsSpan(0, buffer.Count));
                }
            });
            if (counters.Sum(counter => (long)counter.Distinct) > mostDistinct)
                return (null, texts);
        }
        return (counters, texts);
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
