using FsCheck.Xunit;
using Plumbline.Inference.Caching;
using Plumbline.Statistics;

namespace Plumbline.Tests.Inference.Caching;

public sealed class S3FifoCacheTests
{
    private static readonly int Size = Answer(0).Bytes;

    [Property(MaxTest = 300)]
    public void FindAndAdd_AnyUse_AsTheNaiveOneDoes(byte[] keys, byte room)
    {
        var places = 1 + (room % 20);
        var (cache, naive) = (new S3FifoCache(places * Size), new NaiveS3Fifo(places));
        foreach (var key in keys)
        {
            var id = key % 40;
            var found = cache.Find(Key(id));
            (found?.Label).ShouldBe(naive.Find(id) ? id : null);
            if (found is null)
            {
                cache.Add(Key(id), Answer(id));
                naive.Add(id);
            }
            cache.Bytes.ShouldBeLessThanOrEqualTo(cache.Capacity);
            cache.Count.ShouldBe(naive.Count);
        }
    }

    [Fact]
    public void Add_AnswersOfManySizes_NeverBeyondTheCapacity()
    {
        var (cache, random) = (new S3FifoCache(100_000), new RandomSource(5));
        for (var i = 0; i < 20_000; i++)
        {
            cache.Add(Key(i), new CachedAnswer(0, new float[1 + random.NextInt32(2000)]));
            if (i > 0)
                cache.Find(Key(random.NextInt32(i)));
            cache.Bytes.ShouldBeLessThanOrEqualTo(100_000);
        }
        cache.Count.ShouldBeGreaterThan(5);
        cache.Evicted.ShouldBe(20_000 - cache.Count);
        var small = new S3FifoCache(Size - 1);
        small.Add(Key(1), Answer(1));
        small.Count.ShouldBe(0, "larger than the whole");
    }

    [Fact]
    public void Find_HotAnswersAfterAScan_AreStillThere()
    {
        const int Places = 1000, Hot = 500;
        var cache = new S3FifoCache(Places * Size);
        for (var round = 0; round < 4; round++)
        {
            for (var i = 0; i < Hot; i++)
            {
                if (cache.Find(Key(i)) is null)
                    cache.Add(Key(i), Answer(i));
            }
        }
        for (var i = 0; i < 50 * Places; i++)
            cache.Add(Key(1_000_000 + i), Answer(1));
        Enumerable.Range(0, Hot).Count(i => cache.Find(Key(i)) is not null).ShouldBe(Hot);
    }

    [Fact]
    public async Task FindAndAdd_ManyAtOnce_EveryAnswerIsItsOwn()
    {
        var cache = new S3FifoCache(2000 * Size);
        await Parallel.ForAsync(0, 4, (thread, _) =>
        {
            var random = new RandomSource((ulong)thread);
            for (var i = 0; i < 20_000; i++)
            {
                var id = random.NextInt32(random.NextInt32(2) == 0 ? 500 : 20_000);
                if (cache.Find(Key(id)) is { } found)
                    found.Label.ShouldBe(id);
                else
                    cache.Add(Key(id), Answer(id));
            }
            return ValueTask.CompletedTask;
        });
        cache.Bytes.ShouldBe((long)cache.Count * Size);
        cache.Bytes.ShouldBeLessThanOrEqualTo(cache.Capacity);
    }

    private static CachedAnswer Answer(int label) => new(label, [1]);

    private static PredictionKey Key(int id) => PredictionKey.Of(BitConverter.GetBytes(id));

    /// <summary>Of answers of one size: plain lists, searched through.</summary>
    private sealed class NaiveS3Fifo(int places)
    {
        private readonly List<(int Key, int Uses)> _small = [], _main = [];
        private readonly List<int?> _gone = [];

        public int Count => _small.Count + _main.Count;

        public bool Find(int key)
        {
            foreach (var queue in new[] { _small, _main })
            {
                if (queue.FindIndex(entry => entry.Key == key) is >= 0 and var at)
                {
                    queue[at] = (key, Math.Min(3, queue[at].Uses + 1));
                    return true;
                }
            }
            return false;
        }

        public void Add(int key)
        {
            while (Count >= places)
                Evict();
            var at = _gone.LastIndexOf(key);
            if (at >= 0)
                _gone[at] = null;
            (at >= 0 ? _main : _small).Add((key, 0));
        }

        private void Evict()
        {
            if (_main.Count == 0 || _small.Count >= 0.1 * places)
            {
                while (_small.Count > 0)
                {
                    var oldest = _small[0];
                    _small.RemoveAt(0);
                    if (oldest.Uses <= 1)
                    {
                        while (_gone.Count > Count)
                            _gone.RemoveAt(0);
                        _gone.Add(oldest.Key);
                        return;
                    }
                    _main.Add((oldest.Key, 0));
                }
            }
            while (_main.Count > 0)
            {
                var oldest = _main[0];
                _main.RemoveAt(0);
                if (oldest.Uses == 0)
                    return;
                _main.Add((oldest.Key, oldest.Uses - 1));
            }
        }
    }
}
