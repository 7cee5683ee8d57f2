namespace Plumbline.Datasets;

/// <summary>Counts rows and keeps the numbers of the first few.</summary>
internal sealed class RowTally
{
    private const int Kept = 5;

    private readonly List<long> _first = [];

    public long Count { get; private set; }

    public IReadOnlyList<long> First => _first;

    public void Add(long row)
    {
        Count++;
        if (_first.Count < Kept)
            _first.Add(row);
    }
}
