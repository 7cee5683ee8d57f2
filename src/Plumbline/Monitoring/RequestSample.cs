using Plumbline.Statistics;

namespace Plumbline.Monitoring;

/// <summary>The requests of the smallest keys (bottom-k): a uniform sample of all, in whatever order and parts they come. Not thread-safe.</summary>
internal sealed class RequestSample
{
    public const int Most = 256;

    /// <summary>The largest key first.</summary>
    private readonly PriorityQueue<SampledRequest, ulong> _requests = new(Most);
    private ulong _limit = ulong.MaxValue;

    public int Count => _requests.Count;

    /// <summary>In the order of their keys.</summary>
    public IReadOnlyList<SampledRequest> Requests => [.. _requests.UnorderedItems.Select(item => item.Element).OrderBy(request => request.Key)];

    /// <summary>Whether a request of this key is one of the sample.</summary>
    public bool Takes(ulong key) => key < _limit;

    /// <summary>To be filled and given to <see cref="Add"/>: the one that the sample loses for it, where it is full.</summary>
    public SampledRequest Rent() => _requests.Count == Most ? _requests.Dequeue() : new SampledRequest();

    public void Add(SampledRequest request)
    {
        _requests.Enqueue(request, ~request.Key);
        if (_requests.Count > Most)
            _requests.Dequeue();
        if (_requests.Count == Most && _requests.TryPeek(out _, out var largest))
            _limit = ~largest;
    }

    public void Merge(RequestSample other)
    {
        foreach (var (request, _) in other._requests.UnorderedItems)
        {
            if (Takes(request.Key))
                Add(request);
        }
    }

    public void Write(SketchWriter writer)
    {
        var requests = Requests;
        var words = new SortedSet<uint>();
        foreach (var request in requests)
            foreach (var word in request.Words)
                words.Add(word);
        writer.Write(words.Count);
        var (before, places) = (0u, new Dictionary<uint, int>(words.Count));
        foreach (var word in words)
        {
            writer.Write(word - before);
            places[word] = places.Count;
            before = word;
        }
        writer.Write(requests.Count);
        foreach (var request in requests)
            request.Write(writer, places);
    }

    public static RequestSample Read(ref SketchReader reader, int numeric, int categorical)
    {
        var words = new uint[reader.ReadCount(Most * SampledRequest.MostWords)];
        var before = 0u;
        foreach (ref var word in words.AsSpan())
            word = before += (uint)reader.ReadCount(SampledRequest.WordMask - before);
        var sample = new RequestSample();
        for (var left = reader.ReadCount(Most); left > 0; left--)
            sample.Add(SampledRequest.Read(ref reader, words, numeric, categorical));
        return sample;
    }
}
