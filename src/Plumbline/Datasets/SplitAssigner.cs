using System.Buffers.Binary;

namespace Plumbline.Datasets;

/// <summary>
/// Decides the split of every record; docs/specs/snapshot.md has the rules and the reasons.
/// </summary>
/// <param name="by">Not <see cref="SplitBy.Auto"/>.</param>
internal sealed class SplitAssigner(SplitBy by, SplitOptions options)
{
    private readonly List<ulong> _keys = [];
    private readonly List<int> _labels = [];
    private readonly List<Split> _splits = [];
    private readonly List<long> _times = [];
    private readonly List<int> _moved = [];

    /// <summary>Records whose final split is not what <see cref="Add"/> returned.</summary>
    public IReadOnlyList<int> Moved => _moved;

    /// <summary>Order-free key of a record from the SHA-256 of its text or group.</summary>
    public static ulong Key(ReadOnlySpan<byte> sha256, ulong seed)
    {
        var z = BinaryPrimitives.ReadUInt64LittleEndian(sha256) + (seed * 0x9E3779B97F4A7C15UL);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }

    /// <param name="given">What the split column says, when splitting by it.</param>
    /// <param name="time">Microseconds, <see cref="long.MinValue"/> for none, when splitting by time.</param>
    /// <returns>The split as far as it can be told yet.</returns>
    public Split Add(ulong key, int label, Split given, long time)
    {
        var split = by switch
        {
            SplitBy.Column => given,
            SplitBy.Time => Split.Train,
            _ => ByKey(key, options.TestShare, options.ValidShare),
        };
        _keys.Add(key);
        _labels.Add(label);
        _splits.Add(split);
        if (by == SplitBy.Time)
            _times.Add(time);
        return split;
    }

    /// <summary>The final split of each record, in the order of <see cref="Add"/>.</summary>
    /// <param name="classes">Number of labels.</param>
    public IReadOnlyList<Split> Finish(int classes)
    {
        if (by == SplitBy.Time)
            CutByTime();
        else if (by == SplitBy.Column)
            Carve(classes);
        else if (by == SplitBy.Stratified)
            KeepEveryClassInTrain(classes, _ => true);
        foreach (var split in Enum.GetValues<Split>())
            if (!_splits.Contains(split))
                throw new DatasetException($"No record falls into {SplitNames.Of(split)} ({_splits.Count} records, split by {Describe()}). " +
                    "Give more records, another --seed, or another way to split (--split-by column, stratified, time, user or item)");
        return _splits;
    }

    private static Split ByKey(ulong key, double test, double valid)
    {
        var u = key * (1.0 / 18446744073709551616.0);
        return u < test ? Split.Test : u < test + valid ? Split.Valid : Split.Train;
    }

    private void Carve(int classes)
    {
        var hasValid = _splits.Contains(Split.Valid);
        var hasTest = _splits.Contains(Split.Test);
        if (hasValid && hasTest)
            return;
        var carved = new HashSet<int>();
        for (var i = 0; i < _splits.Count; i++)
        {
            if (_splits[i] != Split.Train)
                continue;
            var split = ByKey(_keys[i], options.TestShare, options.CarvedValidShare);
            if (split == Split.Train || (split == Split.Valid ? hasValid : hasTest))
                continue;
            Move(i, split);
            carved.Add(i);
        }
        KeepEveryClassInTrain(classes, carved.Contains);
    }

    /// <param name="movable">Whether record i may be moved to train.</param>
    private void KeepEveryClassInTrain(int classes, Func<int, bool> movable)
    {
        var trained = new bool[classes];
        for (var i = 0; i < _splits.Count; i++)
            trained[_labels[i]] |= _splits[i] == Split.Train;
        var largest = new Dictionary<int, ulong>();
        for (var i = 0; i < _splits.Count; i++)
            if (!trained[_labels[i]] && movable(i) && (!largest.TryGetValue(_labels[i], out var key) || _keys[i] > key))
                largest[_labels[i]] = _keys[i];
        var moved = largest.Values.ToHashSet();
        if (moved.Count == 0)
            return;
        for (var i = 0; i < _splits.Count; i++)
            if (movable(i) && moved.Contains(_keys[i]))
                Move(i, Split.Train);
    }

    private void CutByTime()
    {
        var times = _times.Where(time => time != long.MinValue).Order().ToArray();
        if (times.Length == 0)
            throw new DatasetException("No record has a time that can be read, so they cannot be split by time. Name the column with --time, or split another way (--split-by)");
        var trainEnd = times[(int)(Math.Ceiling((1 - options.ValidShare - options.TestShare) * times.Length) - 1)];
        var validEnd = times[(int)(Math.Ceiling((1 - options.TestShare) * times.Length) - 1)];
        for (var i = 0; i < _splits.Count; i++)
            if (_times[i] > trainEnd)
                Move(i, _times[i] > validEnd ? Split.Test : Split.Valid);
    }

    private void Move(int record, Split split)
    {
        _splits[record] = split;
        _moved.Add(record);
    }

    private string Describe() => by switch
    {
        SplitBy.Column => "column",
        SplitBy.Time => "time",
        SplitBy.User => "user",
        SplitBy.Item => "item",
        _ => "stratified hash",
    };
}
