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

    public void Dispose() => Blocks.Dispose();
}

/// <summary>
/// Consecutive rows: entries of row r are <c>Indices[Start(r)..Ends[r]]</c> with <c>Values</c> beside them; <c>Numeric</c> holds raw numeric features and
/// <c>Categories</c> those of the categorical features, row-major.
/// </summary>
internal sealed record FeatureBlock(int[] Ends, int[] Indices, float[] Values, float[] Numeric, int[] Categories, int[] Labels)
{
    public int Rows => Labels.Length;

    public int Start(int row) => row == 0 ? 0 : Ends[row - 1];
}
