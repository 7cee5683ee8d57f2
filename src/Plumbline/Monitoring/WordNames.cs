using Plumbline.Statistics;

namespace Plumbline.Monitoring;

/// <summary>
/// What the words behind hashes are, of those that several texts had: a word of one text alone, a name for example, is never kept in the clear. Those of the smallest hashes where there are too many, so that merging is exact. Not thread-safe.
/// </summary>
internal sealed class WordNames
{
    public const int Most = 1024;

    /// <summary>Texts that must have had a word within one part of a window before it is named.</summary>
    public const int LeastTexts = 5;

    public const int MostBytes = 24;

    private readonly SortedDictionary<uint, string> _names = [];

    public IEnumerable<KeyValuePair<uint, string>> All => _names;

    public void Add(uint hash, string name)
    {
        // Two words of one hash: the same one is told, whichever came first.
        if (_names.TryGetValue(hash, out var known) && string.CompareOrdinal(known, name) <= 0)
            return;
        _names[hash] = name;
        if (_names.Count > Most)
            _names.Remove(_names.Keys.Last());
    }

    public void Clear() => _names.Clear();

    public void Merge(WordNames other)
    {
        foreach (var (hash, name) in other._names)
            Add(hash, name);
    }

    public void Write(SketchWriter writer)
    {
        writer.Write(_names.Count);
        var before = 0u;
        foreach (var (hash, name) in _names)
        {
            writer.Write(hash - before);
            writer.Write(name);
            before = hash;
        }
    }

    public static WordNames Read(ref SketchReader reader)
    {
        var (names, before) = (new WordNames(), 0u);
        for (var left = reader.ReadCount(Most); left > 0; left--)
            names.Add(before += (uint)reader.ReadCount(SampledRequest.WordMask - before), reader.ReadText());
        return names;
    }
}
