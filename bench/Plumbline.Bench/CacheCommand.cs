using System.Diagnostics;
using System.Text.Json;
using Plumbline.Inference;
using Plumbline.Inference.Caching;
using Plumbline.Statistics;

namespace Plumbline.Bench;

/// <summary>The prediction cache in process, on one thread: an answer that is found, and one that is looked for in vain, beside one that is computed; and the share of requests that find theirs.</summary>
internal static class CacheCommand
{
    private const int Rounds = 30;
    private const int Requests = 400_000;
    private const int Distinct = 50_000;

    private static readonly Lazy<PredictionCache> Full = new(() => new PredictionCache(new PredictionCacheOptions { MemoryBytes = 4 * 1024 * 1024 }, TimeProvider.System));
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    /// <summary>Of the distinct texts.</summary>
    private static readonly double[] Rooms = [0.01, 0.1, 0.3];

    public static Task<int> RunAsync(string[] args)
    {
        using IPredictor predictor = File.Exists(args[0]) ? OnnxPredictor.Load(args[0]) : Predictor.Load(args[0]);
        var texts = File.ReadLines(args[1]).Select(line => System.Text.Encoding.UTF8.GetBytes(JsonSerializer.Deserialize<string>(line)!)).ToArray();
        var cache = new S3FifoCache(64 * 1024 * 1024);
        var probabilities = new float[predictor.Labels.Count];
        var digest = Convert.FromHexString(predictor.Digest);
        var content = new byte[digest.Length + texts.Max(text => text.Length)];
        digest.CopyTo(content, 0);
        foreach (var text in texts)
            cache.Add(KeyOf(content, text), new CachedAnswer(predictor.Predict(text, default, probabilities, default), [.. probabilities]));
        var computed = Median(texts, text => predictor.Predict(text, default, probabilities, default));
        var found = Median(texts, text => cache.Find(KeyOf(content, text))!.Label);
        var misses = 0UL;
        var missed = Median(texts, text => Miss(KeyOf(content, text), ++misses, probabilities));
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var text in texts)
            _ = cache.Find(KeyOf(content, text));
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            texts = texts.Length,
            mean_bytes = texts.Average(text => text.Length),
            computed_us = Math.Round(computed, 2),
            found_us = Math.Round(found, 2),
            missed_us = Math.Round(missed, 2),
            break_even_hit_ratio = Math.Round(missed / (missed + computed - found), 2),
            allocated_bytes = allocated,
            memory_by_count = Math.Round(MemoryByCount(), 2),
            hit_ratios = Rooms.ToDictionary(room => room.ToString(System.Globalization.CultureInfo.InvariantCulture), room => Math.Round(HitRatio(room), 3)),
        }));
        return Task.FromResult(0);
    }

    /// <summary>What an answer that is not there costs beside its computing; each time in a cache that is full of others.</summary>
    private static int Miss(in PredictionKey key, ulong number, float[] probabilities)
    {
        var mine = key with { First = key.First ^ number, Fourth = number };
        if (Full.Value.Find(mine, out var computation, out _) is null)
            Full.Value.Complete(computation!, new CachedAnswer(0, [.. probabilities]), isShared: false);
        return 0;
    }

    private static PredictionKey KeyOf(byte[] content, byte[] text)
    {
        text.CopyTo(content, PredictionKey.Size);
        return PredictionKey.Of(content.AsSpan(0, PredictionKey.Size + text.Length));
    }

    /// <summary>Microseconds a text; the best round is the one that other work on the machine disturbed least.</summary>
    private static double Median(byte[][] texts, Func<byte[], int> answer)
    {
        var best = double.PositiveInfinity;
        var laps = new double[texts.Length];
        var began = Stopwatch.GetTimestamp();
        for (var round = 0; round < Rounds && Stopwatch.GetElapsedTime(began) < Longest; round++)
        {
            for (var i = 0; i < texts.Length; i++)
            {
                var start = Stopwatch.GetTimestamp();
                answer(texts[i]);
                laps[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
            }
            Array.Sort(laps);
            best = Math.Min(best, laps[laps.Length / 2]);
        }
        return best;
    }

    /// <summary>Of requests for the k-th of 50,000 texts as often as 1/k, and in between as many for texts that come once.</summary>
    /// <param name="room">Share of the texts that there is room for.</param>
    private static double HitRatio(double room)
    {
        var answer = new CachedAnswer(0, new float[5]);
        var (cache, random) = (new S3FifoCache((long)(room * Distinct) * answer.Bytes), new RandomSource(1));
        var (hits, scale) = (0, Math.Log(Distinct + 1));
        for (var i = 0; i < Requests; i++)
        {
            var popular = Key((int)Math.Exp(random.NextDouble() * scale));
            if (cache.Find(popular) is not null)
                hits++;
            else
                cache.Add(popular, new CachedAnswer(0, new float[5]));
            cache.Add(Key(-1 - i), new CachedAnswer(0, new float[5]));
        }
        return (double)hits / Requests;
    }

    /// <summary>Memory that a full cache takes, as a multiple of what it counts.</summary>
    private static double MemoryByCount()
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var cache = new S3FifoCache(64 * 1024 * 1024);
        for (var i = 0; cache.Evicted < 2L * cache.Count || cache.Evicted == 0; i++)
            cache.Add(Key(i), new CachedAnswer(i, new float[5]));
        var ratio = (double)(GC.GetTotalMemory(forceFullCollection: true) - before) / cache.Bytes;
        GC.KeepAlive(cache);
        return ratio;
    }

    private static PredictionKey Key(int id) => PredictionKey.Of(BitConverter.GetBytes(id));
}
