using Plumbline.Datasets;
using Plumbline.Text;

namespace Plumbline.Features;

/// <summary>
/// Document frequencies of n-grams by hash: in how many texts each occurs. Open addressing; not thread-safe; counters of disjoint texts are
/// merged by <see cref="Add(NgramCounter)"/>, in any order to the same result.
/// </summary>
internal sealed class NgramCounter
{
    private ulong[] _hashes = new ulong[1 << 16];
    private int[] _counts = new int[1 << 16];
    private int[] _lastTexts = new int[1 << 16];
    private int _used;
    private int _texts;

    /// <summary>Counts only n-grams whose hash has these low bits: the others are for another pass.</summary>
    public ulong PartitionMask { get; init; }

    public ulong Partition { get; init; }

    public int Distinct => _used;

    /// <summary>Counts each n-gram of one text once.</summary>
    public void AddText(ReadOnlySpan<ulong> hashes)
    {
        _texts++;
        foreach (var hash in hashes)
        {
            if ((hash & PartitionMask) != Partition)
                continue;
            var slot = SlotOf(hash);
            if (_lastTexts[slot] == _texts)
                continue;
            _lastTexts[slot] = _texts;
            _counts[slot]++;
        }
    }

    public void Add(NgramCounter other)
    {
        for (var i = 0; i < other._hashes.Length; i++)
        {
            if (other._counts[i] == 0)
                continue;
            // Finding the slot may replace the arrays.
            var slot = SlotOf(other._hashes[i]);
            _counts[slot] += other._counts[i];
        }
    }

    /// <summary>N-grams in at least <paramref name="minDf"/> texts, in no order.</summary>
    public IEnumerable<(ulong Hash, int Df)> AtLeast(int minDf)
    {
        for (var i = 0; i < _hashes.Length; i++)
        {
            if (_counts[i] >= minDf)
                yield return (_hashes[i], _counts[i]);
        }
    }

    private int SlotOf(ulong hash)
    {
        // Zero marks an empty slot; the hash 0 itself would be merged with 1.
        hash = hash == 0 ? 1 : hash;
        if (_used * 2 >= _hashes.Length)
            Grow();
        var mask = _hashes.Length - 1;
        var at = (int)(hash >> 20) & mask;
        while (_hashes[at] != 0 && _hashes[at] != hash)
            at = (at + 1) & mask;
        if (_hashes[at] == 0)
        {
            _hashes[at] = hash;
            _used++;
        }
        return at;
    }

    private void Grow()
    {
        var (hashes, counts, texts) = (_hashes, _counts, _lastTexts);
        _hashes = new ulong[2 * hashes.Length];
        _counts = new int[2 * hashes.Length];
        _lastTexts = new int[2 * hashes.Length];
        var mask = _hashes.Length - 1;
        for (var i = 0; i < hashes.Length; i++)
        {
            if (hashes[i] == 0)
                continue;
            var at = (int)(hashes[i] >> 20) & mask;
            while (_hashes[at] != 0)
                at = (at + 1) & mask;
            (_hashes[at], _counts[at], _lastTexts[at]) = (hashes[i], counts[i], texts[i]);
        }
    }
}
