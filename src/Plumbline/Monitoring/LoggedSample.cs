using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Plumbline.Inference.Logging;

namespace Plumbline.Monitoring;

/// <summary>The logged predictions of the smallest keys: a uniform sample of all, in whatever order they come. A key is the first half of the MD5 of the id, which the data engine knows, too. Not thread-safe.</summary>
internal sealed class LoggedSample(int most)
{
    /// <summary>The key of a row of the archive, as text that has the order of the keys.</summary>
    public const string KeyOfRow = "left(md5(CAST(id AS VARCHAR)), 16)";

    /// <summary>The largest key first.</summary>
    private readonly PriorityQueue<LoggedPrediction, ulong> _found = new();

    public int Most => most;

    /// <summary>In the order of their keys.</summary>
    public IReadOnlyList<(ulong Key, LoggedPrediction Prediction)> Found => [.. _found.UnorderedItems.Select(item => (~item.Priority, item.Element)).OrderBy(item => item.Item1)];

    public void Add(LoggedPrediction prediction)
    {
        var hash = Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(prediction.Id.ToString("D"))));
        _found.Enqueue(prediction, ~ulong.Parse(hash.AsSpan(0, 16), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        if (_found.Count > most)
            _found.Dequeue();
    }
}
