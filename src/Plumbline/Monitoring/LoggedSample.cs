using Plumbline.Datasets.Preparation;
using Plumbline.Inference.Logging;

namespace Plumbline.Monitoring;

/// <summary>The logged predictions of the smallest keys: a uniform sample of all, in whatever order they come, since keys are uniform over 64 bits. Not thread-safe.</summary>
internal sealed class LoggedSample(int most)
{
    /// <summary>The key of a row of the archive, in SQL.</summary>
    public const string KeyOfRow = "hash(id)";

    private const ulong KeySeed = 0x5A3;

    /// <summary>The largest key first.</summary>
    private readonly PriorityQueue<LoggedPrediction, ulong> _found = new();

    /// <summary>In the order of their keys.</summary>
    public IReadOnlyList<(ulong Key, LoggedPrediction Prediction)> Found => [.. _found.UnorderedItems.Select(item => (~item.Priority, item.Element)).OrderBy(item => item.Item1)];

    /// <summary>The key of what is not in the archive.</summary>
    public static ulong KeyOf(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes);
        return SplitKey.Of(BitConverter.ToUInt64(bytes) ^ SplitKey.Of(BitConverter.ToUInt64(bytes[8..]), KeySeed), KeySeed);
    }

    public void Add(LoggedPrediction prediction, ulong key)
    {
        _found.Enqueue(prediction, ~key);
        if (_found.Count > most)
            _found.Dequeue();
    }
}
