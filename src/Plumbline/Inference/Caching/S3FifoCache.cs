using System.Collections.Concurrent;

namespace Plumbline.Inference.Caching;

/// <summary>
/// Answers in memory, bounded in bytes. What to keep is decided as S3-FIFO does (Yang, Zhang, Qiu, Yue &amp; Vigfusson 2023): a small queue for what is new, a main one for what was used again, and the keys of what left the
/// small one, so that a scan of texts that never come again drives nothing out. Thread-safe; finding takes no lock and allocates nothing.
/// </summary>
internal sealed class S3FifoCache(long capacity)
{
    public const int MostUses = 3;

    /// <summary>Of the capacity, for what is new.</summary>
    private const double SmallShare = 0.1;

    private readonly ConcurrentDictionary<PredictionKey, CachedAnswer> _answers = new();
    private readonly Queue<CachedAnswer> _small = new();
    private readonly Queue<CachedAnswer> _main = new();
    private readonly Queue<PredictionKey> _gone = new();

    /// <summary>By key: which of all that left the small queue it was.</summary>
    private readonly Dictionary<PredictionKey, long> _goneAs = [];
    private readonly Lock _adding = new();
    private long _left;
    private long _smallBytes;
    private long _bytes;
    private long _evicted;

    public long Capacity => capacity;

    /// <summary>Of memory, as counted by <see cref="CachedAnswer.Bytes"/>; at most <see cref="Capacity"/>.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    public long Evicted => Volatile.Read(ref _evicted);

    public int Count => _small.Count + _main.Count;

    public CachedAnswer? Find(in PredictionKey key)
    {
        if (!_answers.TryGetValue(key, out var found))
            return null;
        if (found.Uses < MostUses)
            found.Uses++;
        return found;
    }

    /// <summary>Keeps an answer, unless there is one, or it is larger than the whole.</summary>
    /// <param name="answer">Not kept by any cache.</param>
    public void Add(in PredictionKey key, CachedAnswer answer)
    {
        if (answer.Bytes > capacity)
            return;
        lock (_adding)
        {
            answer.Key = key;
            if (_answers.ContainsKey(key))
                return;
            while (_bytes + answer.Bytes > capacity)
                Evict();
            if (_goneAs.Remove(key))
            {
                _main.Enqueue(answer);
            }
            else
            {
                _small.Enqueue(answer);
                _smallBytes += answer.Bytes;
            }
            _bytes += answer.Bytes;
            _answers[key] = answer;
        }
    }

    private void Evict()
    {
        if (_main.Count > 0 && _smallBytes < SmallShare * capacity)
            EvictMain();
        else
            EvictSmall();
    }

    private void EvictSmall()
    {
        while (_small.TryDequeue(out var oldest))
        {
            _smallBytes -= oldest.Bytes;
            if (oldest.Uses > 1)
            {
                oldest.Uses = 0;
                _main.Enqueue(oldest);
                continue;
            }
            Remove(oldest);
            Remember(oldest.Key);
            return;
        }
        EvictMain();
    }

    private void EvictMain()
    {
        // Bounded, since others may use what goes round meanwhile.
        for (var turns = MostUses * _main.Count; _main.TryDequeue(out var oldest); turns--)
        {
            if (oldest.Uses == 0 || turns <= 0)
            {
                Remove(oldest);
                return;
            }
            oldest.Uses--;
            _main.Enqueue(oldest);
        }
    }

    private void Remove(CachedAnswer answer)
    {
        _answers.TryRemove(answer.Key, out _);
        _bytes -= answer.Bytes;
        _evicted++;
    }

    /// <summary>Of as many that left as there are answers; who came back since is not among them.</summary>
    private void Remember(in PredictionKey key)
    {
        while (_gone.Count > Count)
        {
            var number = _left - _gone.Count;
            if (_gone.Dequeue() is var oldest && _goneAs.TryGetValue(oldest, out var last) && last == number)
                _goneAs.Remove(oldest);
        }
        _goneAs[key] = _left++;
        _gone.Enqueue(key);
    }
}
