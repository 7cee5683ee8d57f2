namespace Plumbline.Datasets.Profiling;

/// <summary>What the parallel stage finds out of a batch of records for their profile; columns stand one after another in each array.</summary>
internal sealed class BatchFacts(int rows, int columns)
{
    public const int Missing = -1;

    public int Rows => rows;

    /// <summary>Characters of each value; <see cref="Missing"/> where there is none.</summary>
    public int[] Lengths { get; } = new int[rows * columns];

    /// <summary>Of each value present.</summary>
    public ulong[] Hashes { get; } = new ulong[rows * columns];

    /// <summary>A column each; null where it is of no numbers or times; NaN where the value is missing or of another type.</summary>
    public double[]?[] Numbers { get; } = new double[columns][];

    /// <summary>Values of another type than their column.</summary>
    public long[] Mistyped { get; } = new long[columns];

    /// <summary>Tokens of each text.</summary>
    public int[] Words { get; } = new int[rows];

    public long[] Scripts { get; } = new long[Text.Script.Names.Length];

    public TextMarkCounts Marks { get; } = new();

    public ReadOnlySpan<int> LengthsOf(int column) => Lengths.AsSpan(column * rows, rows);

    public ReadOnlySpan<ulong> HashesOf(int column) => Hashes.AsSpan(column * rows, rows);
}
