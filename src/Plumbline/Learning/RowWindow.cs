using Plumbline.Features;
using Plumbline.Learning.Models;
using Plumbline.Statistics;

namespace Plumbline.Learning;

/// <summary>Rows that are visited in a random order, of as many random blocks as may be in memory together.</summary>
internal sealed class RowWindow
{
    /// <summary>Entries of the blocks of a window, 8 bytes each.</summary>
    private const long MostEntries = 16 << 20;

    private readonly int[] _numbers;
    private readonly FeatureBlock[] _blocks;
    private readonly (int Block, int Row)[] _rows;

    private RowWindow(FeatureMatrix matrix, int[] numbers, RandomSource random)
    {
        _numbers = numbers;
        _blocks = new FeatureBlock[numbers.Length];
        _rows = new (int, int)[numbers.Sum(number => matrix.Blocks.Outline(number).Rows)];
        var count = 0;
        for (var i = 0; i < _blocks.Length; i++)
        {
            _blocks[i] = matrix.Blocks[numbers[i]];
            for (var row = 0; row < _blocks[i].Rows; row++)
                _rows[count++] = (i, row);
        }
        random.Shuffle(_rows.AsSpan());
    }

    public int Count => _rows.Length;

    public FeatureRow this[int index]
    {
        get
        {
            var (at, row) = _rows[index];
            var block = _blocks[at];
            var entries = block.Start(row)..block.Ends[row];
            return new FeatureRow(block.Indices.AsSpan(entries), block.Values.AsSpan(entries));
        }
    }

    public int Label(int index) => _blocks[_rows[index].Block].Labels[_rows[index].Row];

    /// <summary>Where a row stands in the matrix.</summary>
    public (int Block, int Row) Place(int index) => (_numbers[_rows[index].Block], _rows[index].Row);

    /// <summary>Every row of the matrix once, a window after another; a window lives until the next.</summary>
    public static IEnumerable<RowWindow> Visit(FeatureMatrix matrix, RandomSource random)
    {
        var order = Enumerable.Range(0, matrix.Blocks.Count).ToArray();
        random.Shuffle<int>(order);
        for (var first = 0; first < order.Length;)
        {
            long entries = matrix.Blocks.EntriesOf(order[first]);
            var end = first + 1;
            while (end < order.Length && (entries += matrix.Blocks.EntriesOf(order[end])) <= MostEntries)
                end++;
            var window = new RowWindow(matrix, order[first..end], random);
            yield return window;
            for (var i = 0; i < window._blocks.Length; i++)
                matrix.Blocks.Return(window._numbers[i], window._blocks[i]);
            first = end;
        }
    }
}
