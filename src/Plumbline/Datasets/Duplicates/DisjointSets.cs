using Plumbline.Text;

namespace Plumbline.Datasets.Duplicates;

/// <summary>Records joined to groups, each known by its first record, whatever the order of joining (Galler and Fischer 1964). Not thread-safe.</summary>
internal sealed class DisjointSets : IDisposable
{
    private readonly NativeArray<int> _parents;

    public DisjointSets(int count)
    {
        _parents = new NativeArray<int>(count);
        for (var record = 0; record < count; record++)
            _parents.Span[record] = record;
    }

    public int Find(int record)
    {
        var parents = _parents.Span;
        while (parents[record] != record)
            record = parents[record] = parents[parents[record]];
        return record;
    }

    public void Join(int a, int b)
    {
        (a, b) = (Find(a), Find(b));
        _parents.Span[Math.Max(a, b)] = Math.Min(a, b);
    }

    /// <summary>Joins what is joined there.</summary>
    public void Join(DisjointSets other)
    {
        for (var record = 0; record < _parents.Length; record++)
            if (other.Find(record) is var first && first != record)
                Join(record, first);
    }

    public void Dispose() => _parents.Dispose();
}
