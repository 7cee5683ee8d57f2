using Plumbline.Statistics;

namespace Plumbline.Features;

/// <summary>
/// Rows of features as compressed sparse blocks, in snapshot order. Column order: n-grams, numeric features, categories, and a constant 1 for the intercept.
/// Immutable once built; safe to read from several threads. Owns its blocks.
/// </summary>
internal sealed class FeatureMatrix(int columns, int classes, FeatureBlocks blocks) : IDisposable
{
    public int Columns { get; } = columns;

    public int Classes { get; } = classes;

    public FeatureBlocks Blocks { get; } = blocks;

    public int Rows { get; } = Enumerable.Range(0, blocks.Count).Sum(block => blocks.Outline(block).Rows);

    /// <summary>All labels in row order.</summary>
    public int[] Labels() => [.. Enumerable.Range(0, Blocks.Count).SelectMany(block => Blocks.Outline(block).Labels)];

    /// <summary>A share of the rows of each class, rounded up, drawn by the seed, in their order; a larger share holds the rows of a smaller one. The caller owns it.</summary>
    /// <param name="share">Above 0, at most 1.</param>
    public FeatureMatrix Sample(double share, ulong seed, MatrixMemory memory)
    {
        var kept = Draw(share, seed);
        var blocks = new FeatureBlocks(memory);
        var first = 0;
        for (var index = 0; index < Blocks.Count; index++)
        {
            var block = Blocks[index];
            int[] rows = [.. Enumerable.Range(0, block.Rows).Where(row => kept[first + row])];
            if (rows.Length > 0)
                blocks.Add(block.Take(rows, blocks));
            first += block.Rows;
            Blocks.Return(index, block);
        }
        return new FeatureMatrix(Columns, Classes, blocks);
    }

    public void Dispose() => Blocks.Dispose();

    private bool[] Draw(double share, ulong seed)
    {
        var kept = new bool[Rows];
        var random = new RandomSource(seed);
        foreach (var rows in Labels().Index().GroupBy(row => row.Item, row => row.Index).OrderBy(group => group.Key).Select(group => group.ToArray()))
        {
            var wanted = (int)Math.Ceiling(share * rows.Length);
            // The first of a shuffle (Fisher & Yates) are the first of every longer part of it; it is drawn to the end, so that the next class is shuffled alike.
            for (var i = 0; i < rows.Length; i++)
            {
                var other = i + random.NextInt32(rows.Length - i);
                (rows[i], rows[other]) = (rows[other], rows[i]);
                kept[rows[i]] = i < wanted;
            }
        }
        return kept;
    }
}

/// <summary>
/// Consecutive rows: entries of row r are <c>Indices[Start(r)..Ends[r]]</c> with <c>Values</c> beside them; <c>Numeric</c> holds raw numeric features and
/// <c>Categories</c> those of the categorical features, row-major.
/// </summary>
internal sealed record FeatureBlock(int[] Ends, int[] Indices, float[] Values, float[] Numeric, int[] Categories, int[] Labels)
{
    public int Rows => Labels.Length;

    public int Start(int row) => row == 0 ? 0 : Ends[row - 1];

    /// <summary>Some of the rows as a block of their own.</summary>
    /// <param name="rows">In growing order.</param>
    /// <param name="blocks">Gives the arrays for the entries.</param>
    public FeatureBlock Take(ReadOnlySpan<int> rows, FeatureBlocks blocks)
    {
        var (numeric, categories) = (Numeric.Length / Rows, Categories.Length / Rows);
        var taken = new FeatureBlock(new int[rows.Length], [], [], new float[rows.Length * numeric], new int[rows.Length * categories], new int[rows.Length]);
        var entries = 0;
        for (var i = 0; i < rows.Length; i++)
            taken.Ends[i] = entries += Ends[rows[i]] - Start(rows[i]);
        var (indices, values) = blocks.Rent(entries);
        for (var i = 0; i < rows.Length; i++)
        {
            var (row, length) = (rows[i], Ends[rows[i]] - Start(rows[i]));
            Indices.AsSpan(Start(row), length).CopyTo(indices.AsSpan(taken.Start(i)));
            Values.AsSpan(Start(row), length).CopyTo(values.AsSpan(taken.Start(i)));
            Numeric.AsSpan(row * numeric, numeric).CopyTo(taken.Numeric.AsSpan(i * numeric));
            Categories.AsSpan(row * categories, categories).CopyTo(taken.Categories.AsSpan(i * categories));
            taken.Labels[i] = Labels[row];
        }
        return taken with { Indices = indices, Values = values };
    }
}
