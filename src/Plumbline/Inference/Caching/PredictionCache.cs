using System.Collections.Concurrent;

namespace Plumbline.Inference.Caching;

/// <summary>
/// Answers that were given before, in memory and, behind that, in Redis; of equal requests at a time one computes, and the others wait for it: docs/specs/prediction-cache.md. Thread-safe.
/// </summary>
public sealed class PredictionCache : IAsyncDisposable
{
    private readonly ConcurrentDictionary<PredictionKey, Computation> _computing = new();
    private readonly S3FifoCache _memory;
    private readonly RedisAnswers? _redis;

    /// <exception cref="ArgumentException">An option cannot be used.</exception>
    public PredictionCache(PredictionCacheOptions options, TimeProvider time)
    {
        options.Validate();
        _memory = new S3FifoCache(options.MemoryBytes);
        _redis = options.Redis is { } redis ? new RedisAnswers(redis, options.TimeToLive, time) : null;
    }

    /// <summary>Of memory that answers take.</summary>
    public long Bytes => _memory.Bytes;

    /// <summary>Answers in memory.</summary>
    public int Count => _memory.Count;

    /// <summary>Answers that made place for others.</summary>
    public long Evicted => _memory.Evicted;

    /// <summary>Whether servers share answers.</summary>
    public bool IsShared => _redis is not null;

    /// <summary>Whether Redis answered when it was asked last, which is at most some seconds ago; true without one.</summary>
    public bool IsUp => _redis?.IsUp ?? true;

    /// <summary>An answer in memory, or the computation of one.</summary>
    /// <param name="computation">Null where the answer is there.</param>
    /// <param name="leads">Whether the caller is to compute it, and to end it by <see cref="Complete"/> or <see cref="Abandon"/>; else to wait for it.</param>
    public CachedAnswer? Find(in PredictionKey key, out Computation? computation, out bool leads)
    {
        (computation, leads) = (null, false);
        if (_memory.Find(key) is { } found)
            return found;
        var mine = new Computation(key);
        computation = _computing.GetOrAdd(key, mine);
        leads = computation == mine;
        // One may have ended since the first look; it is in memory before it ends.
        if (!leads || _memory.Find(key) is not { } ended)
            return null;
        End(mine, ended);
        (computation, leads) = (null, false);
        return ended;
    }

    /// <summary>Looks for answers of other servers.</summary>
    /// <param name="keys">That the caller is to compute.</param>
    /// <param name="labels">Of the model.</param>
    /// <returns>One a key, null where there is none; at once, all null, without a Redis that answers.</returns>
    public ValueTask<CachedAnswer?[]> FindSharedAsync(IReadOnlyList<PredictionKey> keys, int labels, CancellationToken cancellation) => _redis!.FindAsync(keys, labels, cancellation);

    /// <summary>Keeps an answer, and gives it to those who wait.</summary>
    /// <param name="isShared">Whether it came from Redis.</param>
    public void Complete(Computation computation, CachedAnswer answer, bool isShared)
    {
        _memory.Add(computation.Key, answer);
        if (!isShared)
            _redis?.Add(computation.Key, answer);
        End(computation, answer);
    }

    /// <summary>Gives up: one of those who wait computes.</summary>
    public void Abandon(Computation computation) => End(computation, null);

    public ValueTask DisposeAsync() => _redis?.DisposeAsync() ?? ValueTask.CompletedTask;

    private void End(Computation computation, CachedAnswer? answer)
    {
        _computing.TryRemove(KeyValuePair.Create(computation.Key, computation));
        computation.End(answer);
    }
}
