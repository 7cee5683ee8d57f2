using System.Numerics;
using Plumbline.Datasets;
using Plumbline.Text;

namespace Plumbline.Features;

/// <summary>
/// Document frequencies of n-grams, counted by parts of the hash range beside each other, each over all texts: no counter is shared, none is merged.
/// May hold some of the parts only, where all together would be too many. Not thread-safe.
/// </summary>
internal sealed class NgramCounts : IDisposable
{
    private readonly NgramHasher _hasher;
    private readonly FeatureOptions _options;
    private readonly NgramCounter[] _counters;

    /// <param name="parts">Parts of the whole hash range, a power of two.</param>
    /// <param name="first">First of the parts counted here.</param>
    /// <param name="count">How many of them, each on a thread.</param>
    public NgramCounts(FeatureOptions options, int parts, int first, int count)
    {
        _hasher = new NgramHasher(options.Tokens, options.Ngrams);
        _options = options;
        _counters = [.. Enumerable.Range(first, count).Select(part => new NgramCounter((ulong)part, (ulong)parts - 1))];
    }

    public long Texts { get; private set; }

    public long Distinct => _counters.Sum(counter => (long)counter.Distinct);

    /// <summary>As many parts as may be counted at once on some threads.</summary>
    public static int PartsFor(int threads) => (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, threads));

    /// <returns>False, and counting has ended early, once there are more than <paramref name="mostDistinct"/> n-grams.</returns>
    public bool Add(IEnumerable<RecordBatch> batches, int mostDistinct, CancellationToken cancellation)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = _counters.Length, CancellationToken = cancellation };
        foreach (var batch in batches)
        {
            Texts += batch.Count;
            Parallel.ForEach(_counters, parallel, counter =>
            {
                var buffer = FeatureBuffer.Current.Ngrams;
                for (var record = 0; record < batch.Count; record++)
                {
                    _hasher.Hash(batch.Text(record), buffer);
                    counter.AddText(buffer.Hashes.AsSpan(0, buffer.Count));
                }
            });
            if (Distinct > mostDistinct)
                return false;
        }
        return true;
    }

    /// <summary>The n-grams in at least min_df texts, down to the frequency at which there are max_features; in no order.</summary>
    public IEnumerable<(ulong Hash, int Df)> Most() => _counters.SelectMany(counter => counter.Most(_options.MinDf, _options.MaxFeatures));

    public void Dispose()
    {
        foreach (var counter in _counters)
            counter.Dispose();
    }
}
