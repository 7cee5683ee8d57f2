using Plumbline.Datasets.Preparation;
using Plumbline.Text;

namespace Plumbline.Datasets.Profiling;

/// <summary>
/// The rows of a source whose keys, hashes of file and row, are the smallest (bottom-k), with what their columns hold. Which rows these are depends on
/// nothing but how many there are. In source order. Not thread-safe.
/// </summary>
internal sealed class RowSample : IDisposable
{
    public const int None = -1;

    private const int MostRows = 20_000;

    /// <summary>Of many columns fewer rows are kept.</summary>
    private const int MostCells = 2_000_000;

    private const ulong Seed = 0x5EED;

    private readonly int _columns;
    private readonly int _rows;
    private readonly NativeList<Entry> _entries = new();
    private readonly NativeList<Cell> _cells = new();
    private ulong _largest = ulong.MaxValue;

    public RowSample(int columns, int rows = MostRows)
    {
        _columns = columns;
        _rows = Math.Max(1, Math.Min(rows, MostCells / Math.Max(1, columns)));
    }

    public int Count => _entries.Count;

    public static ulong KeyOf(long origin) => SplitKey.Of((ulong)origin, Seed);

    /// <param name="origin"><see cref="RowFacts.Origin"/>.</param>
    /// <param name="label">Number of the label; <see cref="None"/> without one.</param>
    /// <param name="taken">Where the row is in <see cref="RowFacts"/>; <see cref="None"/> where it was left out.</param>
    /// <param name="number">0-based number of the row in the whole source.</param>
    public void Offer(long origin, BatchFacts facts, int record, int label, int taken, long number)
    {
        var key = KeyOf(origin);
        if (key > _largest)
            return;
        _entries.Add(new Entry(key, number, label, taken, facts.Words[record]));
        for (var column = 0; column < _columns; column++)
            _cells.Add(new Cell(facts.HashesOf(column)[record], facts.Numbers[column]?[record] ?? double.NaN, facts.LengthsOf(column)[record]));
        if (_entries.Count == 2 * _rows)
            Shrink();
    }

    /// <summary>Leaves only the rows of the sample itself; before any is read.</summary>
    public void Finish()
    {
        if (_entries.Count > _rows)
            Shrink();
    }

    public ref readonly Entry Row(int row) => ref _entries[row];

    public ref readonly Cell Value(int row, int column) => ref _cells[(row * _columns) + column];

    public double[] Lengths(int column) => [.. Enumerable.Range(0, Count).Select(row => Value(row, column).Length).Where(length => length != BatchFacts.Missing).Select(length => (double)length)];

    public double[] Numbers(int column) => [.. Enumerable.Range(0, Count).Select(row => Value(row, column).Number).Where(number => !double.IsNaN(number))];

    /// <summary>Of the rows that have a text.</summary>
    public double[] Words(int text) => [.. Enumerable.Range(0, Count).Where(row => Value(row, text).Length != BatchFacts.Missing).Select(row => (double)Row(row).Words)];

    public void Dispose()
    {
        _entries.Dispose();
        _cells.Dispose();
    }

    private void Shrink()
    {
        var keys = new ulong[_entries.Count];
        for (var row = 0; row < keys.Length; row++)
            keys[row] = _entries[row].Key;
        Array.Sort(keys);
        _largest = keys[_rows - 1];
        var kept = 0;
        for (var row = 0; row < _entries.Count; row++)
        {
            if (_entries[row].Key > _largest)
                continue;
            _entries[kept] = _entries[row];
            _cells.Span.Slice(row * _columns, _columns).CopyTo(_cells.Span[(kept * _columns)..]);
            kept++;
        }
        _entries.Truncate(kept);
        _cells.Truncate(kept * _columns);
    }

    public readonly record struct Entry(ulong Key, long Number, int Label, int Taken, int Words);

    public readonly record struct Cell(ulong Hash, double Number, int Length);
}
